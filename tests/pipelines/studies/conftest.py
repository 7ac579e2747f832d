"""Studies that take no time stand in for ours."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipelines.studies import STUDIES, Study
from pipelines.studies.study import Deferred
from tests.pipelines.studies.stand_ins import HOSTILE, failing, halving, study


@pytest.fixture
def stand_ins(monkeypatch: pytest.MonkeyPatch) -> dict[str, Study]:
    """Four studies in place of ours, among them one whose module is missing."""
    entries = (
        study("holding", "It holds", "Two is `even` & a < b.", halving("holding", True)),
        study("failing", "It fails", "It fails.", failing(ValueError(f"no images {HOSTILE}"))),
        study("missing", "It is missing", "It is gone.", Deferred("pipelines.studies.gone:run")),
        study("not-holding", "It does not", "Three is even.", halving("not-holding", False)),
    )
    for name in list(STUDIES):
        monkeypatch.delitem(STUDIES, name)
    for entry in entries:
        monkeypatch.setitem(STUDIES, entry.name, entry)
    return {entry.name: entry for entry in entries}


@pytest.fixture(autouse=True)
def _studies_in_their_order() -> Iterator[None]:
    """What a test takes out and puts back would stand at the end."""
    before = dict(STUDIES)
    yield
    STUDIES.clear()
    STUDIES.update(before)
