from time import process_time
from xml.etree import ElementTree

import numpy as np
import pytest

from data import load_dataset
from pipelines.studies import load_study
from pipelines.studies.universal_approximation import (
    Approximation,
    approximate,
    nearest,
    run,
    slope,
)
from pipelines.studies.universal_approximation_nets import (
    EVERYWHERE,
    TARGETS,
    Fit,
    bumps,
    net_values,
    slope_change,
    trained,
)


@pytest.fixture(scope="module")
def small() -> Approximation:
    return run(load_dataset(), size=0.1)


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


def test_without_kinks_only_the_neighbours_are_left() -> None:
    straight = run(load_dataset(), size=0.1, kinks=False)
    assert [finding.holds for finding in straight.findings()] == [False] * 6 + [True] * 2
    assert all(abs(both.rate) < 0.01 for both in straight.targets)
    assert len(straight.pictures()) == 4


def test_neighbours_that_are_all_of_them_approximate_nothing() -> None:
    far = run(load_dataset(), size=0.1, local=False)
    assert [finding.holds for finding in far.findings()] == [True] * 6 + [False] * 2


@pytest.mark.parametrize("n_dims", [1, 2, 3])
def test_the_mean_of_all_samples_does_not_converge(n_dims: int) -> None:
    errors = nearest(n_dims, (64, 512), 0, local=False)
    assert abs(slope((64, 512), errors)) < 0.1


@pytest.mark.parametrize("n_cells", [1, 2, 7, 32])
def test_bumps_are_the_trapezoids_that_one_draws(n_cells: int) -> None:
    heights = np.random.default_rng(n_cells).normal(size=n_cells)
    border = np.linspace(-1, 1, n_cells + 1)[1:-1]
    corners = np.stack([border - 0.5 / n_cells, border + 0.5 / n_cells], axis=1).ravel()
    levels = np.repeat(heights, 2)
    expected = np.interp(EVERYWHERE, np.r_[-1.0, corners, 1.0], levels)
    net = bumps(heights)
    assert net_values(net) == pytest.approx(expected, abs=1e-9)
    assert net.layers[0].weight.value.shape == (1, 4 * n_cells)  # type: ignore[attr-defined]


def test_one_bump_is_zero_beyond_its_flanks() -> None:
    alone = net_values(bumps(np.array([0.0, 0.0, 1.0, 0.0])))
    # The cell is [0, 0.5]; each flank reaches an eighth beyond it.
    assert alone[(EVERYWHERE < -0.125) | (EVERYWHERE > 0.625)] == pytest.approx(0, abs=1e-12)
    assert alone[(EVERYWHERE > 0.125) & (EVERYWHERE < 0.375)] == pytest.approx(1, abs=1e-12)


def test_bends_are_those_of_the_line() -> None:
    target = TARGETS[0]
    x = np.linspace(-1, 1, 65)
    net = trained(x, target.f(x), 4, 200, 0, kinks=True)
    fit = Fit.of(net, 4, target, kinks=True)
    order = np.argsort(fit.places)
    slopes = np.diff(fit.values) / np.diff(EVERYWHERE)
    after = slopes[0] + np.r_[0, np.cumsum(fit.bends[order])]
    middle = (EVERYWHERE[1:] + EVERYWHERE[:-1]) / 2
    piece = np.searchsorted(fit.places[order], middle)
    clear = np.abs(middle[:, None] - fit.places).min(axis=1) > 1e-3
    assert len(fit.places) > 2
    assert slopes[clear] == pytest.approx(after[piece][clear], abs=1e-6)


def test_the_slope_of_a_sine_changes_by_four_pi() -> None:
    assert slope_change(np.sin(np.pi * EVERYWHERE)) == pytest.approx(4 * np.pi, rel=1e-3)
    assert slope_change(np.abs(EVERYWHERE)) == pytest.approx(2.0)


def test_a_bound_that_is_broken_is_seen() -> None:
    both = approximate(TARGETS[1], (4, 8, 16, 32), (), 0, 0, True)
    assert both.within_bound
    too_low = type(both)(both.name, 1.0, 0.5, both.goal, both.stairs, ())
    assert not too_low.within_bound


def test_the_same_seed_gives_the_same_network() -> None:
    x = np.linspace(-1, 1, 33)
    first, again = (net_values(trained(x, x**2, 2, 20, 3, kinks=True)) for _ in range(2))
    assert np.array_equal(first, again)


def test_the_pictures_say_what_they_show(small: Approximation) -> None:
    pictures = small.pictures()
    assert len(pictures) == 4
    for picture in pictures:
        svg = ElementTree.fromstring(picture.markup)
        assert svg.tag == "svg"
        assert len(svg.attrib["aria-label"]) > 60
        assert picture.caption.endswith(".")


def test_the_study_has_its_name() -> None:
    assert load_study("universal-approximation").run is run


@pytest.mark.slow
def test_the_full_size_takes_less_than_a_minute() -> None:
    started = process_time()
    findings = run(load_dataset()).findings()
    assert process_time() - started < 60
    assert [finding.says for finding in findings if not finding.holds] == []
