from time import process_time

import pytest

from data import load_dataset
from pipelines.studies.space_warping.experiment import Warping, run


def test_all_findings_hold(small: Warping) -> None:
    assert [finding.says for finding in small.findings() if not finding.holds] == []


def test_folding_parts_what_moving_does_not(small: Warping) -> None:
    two, three = small.folds
    assert max(three.plane, three.moved) < 0.7
    assert two.folded < 0.9
    assert three.folded > 0.98


def test_more_units_fit_the_spirals_better(small: Warping) -> None:
    assert small.accuracies[0] < 0.8
    assert small.accuracies[-1] > 0.95
    assert small.nets[0].n_pieces() == 2


def test_weight_decay_shortens_the_boundary(small: Warping) -> None:
    weak, middle, strong = small.strengths
    assert weak.length > middle.length > 1.1 * strong.length
    assert min(weak.training, middle.training) > strong.training + 0.02


@pytest.mark.slow
def test_without_a_fold_nothing_holds(flat: Warping) -> None:
    assert not any(finding.holds for finding in flat.findings())
    assert flat.folds[1].folded == pytest.approx(flat.folds[1].plane, abs=0.02)
    assert {net.n_pieces() for net in flat.nets} == {1}


@pytest.mark.slow
def test_without_decay_the_boundary_stays_as_long(small: Warping) -> None:
    free = run(load_dataset(), size=0.1, decays=False)
    assert [finding.holds for finding in free.findings()] == [True, True, True, False, False]
    # All else is as it was, to the last bit.
    assert [f.says for f in free.findings()[:3]] == [f.says for f in small.findings()[:3]]


@pytest.mark.slow
def test_the_full_size_takes_less_than_a_minute() -> None:
    started = process_time()
    findings = run(load_dataset()).findings()
    assert process_time() - started < 60
    assert [finding.says for finding in findings if not finding.holds] == []
