"""An activation, a normalisation or an initialization is added by one entry."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import MLPClassifier, ModelError
from models.layers.functions.activation import Activation
from models.layers.layer import Array
from models.layers.names import ACTIVATIONS, INITIALIZERS, NORMS, NamedActivation
from models.layers.normalization import LayerNorm
from models.names import Named

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((60, 5)), rng.integers(0, 3, 60)


class Square(Activation):
    def value(self, x: Array, out: Array) -> None:
        np.square(x, out=out)

    def slope(self, x: Array, out: Array) -> None:
        np.multiply(x, 2, out=out)


def net(**given: Any) -> MLPClassifier:
    words = {"max_iter": 2, "random_state": 0, "learning_rate": "cosine", **given}
    return MLPClassifier((4,), **words).fit(X, Y)


def test_an_activation_of_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"activation must be one of 'identity'.*got 'square'"):
        net(activation="square")
    monkeypatch.setitem(ACTIVATIONS, "square", NamedActivation(Square))
    named, made = net(activation="square"), net(activation=Square)
    np.testing.assert_array_equal(named.predict_proba(X), made.predict_proba(X))
    monkeypatch.setitem(ACTIVATIONS, "square", NamedActivation(Square, width=2.0))
    narrow, wide = (
        net(activation=activation, learning_rate_init=1e-12) for activation in ("square", Square)
    )
    np.testing.assert_allclose(narrow.coefs_[0], wide.coefs_[0] / np.sqrt(3), atol=1e-9)


def test_a_normalisation_of_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(NORMS, "row", Named(LayerNorm, keeps=("epsilon",)))
    np.testing.assert_array_equal(net(norm="row").coefs_[0], net(norm="layer").coefs_[0])
    with pytest.raises(ModelError, match="norm must be one of 'batch', 'layer', 'row', or a func"):
        net(norm="rows")


def test_an_initialization_of_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    def ones(weight: Array, bias: Array, rng: np.random.Generator) -> None:
        weight[:], bias[:] = 1.0, 0.0

    monkeypatch.setitem(INITIALIZERS, "ones", lambda random_state, width: ones)
    given = {"learning_rate_init": 1e-12}
    np.testing.assert_allclose(net(initialization="ones", **given).coefs_[0], 1.0)
    with pytest.raises(ModelError, match="'orthogonal', 'ones', or a function"):
        net(initialization="one")
