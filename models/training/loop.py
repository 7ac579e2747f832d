"""Training: a plain loop that yields one record an epoch, for whoever wants to look or to stop."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from models.derivatives.second_order import add_gradient_penalty
from models.layers.layer import Array
from models.layers.network import Network
from models.losses.loss import Loss
from models.optimization.optimizers import Optimizer
from models.optimization.schedules import Constant, Schedule
from models.optimization.update import Update
from models.training.stream import Stream

CONSTANT = Constant()


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to; scores are accuracies, None where there is no validation part.

    The training figures are means over the batches as they were trained on, dropout and
    augmentation included; the gradient's norm is that of the last batch.
    """

    epoch: int
    loss: float
    score: float
    val_loss: float | None
    val_score: float | None
    learning_rate: float
    gradient_norm: float
    seconds: float


@dataclass(frozen=True)
class Settings:
    """How to train.

    Attributes
    ----------
    n_epochs
        The loop ends when so many are done.
    schedule_epochs
        Epochs that the schedule spans; n_epochs unless given.
    l2
        α of the penalty ½α‖W‖²/n, n the weight of a batch, as scikit-learn scales it.
    average_decay
        d of the moving average of θ, 0 for none.
    gradient_penalty
        λ of the penalty ½λ‖∂L/∂θ‖².
    """

    n_epochs: int
    learning_rate: float = 1e-3
    schedule: Schedule = CONSTANT
    l2: float = 0.0
    clip_norm: float | None = None
    average_decay: float = 0.0
    gradient_penalty: float = 0.0
    shuffle: bool = True
    schedule_epochs: int | None = None


@dataclass
class TrainingState:
    """All that changes in training; with it a run goes on as if it had never stopped.

    Attributes
    ----------
    theta
        The network's own vector, the statistics included.
    slots
        The optimiser's memory.
    average
        The moving average of theta, or None.
    rng
        Draws dropout masks and augmentation.
    shuffler
        Draws each epoch's order. A RandomState, since scikit-learn's networks draw theirs from
        one: the same seed gives the same order.
    order
        The latest epoch's order, which the next one permutes; None before the first.
    rate
        A factor on the learning rate that whoever reads the records may change.
    """

    theta: Array
    slots: dict[str, Array]
    average: Array | None
    rng: np.random.Generator
    shuffler: np.random.RandomState
    order: Array | None = None
    step: int = 0
    epoch: int = 0
    rate: float = 1.0


def first_state(
    network: Network,
    optimizer: Optimizer,
    rng: np.random.Generator,
    shuffler: np.random.RandomState,
    *,
    averaged: bool = False,
) -> TrainingState:
    """The state before the first step."""
    average = network.theta.copy() if averaged else None
    slots = optimizer.init(network.theta[: network.n_trainable])
    return TrainingState(network.theta, slots, average, rng, shuffler)


def train(
    network: Network,
    loss: Loss,
    optimizer: Optimizer,
    stream: Stream,
    state: TrainingState,
    settings: Settings,
    validation: tuple[Array, Array, Array] | None = None,
) -> Generator[Epoch]:
    """Train for the epochs that are left, yielding after each.

    Whoever consumes the records stops the training by not asking for the next. What validation
    (X, targets, weights) measures is the moving average where there is one.
    """
    n = len(stream.X)
    span = settings.schedule_epochs or settings.n_epochs
    per_epoch = -(-n // stream.batch_size)
    update = Update(
        network,
        optimizer,
        state.slots,
        average=state.average,
        average_decay=settings.average_decay,
        clip_norm=settings.clip_norm,
    )
    while state.epoch < settings.n_epochs:
        started = perf_counter()
        if settings.shuffle:
            shuffled = state.shuffler.permutation(n)
            state.order = shuffled if state.order is None else state.order[shuffled]
        total = correct = 0.0
        for index, batch in enumerate(stream.epoch(state.order, state.rng), start=1):
            done = state.epoch + (index - 1) / per_epoch
            factor = state.rate * settings.schedule(done, span)
            learning_rate = settings.learning_rate * factor
            scores = network.forward(batch.x, state.rng)
            value = loss.forward(scores, batch.targets, batch.weights)
            network.backward(loss.backward())
            if settings.gradient_penalty:
                value += add_gradient_penalty(network, loss, settings.gradient_penalty)
            state.step += 1
            l2 = settings.l2 / batch.total_weight
            value += update.step(learning_rate, state.step, l2, norm=index == per_epoch)
            total += value * len(batch.x)
            correct += n_correct(scores, batch.targets)
            if state.average is not None and network.n_trainable < len(network.theta):
                state.average[network.n_trainable :] = network.theta[network.n_trainable :]
        state.epoch += 1
        val_loss = val_score = None
        if validation is not None:
            val_loss, val_score = evaluate(network, loss, *validation, theta=state.average)
        yield Epoch(
            state.epoch,
            total / n,
            correct / n,
            val_loss,
            val_score,
            learning_rate,
            update.gradient_norm,
            perf_counter() - started,
        )


def evaluate(
    network: Network,
    loss: Loss,
    X: Array,
    targets: Array,
    weights: Array,
    *,
    theta: Array | None = None,
) -> tuple[float, float]:
    """Mean loss and accuracy, each weighted; with other parameters if ``theta`` is given."""
    own = None
    if theta is not None:
        own = network.theta.copy()
        network.theta[:] = theta
    scores = network.scores(X)
    w = (weights / weights.sum()).astype(network.dtype)
    value = loss.forward(scores, targets, w)
    hits = chosen_class(scores) == chosen_class(targets, 0.5)
    if own is not None:
        network.theta[:] = own
    return value, float(np.dot(hits, weights) / weights.sum())


def n_correct(scores: Array, targets: Array) -> int:
    """Samples whose largest score is in the column of the largest target."""
    return int(np.count_nonzero(chosen_class(scores) == chosen_class(targets, 0.5)))


def chosen_class(columns: Array, threshold: float = 0.0) -> Array:
    """The largest column; of a single one, whether it exceeds the threshold."""
    return (columns[:, 0] > threshold) if columns.shape[1] == 1 else columns.argmax(axis=1)
