"""Training: a plain loop that yields a record of each epoch, which its reader may stop."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from models.derivatives.second_order import add_gradient_penalty
from models.layers.layer import Array
from models.layers.network import Network
from models.layers.products import shared_products
from models.losses.loss import Loss
from models.optimization.optimizer import Optimizer
from models.optimization.schedules import Constant, Schedule
from models.optimization.update import Update
from models.training.evaluation import evaluate, n_correct
from models.training.stream import Stream

CONSTANT = Constant()


@dataclass(frozen=True)
class Epoch:
    """What one epoch came to.

    Attributes
    ----------
    epoch : int
        Its number, from 1 up.
    loss, score : float
        Mean loss and accuracy over the batches as they were trained on, dropout and augmentation
        included.
    val_loss, val_score : float or None
        Mean loss and accuracy on the validation part; None where there is none. A loss that is a
        sum over rows (`Loss.weighs` is False) is one here, too: ``loss`` the mean of those of the
        batches, ``val_loss`` that of the whole part.
    learning_rate : float
        That of the last step.
    gradient_norm : float
        Length of the gradient of the last batch.
    seconds : float
        How long it took.
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
    """How long and how fast to train.

    Parameters
    ----------
    n_epochs : int
        The loop ends when so many epochs are done.
    learning_rate : float, default 1e-3
        The learning rate η, above 0.
    schedule : callable, default Constant()
        A function (epochs done, epochs) → factor on the learning rate.
    l2 : float, default 0
        The strength α of a penalty ½α‖W‖²/n, with n the weight of a batch, as scikit-learn scales
        it.
    clip_norm : float or None, default None
        The longest gradient; None for any.
    average_decay : float, default 0
        How much of the moving average of θ a step keeps at most, in [0, 1); 0 for no average.
    gradient_penalty : float, default 0
        The strength λ of a penalty ½λ‖∂L/∂θ‖².
    shuffle : bool, default True
        Whether each epoch has a new order.
    schedule_epochs : int or None, default None
        Epochs that the schedule spans; None for `n_epochs`.

    Examples
    --------
    >>> Settings(n_epochs=5).learning_rate
    0.001
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

    def has_ended(self, n_epochs: int) -> bool:
        """Return whether the schedule has come down to 0.

        Parameters
        ----------
        n_epochs : int
            How many epochs are done.

        Returns
        -------
        bool
            Whether a further epoch would learn nothing.
        """
        span = self.schedule_epochs or self.n_epochs
        rates = (self.schedule(n_epochs + part, span) for part in (0.0, 0.5))
        return n_epochs >= span and all(rate <= 0 for rate in rates)


@dataclass
class TrainingState:
    """All that changes in training; with it a run goes on as if it had never stopped.

    Attributes
    ----------
    theta : ndarray
        The network's own vector, the statistics included.
    slots : dict of ndarray
        The optimiser's memory.
    average : ndarray or None
        The moving average of theta.
    rng : Generator
        Draws dropout masks and augmentation.
    shuffler : RandomState
        Draws each epoch's order. scikit-learn's networks draw theirs from a RandomState, too: the
        same seed gives the same order.
    order : ndarray or None
        The latest epoch's order, which the next one permutes; None before the first.
    step, epoch : int
        How many are done.
    rate : float
        A factor on the learning rate, which a reader of the records may change.
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
    """Make the state before the first step.

    Parameters
    ----------
    network : Network
        What is trained.
    optimizer : Optimizer
        What makes the memory.
    rng : Generator
        Draws dropout masks and augmentation.
    shuffler : RandomState
        Draws each epoch's order.
    averaged : bool, default False
        Whether to keep a moving average of the parameters.

    Returns
    -------
    TrainingState
        The state, which `train` changes.

    Examples
    --------
    >>> from models.layers.linear import Linear
    >>> from models.optimization.optimizers import Adam
    >>> rng = np.random.default_rng(0)
    >>> net = Network([Linear(3)], n_in=4, dtype=np.float64, rng=rng)
    >>> sorted(first_state(net, Adam(), rng, np.random.RandomState(0)).slots)
    ['mean', 'square']
    """
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
    """Train for the epochs that are left, and yield a record after each.

    Training stops when no further record is asked for.

    Parameters
    ----------
    network : Network
        What is trained.
    loss : Loss
        What compares its outputs with targets.
    optimizer : Optimizer
        The rule by which it learns.
    stream : Stream
        What it learns from.
    state : TrainingState
        Where training is; it is changed.
    settings : Settings
        How long and how fast to train.
    validation : (ndarray, ndarray, ndarray) or None, default None
        X, targets and weights on which each epoch is measured. Where there is a moving average of
        the parameters, that is measured.

    Yields
    ------
    Epoch
        The record of an epoch.

    Examples
    --------
    >>> from models.layers.linear import Linear
    >>> from models.losses import SquaredError
    >>> from models.optimization.optimizers import Adam
    >>> rng = np.random.default_rng(0)
    >>> net = Network([Linear(1)], n_in=2, dtype=np.float64, rng=rng)
    >>> X = rng.standard_normal((40, 2))
    >>> stream = Stream(X, X.sum(axis=1, keepdims=True), np.ones(40), batch_size=10)
    >>> state = first_state(net, Adam(), rng, np.random.RandomState(0))
    >>> settings = Settings(n_epochs=100, learning_rate=0.05)
    >>> for record in train(net, SquaredError(), Adam(), stream, state, settings):
    ...     if record.loss < 1e-3:
    ...         break
    >>> record.epoch < 100
    True
    """
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
        # No longer than an epoch: between two records, the threads are their reader's.
        with shared_products():
            total, correct, learning_rate = _epoch(network, loss, update, stream, state, settings)
            val_loss = val_score = None
            if validation is not None:
                val_loss, val_score = evaluate(network, loss, *validation, theta=state.average)
        n = stream.n_samples
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


def _epoch(
    network: Network,
    loss: Loss,
    update: Update,
    stream: Stream,
    state: TrainingState,
    settings: Settings,
) -> tuple[float, float, float]:
    """Train for one epoch; return the loss and the hits, summed over its samples, and the rate."""
    if settings.shuffle:
        shuffled = state.shuffler.permutation(stream.n_samples)
        state.order = shuffled if state.order is None else state.order[shuffled]
    span = settings.schedule_epochs or settings.n_epochs
    per_epoch = len(stream.spans())
    total = correct = learning_rate = 0.0
    for index, batch in enumerate(stream.epoch(state.order, state.rng), start=1):
        done = state.epoch + (index - 1) / per_epoch
        factor = float(state.rate * settings.schedule(done, span))
        learning_rate = settings.learning_rate * factor
        scores = network.forward(batch.x, state.rng)
        value = float(loss.forward(scores, batch.targets, batch.weights))
        if settings.gradient_penalty:
            network.backward(loss.backward())
            value += add_gradient_penalty(network, loss, settings.gradient_penalty)
        else:
            update.backward(loss.backward())
        state.step += 1
        l2 = settings.l2 / batch.total_weight
        value += update.step(learning_rate, state.step, l2, norm=index == per_epoch)
        total += value * len(batch.x)
        correct += n_correct(scores, batch.targets)
        if state.average is not None and network.n_trainable < len(network.theta):
            state.average[network.n_trainable :] = network.theta[network.n_trainable :]
    state.epoch += 1
    return total, correct, learning_rate
