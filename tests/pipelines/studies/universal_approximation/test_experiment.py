from time import process_time

import pytest

from data import load_dataset
from pipelines.studies.universal_approximation.experiment import (
    Approximation,
    approximate,
    nearest,
    run,
    slope,
)
from pipelines.studies.universal_approximation.nets import (
    TARGETS,
    slope_change,
)
from pipelines.studies.universal_approximation.pictures import pictures


def test_all_findings_hold(small: Approximation) -> None:
    assert [finding.says for finding in small.findings() if not finding.holds] == []


def test_bumps_converge_at_the_rate_of_the_theorem(small: Approximation) -> None:
    assert [both.name for both in small.targets] == ["sine", "corner", "root", "chirp"]
    for both, rate in zip(small.targets, (-1.0, -1.0, -0.5, -1.0), strict=True):
        assert both.rate == pytest.approx(rate, abs=0.02)
        for fit in both.stairs:
            assert fit.error <= both.constant / fit.n_cells**both.exponent + 1e-9


def test_gradient_descent_learns_no_bumps(small: Approximation) -> None:
    sine, corner, _, chirp = (both.matched()[-1] for both in small.targets)
    assert sine[1].error < 0.6 * sine[0].error
    assert corner[1].error < 0.4 * corner[0].error
    assert chirp[1].error > 3 * chirp[0].error
    assert slope_change(sine[1].values) < 0.05 * slope_change(sine[0].values)


def test_neighbours_need_more_samples_the_more_dimensions(small: Approximation) -> None:
    rates = [slope(small.n_nearest, errors) for errors in small.by_dims]
    assert rates == pytest.approx([-1, -1 / 2, -1 / 3], abs=0.08)
    assert small.by_neighbours[-1] < 0.3 * small.by_neighbours[0]
    assert small.by_net[-1] < 0.4 * small.by_net[0]


@pytest.mark.slow
def test_without_kinks_only_the_neighbours_are_left() -> None:
    straight = run(load_dataset(), size=0.1, kinks=False)
    assert [finding.holds for finding in straight.findings()] == [False] * 6 + [True] * 2
    assert all(abs(both.rate) < 0.01 for both in straight.targets)
    assert len(pictures(straight)) == 4


@pytest.mark.slow
def test_neighbours_that_are_all_of_them_approximate_nothing() -> None:
    far = run(load_dataset(), size=0.1, local=False)
    assert [finding.holds for finding in far.findings()] == [True] * 6 + [False] * 2


@pytest.mark.parametrize("n_dims", [1, 2, 3])
def test_the_mean_of_all_samples_does_not_converge(n_dims: int) -> None:
    errors = nearest(n_dims, (64, 512), 0, local=False)
    assert abs(slope((64, 512), errors)) < 0.1


def test_a_bound_that_is_broken_is_seen() -> None:
    both = approximate(TARGETS[1], (4, 8, 16, 32), (), 0, 0, True)
    assert both.within_bound
    too_low = type(both)(both.name, 1.0, 0.5, both.goal, both.stairs, ())
    assert not too_low.within_bound


@pytest.mark.slow
def test_the_full_size_takes_less_than_a_minute() -> None:
    started = process_time()
    findings = run(load_dataset()).findings()
    assert process_time() - started < 60
    assert [finding.says for finding in findings if not finding.holds] == []
