"""One pass over samples that arrive in parts: a step of Adam for each few of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt

import numpy as np

from data.system.threads import one_blas_thread
from models.layers.layer import Array
from models.losses.loss import Loss
from models.optimization.optimizers import Adam

ROWS_A_STEP = 32
_RATE = 0.01
_HALF_LIFE = 1000


@dataclass(eq=False)
class Memory:
    """What the next pass goes on from, beside the weights.

    Parameters
    ----------
    state : dict of ndarray
        The memory of Adam, for weights and biases in one vector.
    step : int
        How many steps were taken.
    n_passes : int
        How many passes were made.
    """

    state: dict[str, Array]
    step: int = 0
    n_passes: int = 0


@one_blas_thread()
def pass_over(
    X: Array,
    targets: Array,
    weights: Array,
    coef: Array,
    intercept: Array,
    make_loss: Callable[[], Loss],
    alpha: float,
    memory: Memory | None,
) -> tuple[Array, Array, float, Memory]:
    r"""Go once over rows in their order, and return new weights, biases, loss and memory.

    Each step takes 32 rows and goes against the gradient of their mean loss and of the penalty
    :math:`\frac{\alpha}{2}\|W\|^2`. The steps become smaller as :math:`1/\sqrt{1 + t/1000}`.

    Parameters
    ----------
    X : ndarray (n, d)
    targets : ndarray (n, k)
        One-hot rows, of the dtype of X.
    weights : ndarray (n,)
        How much each row counts.
    coef : ndarray (k, d)
    intercept : ndarray (k,)
    make_loss : callable
        Makes the loss.
    alpha : float
    memory : Memory or None
        That of the pass before; None for a first one.

    Returns
    -------
    coef, intercept : ndarray
    value : float
        The mean over the rows of the objective, each as it was before its step.
    memory : Memory
    """
    n_classes, n_columns = coef.shape
    theta = np.concatenate([coef, intercept[:, None]], axis=1).astype(X.dtype).ravel()
    rule, loss = Adam(), make_loss()
    if memory is None:
        memory = Memory(rule.init(theta))
    state = {name: array.astype(X.dtype) for name, array in memory.state.items()}
    step, value, scratch = memory.step, 0.0, np.empty_like(theta)
    both = theta.reshape(n_classes, n_columns + 1)
    for first in range(0, len(X), ROWS_A_STEP):
        rows = slice(first, first + ROWS_A_STEP)
        total = weights[rows].sum()
        if not total > 0:
            continue
        step += 1
        W, b = both[:, :-1], both[:, -1]
        # Divided by their number, and not by their weight: light rows move the weights less.
        n = len(weights[rows])
        shares, decay = (weights[rows] / n).astype(X.dtype), alpha * float(total / n)
        penalty = decay / 2 * float(np.vdot(W, W))
        value += n * (loss.forward(X[rows] @ W.T + b, targets[rows], shares) + penalty)
        back = loss.backward()
        gradient = np.empty_like(both)
        gradient[:, :-1] = back.T @ X[rows] + decay * W
        gradient[:, -1] = back.sum(axis=0)
        rate = _RATE / sqrt(1 + step / _HALF_LIFE)
        rule.update(theta, gradient.ravel(), state, rate, step, scratch)
    after = Memory(state, step, memory.n_passes + 1)
    return both[:, :-1].copy(), both[:, -1].copy(), float(value / weights.sum()), after
