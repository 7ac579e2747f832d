"""The training loop: its records, its memory, and the twenty-line network as its oracle."""

from __future__ import annotations

import tracemalloc
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from models.layers.functions.activations import Tanh
from models.layers.layer import Array, Layer
from models.layers.linear import Linear
from models.layers.local.locally_connected import LocallyConnected
from models.layers.local.receptive_fields import ReceptiveFields
from models.layers.network import Network
from models.layers.sequential import Residual
from models.losses import SoftmaxCrossEntropy, SumOfSquares
from models.optimization.optimizers import Adam
from models.optimization.update import Update
from models.training.augmentation import Augmentation
from models.training.loop import Settings, first_state, train
from models.training.stream import Stream
from tests.models.units import LAYERS, Descent


def test_the_twenty_line_network() -> None:
    """The loop that a lecture ends with, written out, and the same from these parts."""
    n, d_in, h, d_out = 64, 1000, 100, 10
    rng = np.random.default_rng(0)
    x, y = rng.standard_normal((n, d_in)), rng.standard_normal((n, d_out))
    w1, w2 = rng.standard_normal((d_in, h)), rng.standard_normal((h, d_out))

    class Weights(Linear):
        """A linear layer whose bias stays zero."""

        def backward(self, dy: Array) -> Array:
            dx = super().backward(dy)
            self.bias.gradient[:] = 0.0
            return dx

    parts: list[Layer] = [Weights(h), LAYERS["logistic"](), Weights(d_out)]
    network = Network(parts, d_in, np.float64, rng)
    network.theta[:] = np.concatenate([w1.ravel(), w2.ravel(), np.zeros(h + d_out)])
    stream = Stream(x, y, np.ones(n), n)
    state = first_state(network, Descent(), rng, np.random.RandomState(0))
    settings = Settings(n_epochs=200, learning_rate=1e-4, shuffle=False)
    records = train(network, SumOfSquares(), Descent(), stream, state, settings)

    for record in records:
        hidden = 1 / (1 + np.exp(-x.dot(w1)))
        y_pred = hidden.dot(w2)
        loss = np.square(y_pred - y).sum()
        assert record.loss == pytest.approx(loss, rel=1e-10)
        grad_y = 2.0 * (y_pred - y)
        grad_w2 = hidden.T.dot(grad_y)
        grad_w1 = x.T.dot(grad_y.dot(w2.T) * hidden * (1 - hidden))
        w1 -= 1e-4 * grad_w1
        w2 -= 1e-4 * grad_w2
    assert record.epoch == 200


def toy(n: int = 300, d: int = 12, dtype: Any = np.float64) -> tuple[Stream, Array]:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((n, d)).astype(dtype)
    labels = (X[:, :3].argmax(axis=1)).astype(int)
    return Stream(X, np.eye(3, dtype=dtype)[labels], np.ones(n, dtype), 32), labels


def test_records_say_what_happened() -> None:
    stream, _ = toy()
    rng = np.random.default_rng(0)
    network = Network([Linear(16), LAYERS["tanh"](), Linear(3)], 12, np.float64, rng)
    state = first_state(network, Adam(), rng, np.random.RandomState(0))
    validation = stream.X[:50], stream.targets[:50], np.ones(50)
    settings = Settings(n_epochs=15, learning_rate=0.01, l2=0.1)
    loss = SoftmaxCrossEntropy()
    records = list(train(network, loss, Adam(), stream, state, settings, validation))
    assert [r.epoch for r in records] == list(range(1, 16))
    assert records[-1].loss < records[0].loss
    assert records[-1].score > 0.9 > records[0].score
    last = network.loss_and_gradient(loss, *validation[:2], np.full(50, 1 / 50))
    assert records[-1].val_loss == pytest.approx(last)
    assert all(r.seconds > 0 and r.gradient_norm > 0 for r in records)


def test_who_reads_may_stop_and_go_on() -> None:
    stream, _ = toy()
    ends = []
    for stops in ((6,), (2, 5, 6)):
        rng = np.random.default_rng(0)
        network = Network([Linear(9), LAYERS["dropout"](), Linear(3)], 12, np.float64, rng)
        state = first_state(network, Adam(), rng, np.random.RandomState(0))
        for stop in stops:
            records = train(
                network, SoftmaxCrossEntropy(), Adam(), stream, state, Settings(n_epochs=6)
            )
            for record in records:
                if record.epoch == stop:
                    records.close()
                    break
        ends.append(network.theta.copy())
    np.testing.assert_array_equal(ends[0], ends[1])


@pytest.mark.parametrize("augmented", [False, True])
@pytest.mark.parametrize("name", sorted(set(LAYERS) - {"standardize", "whiten", "whitened_fields"}))
def test_a_step_allocates_nothing_of_size(name: str, augmented: bool) -> None:
    """Nothing like a batch, a layer's output or the parameters is allocated in a step."""
    rng = np.random.default_rng(0)
    width, n = 240, 384
    grid = (10, 8, 3)
    of_the_width: dict[str, Callable[[], Layer]] = {
        "linear": lambda: Linear(width),
        "residual": lambda: Residual([Linear(width), Tanh()]),
        "locally_connected": lambda: LocallyConnected(20, ReceptiveFields(grid, 4, 2)),
        "of single places": lambda: LocallyConnected(4, ReceptiveFields(grid, 1, 1)),
    }
    middle = of_the_width.get(name, LAYERS[name])()
    network = Network([Linear(width), middle, Linear(width), Linear(3)], 192, np.float32, rng)
    X = rng.random((2 * n, 192), np.float32)
    augment = Augmentation((8, 8, 3), mirror=True, shift=1, cutout=3, mixup=0.5)
    targets = np.eye(3, dtype=np.float32)[rng.integers(0, 3, 2 * n)]
    stream = Stream(X, targets, np.ones(2 * n, np.float32), n, augment if augmented else None)
    optimizer, loss = Adam(), SoftmaxCrossEntropy()
    update = Update(network, optimizer, optimizer.init(network.theta[: network.n_trainable]))
    order = np.arange(2 * n)

    def step(batch: Any, count: int) -> None:
        scores = network.forward(batch.x, rng)
        loss.forward(scores, batch.targets, batch.weights)
        network.backward(loss.backward())
        update.step(1e-3, count, 1e-4, norm=True)

    for batch in stream.epoch(order, rng):
        step(batch, 1)
    batches = stream.epoch(order, rng)
    step(next(batches), 2)
    tracemalloc.start()
    step(next(batches), 3)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    smallest = 4 * n * (192 if augmented or name not in ("maxout", "sequential") else 80)
    assert peak < smallest, f"{peak} bytes, a batch is {smallest}"
