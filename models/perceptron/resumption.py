"""Resuming a fit: a checkpoint after every epoch, and the way back from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from models.errors import ModelError
from models.training.checkpoint import load_checkpoint, save_checkpoint
from models.training.early_stopping import Patience
from models.training.loop import TrainingState


@dataclass
class Course:
    """What is written down while a network learns; it grows by an epoch at a time.

    Attributes
    ----------
    history : list of dict
        A record an epoch, those of the fits before included.
    t : int
        Samples seen.
    n_iter : int
        Epochs of this fit.
    ended : bool
        Whether training has stopped before its last epoch.
    """

    history: list[dict[str, Any]] = field(default_factory=list)
    t: int = 0
    n_iter: int = 0
    ended: bool = False


class Resumption:
    """Saves and loads everything that a fit knows between two epochs.

    Parameters
    ----------
    path : path
        The file.
    run : str
        A digest of all that decides the run: of another run, the file is refused.
    state, patience, course
        What the file holds, and what it is read back into.
    """

    def __init__(
        self, path: Path, run: str, state: TrainingState, patience: Patience, course: Course
    ) -> None:
        self.path, self.run = path, run
        self.state, self.patience, self.course = state, patience, course

    def load(self) -> None:
        """Go back to where the file says, if there is one."""
        if not self.path.exists():
            return
        notes = load_checkpoint(self.path, self.state)
        if notes.get("run") != self.run:
            raise ModelError(
                f"{self.path} is of a fit with other data, parameters or first weights; "
                "name another file, or delete it to start anew"
            )
        course, patience = self.course, self.patience
        course.history, course.t = notes["history_"], notes["t_"]
        course.n_iter, course.ended = notes["n_iter_"], notes["done"]
        patience.best_theta, patience.best_epoch = notes.get("best_theta"), notes["best_epoch"]
        patience.n_without_progress = notes["no_improvement_count_"]
        if notes["best_loss_"] is not None:
            patience.best_loss = notes["best_loss_"]
        if notes["best_validation_score_"] is not None:
            patience.best_score = notes["best_validation_score_"]

    def save(self, done: bool) -> None:
        """Write the file anew."""
        course, patience = self.course, self.patience
        notes = {
            "run": self.run,
            "done": done,
            "history_": course.history,
            "t_": course.t,
            "n_iter_": course.n_iter,
            "best_epoch": patience.best_epoch,
            "no_improvement_count_": patience.n_without_progress,
            "best_loss_": patience.best_loss,
            "best_validation_score_": patience.best_score,
        }
        if patience.best_theta is not None:
            notes["best_theta"] = patience.best_theta
        save_checkpoint(self.path, self.state, notes)
