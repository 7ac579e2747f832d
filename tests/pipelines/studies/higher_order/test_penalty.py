from __future__ import annotations

import numpy as np
import pytest
from scipy.special import expit

from pipelines.studies.higher_order.penalty import BATCH, folding, gradient_length, slope, trained
from pipelines.studies.space_warping.net import HALF, Net
from pipelines.studies.space_warping.points import moons


def test_folds_and_slopes_are_those_that_one_finds_by_hand() -> None:
    # 3·r(2x) − r(y): steeper by 6 across one line and by 1 across the other.
    net = Net(np.array([[2.0, 0.0], [0.0, 1.0]]), np.zeros(2), np.array([3.0, -1.0]), 0.0, True)
    assert folding(net) == 7
    x = np.linspace(-HALF, HALF, 61)
    steep = [np.hypot(6 * (a > 0), b > 0) for a in x for b in x]
    assert slope(net) == pytest.approx(np.mean(steep))


def test_the_gradient_is_that_of_the_batches_loss() -> None:
    points = moons(2 * BATCH, np.random.default_rng(3))
    net = trained(points, 0.0, 3, 0)
    lengths = []
    for half in (slice(BATCH), slice(BATCH, None)):
        x, y = points.x[half], points.y[half]
        delta = (expit(net.score(x)) - y) / BATCH
        back = delta[:, None] * net.v * (net.moved(x) > 0)
        parts = (x.T @ back, back.sum(axis=0), net.folded(x).T @ delta, [delta.sum()])
        lengths.append(np.linalg.norm(np.concatenate([np.ravel(part) for part in parts])))
    assert gradient_length(net, points) == pytest.approx(np.mean(lengths), rel=1e-5)
