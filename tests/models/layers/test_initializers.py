"""First weights: their width, their laws, and those given by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.neural_network import MLPClassifier as ScikitLearn

from models.layers.initializers import given, scikit_learn
from models.layers.layer import Array
from models.layers.names import ACTIVATIONS, INITIALIZERS


def draw(name: str, n_in: int, n_out: int) -> tuple[Array, Array]:
    weight, bias = np.full((n_in, n_out), np.nan), np.full(n_out, np.nan)
    initialize = INITIALIZERS[name](np.random.RandomState(0), 6.0)
    initialize(weight, bias, np.random.default_rng(0))
    return weight, bias


@pytest.mark.parametrize(
    ("name", "variance"), [("glorot", 2 / 900), ("he", 2 / 300), ("orthogonal", 1 / 600)]
)
def test_variance(name: str, variance: float) -> None:
    weight, bias = draw(name, 300, 600)
    assert weight.var() == pytest.approx(variance, rel=0.02)
    assert abs(weight.mean()) < 1e-3
    assert not bias.any()


@pytest.mark.parametrize("shape", [(5, 9), (9, 5), (6, 6)])
def test_orthogonal_keeps_lengths(shape: tuple[int, int]) -> None:
    weight, _ = draw("orthogonal", *shape)
    gram = weight @ weight.T if shape[0] < shape[1] else weight.T @ weight
    np.testing.assert_allclose(gram, np.eye(min(shape)), atol=1e-12)


def test_scikit_learns_draws() -> None:
    oracle = ScikitLearn((7,), activation="logistic")
    oracle._random_state = np.random.RandomState(5)
    coef, intercept = oracle._init_coef(4, 7, np.float64)
    weight, bias = np.empty((4, 7)), np.empty(7)
    initialize = scikit_learn(np.random.RandomState(5), ACTIVATIONS["logistic"].width)
    initialize(weight, bias, np.random.default_rng(0))
    np.testing.assert_array_equal(weight, coef)
    np.testing.assert_array_equal(bias, intercept)


def test_given_weights_must_fit() -> None:
    initialize = given([np.ones((2, 3))], [np.zeros(3)])
    with pytest.raises(ValueError, match=r"shapes \(2, 4\) and \(4,\), got \(2, 3\)"):
        initialize(np.empty((2, 4)), np.empty(4), np.random.default_rng(0))
