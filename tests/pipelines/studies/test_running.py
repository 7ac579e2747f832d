from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies import StudyError
from pipelines.studies.running import Outcome, run_study


@pytest.mark.usefixtures("stand_ins")
def test_a_study_says_what_it_found(tiny: Dataset) -> None:
    outcome = run_study("holding", tiny, size=0.5, seed=3)
    assert (outcome.name, outcome.title) == ("holding", "It holds")
    assert outcome.findings[0].says.startswith("Half of it is 3.25")
    assert len(outcome.pictures) == 1
    assert outcome.n_holding == 2
    assert outcome.holds
    assert outcome.error == ""
    assert outcome.took_s > 0


@pytest.mark.usefixtures("stand_ins")
def test_what_does_not_hold_is_not_hidden(tiny: Dataset) -> None:
    outcome = run_study("not-holding", tiny)
    assert outcome.n_holding == 1
    assert not outcome.holds
    assert outcome.error == ""


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.parametrize(
    ("name", "says"), [("failing", "ValueError: no images"), ("missing", "ModuleNotFoundError: ")]
)
def test_a_study_that_fails_says_why(name: str, says: str, tiny: Dataset) -> None:
    outcome = run_study(name, tiny)
    assert outcome.error.startswith(says)
    assert not outcome.holds
    assert outcome.findings == ()


def test_a_study_that_finds_nothing_does_not_hold() -> None:
    assert not Outcome("empty", "Empty").holds


@pytest.mark.usefixtures("stand_ins")
def test_an_unknown_name_lists_the_valid_ones(tiny: Dataset) -> None:
    with pytest.raises(StudyError, match="no study 'nix'; there are holding, failing, missing"):
        run_study("nix", tiny)
