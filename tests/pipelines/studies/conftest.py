"""Studies that take no time stand in for ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines.studies import STUDIES, Study
from tests.pipelines.studies.stand_ins import four_studies


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> dict[str, Study]:
    """Four studies in place of ours, among them one whose module is missing."""
    entries = four_studies()
    for name in list(STUDIES):
        monkeypatch.delitem(STUDIES, name)
    for name, entry in entries.items():
        monkeypatch.setitem(STUDIES, name, entry)
    return entries


@pytest.fixture(autouse=True)
def _studies_in_their_order() -> Iterator[None]:
    """What a test takes out and puts back would stand at the end."""
    before = dict(STUDIES)
    yield
    STUDIES.clear()
    STUDIES.update(before)
