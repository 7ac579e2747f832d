"""A terminal that remembers all that was shown."""

from __future__ import annotations

import io
from typing import Any

import pytest
from rich.console import Console

from pipelines.terminal import images, reports


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    shown = io.StringIO()

    def console(**given: Any) -> Console:
        given |= {"file": shown, "force_terminal": True, "width": 100, "color_system": None}
        return Console(**{name: value for name, value in given.items() if name != "stderr"})

    for each in (images, reports):
        monkeypatch.setattr(each, "Console", console)
    return shown
