"""Every layer, loss and composition against finite differences."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from models.derivatives.gradient_check import check_gradient
from models.layers.functions.activations import ReLU, Tanh
from models.layers.layer import Array, Layer
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import Loss, MulticlassHinge, SoftmaxCrossEntropy, SquaredError
from models.losses.targets import smooth_targets
from tests.models.units import LAYERS, LOSSES, batch_for, deep, network_of


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("name", LAYERS)
def test_backward_of_a_layer(name: str, training: bool) -> None:
    network = network_of(LAYERS[name]())
    rng = np.random.default_rng(2)
    check = check_gradient(network, SquaredError(), *batch_for(network), rng, training=training)
    assert check.passed, check


@pytest.mark.parametrize("name", LOSSES)
def test_gradient_of_a_loss(name: str) -> None:
    network = network_of(Linear(1 if name == "logistic" else 4))
    x, targets, weights = batch_for(network)
    rng = np.random.default_rng(3)
    for t in (targets, smooth_targets(np.eye(4)[:1].repeat(7, 0)[:, : network.n_out], 0.2)):
        assert check_gradient(network, LOSSES[name](), x, t, weights, rng).passed


@pytest.mark.parametrize("loss", [SoftmaxCrossEntropy(), MulticlassHinge(), SquaredError()])
def test_compositions(loss: Loss) -> None:
    network = deep()
    check = check_gradient(network, loss, *batch_for(network), np.random.default_rng(4))
    assert check.passed, check


class SlightlyWrong(Tanh):
    """A tanh whose derivative is 0.05 % too large."""

    def slope(self, x: Array, out: Array) -> None:
        super().slope(x, out)
        out *= 1.0005


class ForgetsTheBias(Linear):
    def backward(self, dy: Array) -> Array:
        dx = super().backward(dy)
        self.bias.gradient[:] = 0.0
        return dx


@pytest.mark.parametrize("wrong", [SlightlyWrong, lambda: ForgetsTheBias(4)])
def test_a_wrong_layer_fails(wrong: Callable[[], Layer]) -> None:
    network = network_of(Linear(4), wrong(), Linear(2))
    check = check_gradient(network, SquaredError(), *batch_for(network), np.random.default_rng(5))
    assert check.error > 1e-5


def test_kinks_are_drawn_again_and_counted() -> None:
    network = network_of(Linear(40), ReLU(), Linear(2))
    x, targets, weights = batch_for(network, n=50)
    check = check_gradient(
        network, SquaredError(), x, targets, weights, np.random.default_rng(6), step=4e-3
    )
    assert check.passed
    assert check.redrawn > 0


def test_a_point_on_a_kink_is_an_error() -> None:
    network = network_of(ReLU())
    with pytest.raises(ValueError, match="met a kink"):
        check_gradient(
            network,
            SquaredError(),
            np.zeros((2, 6)),
            np.zeros((2, 6)),
            np.ones(2),
            np.random.default_rng(0),
        )


def test_single_precision_cannot_be_checked() -> None:
    network = Network([Linear(2)], 6, np.float32, np.random.default_rng(0))
    with pytest.raises(ValueError, match="float64 network, got float32"):
        check_gradient(network, SquaredError(), *batch_for(network), np.random.default_rng(0))


@pytest.mark.parametrize("wrong", [np.nan, np.inf])
def test_a_gradient_that_is_no_number_does_not_pass(wrong: float) -> None:
    class Broken(Tanh):
        def backward(self, dy: Array) -> Array:
            return np.full_like(dy, wrong)

    network = network_of(Broken())
    check = check_gradient(network, SquaredError(), *batch_for(network), np.random.default_rng(0))
    assert not check.passed
