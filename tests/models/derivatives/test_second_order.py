"""Forward mode and second derivatives, against transposes, differences and a dense Hessian."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models.derivatives.second_order import add_gradient_penalty, hessian_vector_product
from models.layers.functions.activations import SiLU, Tanh
from models.layers.layer import Array
from models.layers.linear import Linear
from models.layers.normalization import LayerNorm
from models.losses import SoftmaxCrossEntropy, SquaredError
from tests.models.units import LAYERS, LOSSES, batch_for, network_of


@pytest.mark.parametrize("name", LAYERS)
@given(seed=st.integers(0, 2**16), n=st.integers(2, 9))
def test_backward_is_the_transpose_of_the_tangent(name: str, seed: int, n: int) -> None:
    """⟨dy, ẏ⟩ = ⟨dx, ẋ⟩ + ⟨∂L/∂θ, θ̇⟩, for every direction and every dy."""
    rng = np.random.default_rng(seed)
    network = network_of(LAYERS[name](), seed=seed)
    network.read_input_gradient(True)
    x, x_dot = rng.standard_normal((2, n, 6))
    y = network.forward(x, np.random.default_rng(seed))
    dy = rng.standard_normal(y.shape)
    dx = network.backward(dy)
    network.direction[:] = rng.standard_normal(network.n_trainable)
    y_dot = network.forward_tangent(x_dot)
    right = np.vdot(dx, x_dot) + network.gradient @ network.direction
    assert np.vdot(dy, y_dot) == pytest.approx(right, rel=1e-9, abs=1e-9)


@pytest.mark.parametrize("name", LAYERS)
def test_second_derivatives_of_a_layer(name: str) -> None:
    """The tangent of backward equals the difference of two backward passes."""
    network = network_of(LAYERS[name]())
    network.read_input_gradient(True)
    rng = np.random.default_rng(7)
    (x, x_dot), loss, h = rng.standard_normal((2, 7, 6)), SquaredError(), 1e-6
    targets = rng.standard_normal((7, network.n_out))
    theta, theta_dot = network.theta.copy(), rng.standard_normal(network.n_trainable)

    def gradients(k: float) -> tuple[Array, Array]:
        network.theta[:] = theta
        network.theta[: network.n_trainable] += k * h * theta_dot
        scores = network.forward(x + k * h * x_dot, np.random.default_rng(0))
        loss.forward(scores, targets, np.ones(7))
        return network.backward(loss.backward()).copy(), network.gradient.copy()

    (dx_1, g_1), (dx_0, g_0) = gradients(1), gradients(-1)
    gradients(0)
    network.direction[:] = theta_dot
    scores_dot = network.forward_tangent(x_dot)
    dx_dot = network.backward_tangent(loss.backward_tangent(scores_dot))
    np.testing.assert_allclose(dx_dot, (dx_1 - dx_0) / (2 * h), rtol=1e-6, atol=1e-6)
    difference = (g_1 - g_0) / (2 * h)
    np.testing.assert_allclose(network.gradient_direction, difference, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("name", ["softmax", "rounded hinge", "squared", "sum of squares"])
def test_hessian_vector_product_equals_the_dense_hessian(name: str) -> None:
    network = network_of(Linear(4), Tanh(), Linear(3))
    loss, (x, targets, weights) = LOSSES[name](), batch_for(network)
    size, h = network.n_trainable, 1e-5
    theta, columns = network.theta.copy(), []
    for i in range(size):
        ends = []
        for k in (1, -1):
            network.theta[:] = theta
            network.theta[i] += k * h
            network.loss_and_gradient(loss, x, targets, weights)
            ends.append(network.gradient.copy())
        columns.append((ends[0] - ends[1]) / (2 * h))
    network.theta[:] = theta
    dense = np.array(columns)
    products = np.array(
        [hessian_vector_product(network, loss, x, targets, weights, e) for e in np.eye(size)]
    )
    np.testing.assert_allclose(products, dense, atol=1e-7)
    np.testing.assert_allclose(products, products.T, atol=1e-12)


def test_a_penalty_on_the_gradient_adds_its_own_gradient() -> None:
    network = network_of(Linear(5), LayerNorm(), SiLU(), Linear(3))
    batch = batch_for(network)
    loss, theta, h = SoftmaxCrossEntropy(), network.theta.copy(), 1e-5

    def penalty() -> float:
        network.loss_and_gradient(loss, *batch)
        return add_gradient_penalty(network, loss, 2.0)

    network.loss_and_gradient(loss, *batch)
    before = network.gradient.copy()
    assert penalty() == pytest.approx(float(before @ before))
    added = network.gradient - before
    v = np.random.default_rng(9).standard_normal(network.n_trainable)
    ends = []
    for k in (1, -1):
        network.theta[:] = theta + k * h * v
        ends.append(penalty())
    quotient = (ends[0] - ends[1]) / (2 * h)
    assert added @ v == pytest.approx(quotient, rel=1e-6)
    assert abs(quotient) > 1e-4
