"""MixUp: between two samples, what is learned should change in a straight line."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.layers.layer import Array
from models.samples.chosen_rows import take_rows
from models.training.pixels import mix_rows
from models.training.stream import Transform


@dataclass(frozen=True)
class MixUp:
    r"""Rows and targets that are mixed with those of the next sample of the batch.

    .. math:: x'_i = \lambda_i x_i + (1 - \lambda_i) x_{i+1},\qquad
              t'_i = \lambda_i t_i + (1 - \lambda_i) t_{i+1},\qquad
              \lambda_i \sim \mathrm{Beta}(a, a).

    Every row has a λ of its own. The last row is mixed with the first as it was.

    Parameters
    ----------
    strength : float
        a, above 0: far below 1 most rows stay nearly as they are, far above 1 most are halves.
    before : callable or None, default None
        What is done to the rows first, as `Stream` takes it; None takes them as they are.

    References
    ----------
    Zhang, Cissé, Dauphin and Lopez-Paz, "mixup: Beyond Empirical Risk Minimization", ICLR 2018.

    Examples
    --------
    >>> X, T = np.eye(3), np.array([[0.0], [1.0], [2.0]])
    >>> x, t = np.empty_like(X), T.copy()
    >>> MixUp(1.0)(X, np.arange(3), x, t, np.random.default_rng(0))
    >>> np.allclose(x @ T, t), np.allclose(x.sum(axis=1), 1)
    (True, True)
    """

    strength: float
    before: Transform | None = None

    def __call__(self, X: Array, rows: Array, x: Array, t: Array, rng: np.random.Generator) -> None:
        """Write the rows of X into x, mixed, and mix the targets t."""
        if self.before is None:
            take_rows(X, rows, x)
        else:
            self.before(X, rows, x, t, rng)
        if len(x) > 1:
            shares = rng.beta(self.strength, self.strength, len(x))
            for array in (x, t):
                mix_rows(array, shares)
