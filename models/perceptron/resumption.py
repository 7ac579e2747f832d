"""Resuming a fit: a checkpoint after every epoch, and finding one's way back from it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from models.layers.layer import Array
from models.training.checkpoint import fingerprint, load_checkpoint, save_checkpoint
from models.training.early_stopping import Patience
from models.training.loop import TrainingState

if TYPE_CHECKING:
    from models.mlp_classifier import MLPClassifier

RECORDS = (
    "n_iter_",
    "t_",
    "history_",
    "loss_",
    "loss_curve_",
    "validation_scores_",
    "best_loss_",
    "best_validation_score_",
    "no_improvement_count_",
)


class Resumption:
    """Saves and loads everything that a fit knows between two epochs.

    Attributes
    ----------
    done
        Whether the run that was loaded had already ended.
    """

    def __init__(
        self, net: MLPClassifier, state: TrainingState, patience: Patience, *data: Array
    ) -> None:
        self.net, self.state, self.patience = net, state, patience
        self.path = Path(net.checkpoint)
        own = net.get_params(deep=False)
        decisive = {k: v for k, v in own.items() if k not in ("checkpoint", "verbose")}
        self.run = fingerprint(decisive, *data)
        self.done = False

    def load(self) -> None:
        """Go back to where the file says, if there is one."""
        if not self.path.exists():
            return
        notes = load_checkpoint(self.path, self.state)
        if notes.get("run") != self.run:
            raise ValueError(
                f"{self.path} is of a fit with other data or parameters; "
                "name another file, or delete it to start anew"
            )
        for name in RECORDS:
            setattr(self.net, name, notes[name])
        self.patience.best_theta = notes.get("best_theta")
        self.patience.best_epoch = notes["best_epoch"]
        self.done = notes["done"]

    def save(self, done: bool) -> None:
        """Write the file anew."""
        notes = {name: getattr(self.net, name, None) for name in RECORDS}
        notes |= {"run": self.run, "best_epoch": self.patience.best_epoch, "done": done}
        if self.patience.best_theta is not None:
            notes["best_theta"] = self.patience.best_theta
        save_checkpoint(self.path, self.state, notes)
