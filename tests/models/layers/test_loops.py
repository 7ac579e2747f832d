"""Compiled loops of layers: with them, a layer gives the bits that it gives without."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models.layers import loops
from models.layers.dropout import Dropout
from models.layers.functions.activations import ReLU
from models.layers.layer import Array, Layer
from models.layers.normalization import BatchNorm

LAYERS: dict[str, Callable[[], Layer]] = {
    "dropout": lambda: Dropout(0.6),
    "relu": ReLU,
    "batch_norm": BatchNorm,
}


def passed(name: str, x: Array, dy: Array) -> list[Array]:
    """Return what a layer makes of a batch, and of a gradient, and what it leaves behind."""
    layer = LAYERS[name]()
    layer.build(x.shape[1])
    for count, parameter in enumerate(layer.parameters()):
        parameter.value = np.linspace(0.5, 1.5 + count, x.shape[1], dtype=x.dtype)
        parameter.gradient = np.zeros(x.shape[1], x.dtype)
    y = layer.forward(x, np.random.default_rng(3)).copy()
    left = [each for p in layer.parameters() for each in (p.value, p.gradient)]
    return [y, layer.backward(dy), *left]


@pytest.mark.parametrize("name", LAYERS)
def test_compiled_loops_change_no_bit(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(0)
    x, dy = 1 + 3 * rng.standard_normal((2, 40, 37), np.float32)
    x[0, 0] = 0.0
    outcomes = []
    for least in (1, x.size + 1):
        monkeypatch.setattr(loops, "COMPILED_FROM", least)
        outcomes.append(passed(name, x, dy))
        # A view that skips columns is no array that a loop takes.
        outcomes.append(passed(name, np.repeat(x, 2, axis=1)[:, ::2], dy))
        fixed = x.copy()
        fixed.flags.writeable = False
        outcomes.append(passed(name, fixed, dy))
    for other in outcomes[1:]:
        for array, expected in zip(other, outcomes[0], strict=True):
            assert_array_equal(array, expected)


@pytest.mark.parametrize("rate", [0.0, 0.2, 0.5, 0.6, 1 - 1e-9])
def test_dropout_hides_its_share_and_keeps_the_mean(rate: float) -> None:
    layer = Dropout(rate)
    x = np.ones((500, 401))
    y = layer.forward(x, np.random.default_rng(0))
    assert np.mean(y == 0) == pytest.approx(rate, abs=0.005)
    if rate < 0.9:
        assert y.mean() == pytest.approx(1, abs=0.01)
        assert len(np.unique(y)) <= 2
    assert_array_equal(layer.backward(x), y)
    assert_array_equal(layer.forward(x), x)


def test_a_mask_has_a_chance_of_its_own_for_each_value() -> None:
    y = Dropout(0.5).forward(np.ones((400, 300)), np.random.default_rng(0)) - 1
    assert_allclose(y.mean(axis=0), 0, atol=0.25)
    for lag in (1, 2, 3, 4, 300):
        assert abs(np.mean(y.ravel()[lag:] * y.ravel()[:-lag])) < 0.015
