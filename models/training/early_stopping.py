"""Early stopping: a reader of the training records that counts epochs without progress."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array
from models.training.loop import Epoch, TrainingState

LEAST_RATE = 1e-6
"""Learning rate from which on it is no longer divided, as in scikit-learn."""


@dataclass
class Patience:
    """Counter of epochs that bring no progress, which says when to stop training.

    Progress is a training loss at least `tol` below the best so far, or where `validation` is
    True a validation score at least `tol` above the best so far. Patience is exhausted when more
    than `n_iter_no_change` epochs in a row bring none, as scikit-learn counts.

    Parameters
    ----------
    n_iter_no_change : int or inf, default 10
        Epochs in a row that may bring no progress.
    tol : float, default 1e-4
        The least change, from 0 up, that counts as progress.
    validation : bool, default False
        Watch the validation score in place of the training loss.
    state : TrainingState or None, default None
        The state that is trained. It is needed to keep the weights of the best validation score,
        and to divide the learning rate.
    rate_divisor : float or None, default None
        Where given, exhausted patience first divides the learning rate by it and starts again;
        only when the rate is 1e-6 or less, training stops.

    best_loss : float, default inf
        The lowest training loss so far, where training goes on.
    best_score : float, default -inf
        The highest validation score so far, where training goes on.
    n_without_progress : int, default 0
        Epochs in a row, up to the latest, that have brought no progress.

    Attributes
    ----------
    best_epoch : int
        The epoch of that score; 0 before the first.
    best_theta : ndarray or None
        The parameters after that epoch (the averaged ones where there is an average), if `state`
        was given.

    Examples
    --------
    >>> patience = Patience(n_iter_no_change=1, tol=0.1)
    >>> losses = [1.0, 0.5, 0.45, 0.44, 0.2]
    >>> for number, loss in enumerate(losses, start=1):
    ...     epoch = Epoch(number, loss, 0.9, None, None, 0.001, 1.0, 0.0)
    ...     if patience.exhausted(epoch):
    ...         break
    >>> number
    4
    """

    n_iter_no_change: float = 10
    tol: float = 1e-4
    validation: bool = False
    state: TrainingState | None = None
    rate_divisor: float | None = None
    best_loss: float = np.inf
    best_score: float = -np.inf
    n_without_progress: int = 0
    best_epoch: int = field(default=0, init=False)
    best_theta: Array | None = field(default=None, init=False)

    def exhausted(self, record: Epoch) -> bool:
        """Return whether to stop after an epoch.

        Parameters
        ----------
        record : Epoch
            The latest epoch, as `train` yields it. Each epoch is shown once.

        Returns
        -------
        bool
            Whether patience is exhausted.

        Raises
        ------
        ModelError
            If the validation score is watched and the epoch has none.
        """
        stalled = self._no_score_progress(record) if self.validation else self._no_progress(record)
        self.n_without_progress = self.n_without_progress + 1 if stalled else 0
        if self.n_without_progress <= self.n_iter_no_change:
            return False
        if self.rate_divisor is None or self.state is None or record.learning_rate <= LEAST_RATE:
            return True
        self.state.rate /= self.rate_divisor
        self.n_without_progress = 0
        return False

    def _no_progress(self, record: Epoch) -> bool:
        stalled = record.loss > self.best_loss - self.tol
        self.best_loss = min(self.best_loss, record.loss)
        return stalled

    def _no_score_progress(self, record: Epoch) -> bool:
        if record.val_score is None:
            raise ModelError(
                "Patience(validation=True) needs a validation score, and the epoch has none: "
                "give `train` a validation part"
            )
        stalled = record.val_score < self.best_score + self.tol
        if record.val_score > self.best_score:
            self.best_score, self.best_epoch = record.val_score, record.epoch
            if self.state is not None:
                state = self.state
                self.best_theta = (state.theta if state.average is None else state.average).copy()
        return stalled
