"""Batch normalisation at its edge: batches of one sample, and rests of a few."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import MLPClassifier
from models.layers.normalization import BatchNorm
from models.training.stream import Stream

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def built(momentum: float = 0.9) -> BatchNorm:
    layer = BatchNorm(momentum)
    layer.build(3)
    for parameter in layer.parameters():
        parameter.value = np.zeros(3)
        parameter.gradient = np.zeros(3)
    layer.initialize(np.random.default_rng(0))
    return layer


def test_lone_samples_tell_the_running_statistics_of_mean_and_variance() -> None:
    rng = np.random.default_rng(0)
    layer = built(momentum=0.998)
    x = rng.normal([5, -2, 0], [1, 3, 0.1], (6000, 3))
    for row in x:
        y = layer.forward(row[None], rng)
    np.testing.assert_allclose(layer.running_mean.value, [5, -2, 0], atol=0.15)
    np.testing.assert_allclose(layer.running_variance.value, [1, 9, 0.01], rtol=0.15)
    np.testing.assert_array_equal(y, layer.forward(x[-1:]))
    np.testing.assert_allclose(layer.backward(np.ones((1, 3)))[0], [1, 1 / 3, 10], rtol=0.15)


@pytest.mark.parametrize(
    ("n", "least", "sizes"),
    [
        (96, 8, [32, 32, 32]),
        (97, 8, [32, 32, 33]),
        (103, 8, [32, 32, 39]),
        (104, 8, [32, 32, 32, 8]),
        (97, 1, [32, 32, 32, 1]),
        (20, 8, [20]),
        (1, 8, [1]),
    ],
)
def test_a_small_rest_joins_the_batch_before_it(n: int, least: int, sizes: list[int]) -> None:
    X = np.arange(n, dtype=float)[:, None]
    stream = Stream(X, X, np.ones(n), 32, least=least)
    rng = np.random.default_rng(0)
    for order in (None, rng.permutation(n)):
        batches = [batch.x.copy() for batch in stream.epoch(order, rng)]
        assert [len(batch) for batch in batches] == sizes
        assert sorted(np.concatenate(batches).ravel()) == list(range(n))


def test_batches_of_two_keep_their_size() -> None:
    stream = Stream(np.eye(5), np.eye(5), np.ones(5), 2, least=8)
    assert [span.stop - span.start for span in stream.spans()] == [2, 3]


def score(n: int, **given: Any) -> float:
    rng = np.random.default_rng(0)
    X, T = rng.normal(size=(n, 4)), rng.normal(size=(1000, 4))
    net = MLPClassifier((16,), random_state=0, learning_rate_init=0.01, norm="batch", **given)
    return float(net.fit(X, X[:, 0] > 0).score(T, T[:, 0] > 0))


@pytest.mark.parametrize(("n", "size", "epochs"), [(129, 32, 40), (33, 32, 60), (120, 1, 20)])
def test_a_network_learns_whatever_the_rest(n: int, size: int, epochs: int) -> None:
    assert score(n, batch_size=size, max_iter=epochs) > 0.85


def test_only_batch_normalisation_changes_the_batches() -> None:
    X = np.random.default_rng(0).normal(size=(33, 4))
    steps = {}
    for norm in (None, "layer", "batch"):
        net = MLPClassifier((5,), norm=norm, batch_size=32, max_iter=1, random_state=0)
        steps[norm] = net.fit(X, X[:, 0] > 0)._memory.step
    assert steps == {None: 2, "layer": 2, "batch": 1}
