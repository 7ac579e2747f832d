import numpy as np
import pytest

from pipelines.studies.space_warping.net import HALF, Net, fit
from pipelines.studies.space_warping.points import rings


def _net(W: np.ndarray, b: np.ndarray, v: np.ndarray | None = None, c: float = 0.0) -> Net:
    return Net(W, b, np.ones(len(b)) if v is None else v, c, folds=True)


@pytest.mark.parametrize(
    ("W", "b", "n_pieces"),
    [
        ([[1.0], [0.0]], [0.5], 2),
        ([[1.0], [0.0]], [HALF + 0.1], 1),  # a line outside
        ([[1.0, 0.0], [0.0, 1.0]], [0.5, 0.5], 4),  # two that cross
        ([[1.0, 2.0], [0.0, 0.0]], [0.5, -0.5], 3),  # two in parallel
        ([[1.0, 1.0], [1.0, 0.8]], [2.0, -1.0], 3),  # two that cross outside
        ([[1.0, 0.0, 1.0], [0.0, 1.0, 1.0]], [0.0, 0.0, -0.5], 7),
    ],
)
def test_pieces_are_those_that_one_counts_by_hand(
    W: list[list[float]], b: list[float], n_pieces: int
) -> None:
    assert _net(np.array(W), np.array(b)).n_pieces() == n_pieces


@pytest.mark.parametrize("seed", range(4))
def test_pieces_are_the_patterns_of_active_units(seed: int) -> None:
    rng = np.random.default_rng(seed)
    net = _net(rng.normal(size=(2, 6)), rng.normal(0, 0.7, 6))
    axis = np.linspace(-HALF, HALF, 1203)
    square = np.stack(np.meshgrid(axis, axis), axis=-1).reshape(-1, 2)
    patterns = np.unique((net.moved(square) > 0) @ (1 << np.arange(6)))
    assert net.n_pieces() == len(patterns)


def test_the_length_of_a_boundary_is_that_of_the_lines_it_is_made_of() -> None:
    # |x| + |y| = 1, a square on its corner.
    diamond = _net(np.array([[1.0, -1, 0, 0], [0, 0, 1, -1]]), np.zeros(4), c=-1.0)
    assert diamond.boundary_length() == pytest.approx(4 * np.sqrt(2), rel=0.01)
    assert np.abs(np.concatenate(diamond.boundary())).sum(axis=1) == pytest.approx(1.0, abs=0.02)


def test_the_net_is_the_model_that_was_fitted() -> None:
    points = rings(100, np.random.default_rng(1))
    net = fit(points, 3, 1e-3, 1, folds=True)
    hidden = np.maximum(points.x @ net.W + net.b, 0)
    assert net.score(points.x) == pytest.approx(hidden @ net.v + net.c)
    assert net.accuracy(points) == ((hidden @ net.v + net.c > 0) == points.y).mean()
