"""Optimisers: against their formulas, whatever the pieces, compiled or not."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models.layers.layer import Array, Layer
from models.layers.linear import Linear
from models.layers.network import Network
from models.layers.sequential import Residual
from models.optimization import update as update_module
from models.optimization.fused import compiled_rule
from models.optimization.optimizer import Optimizer
from models.optimization.optimizers import Adam, AdamW, Lion, Momentum, RMSProp
from models.optimization.update import Update
from tests.models.units import Descent

RULES = [Descent(), Momentum(), Momentum(nesterov=True), RMSProp(), Adam(), AdamW(), Lion()]


def formula(rule: Optimizer, theta: Array, gradients: list[Array], eta: float) -> Array:
    """Each rule as its paper has it, with all factors where they belong."""
    m, v = np.zeros_like(theta), np.zeros_like(theta)
    for t, g in enumerate(gradients, start=1):
        theta = theta * (1 - eta * rule.weight_decay)
        match rule:
            case Momentum(momentum=mu, nesterov=ahead):
                m = mu * m - eta * g
                theta = theta + (mu * m - eta * g if ahead else m)
            case RMSProp(decay=rho, epsilon=epsilon):
                v = rho * v + (1 - rho) * g**2
                theta = theta - eta * g / (np.sqrt(v) + epsilon)
            case Adam(beta_1=b1, beta_2=b2, epsilon=epsilon):
                m, v = b1 * m + (1 - b1) * g, b2 * v + (1 - b2) * g**2
                rate = eta * np.sqrt(1 - b2**t) / (1 - b1**t)
                theta = theta - rate * m / (np.sqrt(v) + epsilon)
            case Lion(beta_1=b1, beta_2=b2):
                theta = theta - eta * np.sign(b1 * m + (1 - b1) * g)
                m = b2 * m + (1 - b2) * g
            case _:
                theta = theta - eta * g
    return theta


def network_of(n_in: int, dtype: Any = np.float64) -> Network:
    return Network([Linear(3)], n_in, dtype, np.random.default_rng(0))


def run(
    rule: Optimizer, network: Network, steps: int = 4, l2: float = 0.0, **options: Any
) -> Update:
    rng = np.random.default_rng(1)
    update = Update(network, rule, rule.init(network.theta), **options)
    for t in range(1, steps + 1):
        network.gradient[:] = rng.standard_normal(network.gradient.size)
        update.step(0.01, t, l2)
    return update


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{type(r).__name__}")
def test_rules_follow_their_formulas(rule: Optimizer) -> None:
    network = network_of(20)
    theta, n_weights = network.theta.copy(), network.n_weights
    run(rule, network)
    rng = np.random.default_rng(1)
    gradients = [rng.standard_normal(theta.size) for _ in range(4)]
    expected = formula(rule, theta, gradients, 0.01)[:n_weights]
    np.testing.assert_allclose(network.theta[:n_weights], expected, rtol=1e-9, atol=1e-12)


def test_biases_do_not_decay() -> None:
    network = network_of(20)
    network.theta[:] = 1.0
    update = Update(network, AdamW(weight_decay=0.5), AdamW().init(network.theta))
    network.gradient[:] = 0.0
    penalty = update.step(0.1, 1, 0.0)
    assert set(network.theta[: network.n_weights]) == {0.95}
    assert set(network.theta[network.n_weights :]) == {1.0}
    assert penalty == 0.0


@pytest.mark.parametrize("rule", RULES, ids=lambda r: f"{type(r).__name__}")
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_pieces_and_compilation_change_no_bit(
    rule: Optimizer, dtype: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    ends = []
    for piece, compiled_from in ((64, 10**9), (16_384, 10**9), (1000, 1)):
        monkeypatch.setattr(update_module, "PIECE", piece)
        monkeypatch.setattr(update_module, "TILE", piece)
        monkeypatch.setattr(update_module, "COMPILED_FROM", compiled_from)
        network = network_of(1500, dtype)
        run(rule, network, l2=0.1)
        ends.append(network.theta.copy())
    np.testing.assert_array_equal(ends[0], ends[1])
    np.testing.assert_array_equal(ends[0], ends[2])


class Watched(Linear):
    """A linear layer of one's own, whose gradient may not wait."""

    def backward(self, dy: Array) -> Array:
        dx = super().backward(dy)
        self.weight.gradient *= 0.5
        return dx


@pytest.mark.parametrize("options", [{}, {"clip_norm": 0.5}], ids=["plain", "clipped"])
@pytest.mark.parametrize("rule", [Adam(), AdamW(weight_decay=0.1), Momentum()], ids=str)
def test_a_gradient_that_waits_is_that_of_the_backward_pass(
    rule: Optimizer, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(update_module, "TILE", 512)
    monkeypatch.setattr(update_module, "LEAST_ROWS", 16)
    monkeypatch.setattr(update_module, "COMPILED_FROM", 1)
    rng = np.random.default_rng(3)
    x, dy = rng.standard_normal((9, 100)), rng.standard_normal((9, 3))
    ends, norms = [], []
    for waits in (True, False):
        layers: list[Layer] = [Residual([Linear(100)]), Watched(20), Linear(3)]
        network = Network(layers, 100, np.float64, np.random.default_rng(0))
        update = Update(network, rule, rule.init(network.theta), **options)
        for step in (1, 2):
            network.forward(x)
            (update if waits else network).backward(dy)
            update.step(0.01, step, 0.1, norm=step == 2)
        ends.append(network.theta.copy())
        norms.append(update.gradient_norm)
    np.testing.assert_allclose(ends[0], ends[1], rtol=1e-12, atol=1e-14)
    assert norms[0] == pytest.approx(norms[1])


def test_only_adam_itself_is_compiled() -> None:
    class Mine(Adam):
        def update(self, *args: Any) -> None:
            raise AssertionError

    assert compiled_rule(Adam(), np.dtype(np.float32)) is not None
    assert compiled_rule(Mine(), np.dtype(np.float32)) is None
    assert compiled_rule(Descent(), np.dtype(np.float32)) is None


@pytest.mark.parametrize("n_in", [20, 60_000])
def test_the_penalty_and_its_gradient(n_in: int) -> None:
    network = network_of(n_in)
    weights = network.theta[: network.n_weights].copy()
    network.gradient[:] = 0.0
    update = Update(network, Descent(), {})
    penalty = update.step(1.0, 1, 0.25, norm=True)
    assert penalty == pytest.approx(0.125 * float(weights @ weights))
    np.testing.assert_allclose(network.theta[: network.n_weights], 0.75 * weights)
    assert update.gradient_norm == pytest.approx(0.25 * float(np.linalg.norm(weights)))


def test_clipping_shortens_long_gradients_only() -> None:
    for scale, expected in ((10.0, 1.0), (0.1, 0.1)):
        network = network_of(20)
        before = network.theta.copy()
        update = Update(network, Descent(), {}, clip_norm=1.0)
        network.gradient[:] = scale / np.sqrt(network.gradient.size)
        update.step(1.0, 1, 0.0)
        assert np.linalg.norm(network.theta - before) == pytest.approx(expected)
        assert update.gradient_norm == pytest.approx(scale)


def test_the_moving_average() -> None:
    network = network_of(20)
    average = network.theta.copy()
    expected = average.copy()
    update = Update(network, Descent(), {}, average=average, average_decay=0.25)
    for t, decay in ((1, 2 / 11), (2, 0.25), (3, 0.25), (4, 0.25)):  # 2 / 11, 3 / 12, …
        network.gradient[:] = t
        update.step(0.1, t, 0.0)
        expected = decay * expected + (1 - decay) * network.theta
    np.testing.assert_allclose(average, expected)
