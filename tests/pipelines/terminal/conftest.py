"""A terminal that remembers all that was shown."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from pipelines.terminal import images, reports


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    shown = io.StringIO()

    def console(**_: object) -> Console:
        return Console(file=shown, force_terminal=True, width=100, color_system=None)

    for each in (images, reports):
        monkeypatch.setattr(each, "Console", console)
    return shown
