import numpy as np
import pytest

from pipelines.studies.universal_approximation.nets import (
    EVERYWHERE,
    TARGETS,
    Fit,
    bumps,
    net_values,
    slope_change,
    trained,
)


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


def test_the_same_seed_gives_the_same_network() -> None:
    x = np.linspace(-1, 1, 33)
    first, again = (net_values(trained(x, x**2, 2, 20, 3, kinks=True)) for _ in range(2))
    assert np.array_equal(first, again)
