from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies import Study
from pipelines.studies.running import Outcome, run_study


def test_a_study_says_what_it_found(stand_ins: dict[str, Study], tiny: Dataset) -> None:
    outcome = run_study(stand_ins["holding"], tiny, size=0.5, seed=3)
    assert outcome.study is stand_ins["holding"]
    assert outcome.findings[0].says.startswith("Half of it is 3.25")
    assert len(outcome.pictures) == 1
    assert outcome.n_holding == 2
    assert outcome.holds
    assert outcome.error == ""
    assert outcome.took_s > 0


def test_what_does_not_hold_is_not_hidden(stand_ins: dict[str, Study], tiny: Dataset) -> None:
    outcome = run_study(stand_ins["not-holding"], tiny)
    assert outcome.n_holding == 1
    assert not outcome.holds
    assert outcome.error == ""


@pytest.mark.parametrize(
    ("name", "says"), [("failing", "ValueError: no images"), ("missing", "ModuleNotFoundError: ")]
)
def test_a_study_that_fails_says_why(
    name: str, says: str, stand_ins: dict[str, Study], tiny: Dataset
) -> None:
    outcome = run_study(stand_ins[name], tiny)
    assert outcome.error.startswith(says)
    assert not outcome.holds
    assert outcome.findings == ()


def test_a_study_whose_pictures_fail_has_failed(stand_ins: dict[str, Study], tiny: Dataset) -> None:
    holding = stand_ins["holding"]

    def pictures(result: object) -> list[object]:
        raise RuntimeError("no ink")

    unseen = Study(holding.name, holding.title, holding.text, holding.run, pictures)  # type: ignore[arg-type]
    outcome = run_study(unseen, tiny)
    assert outcome.error == "RuntimeError: no ink"
    assert not outcome.holds


def test_a_study_that_finds_nothing_does_not_hold(stand_ins: dict[str, Study]) -> None:
    assert not Outcome(stand_ins["holding"]).holds
