"""The losses that have a name, each with what a network must know to use it."""

from __future__ import annotations

import copy
from dataclasses import dataclass

from models.losses.cross_entropy import LogisticCrossEntropy, SoftmaxCrossEntropy
from models.losses.hinge import MulticlassHinge
from models.losses.loss import Loss
from models.losses.squares import SquaredError, SumOfSquares
from models.names import Named


@dataclass(frozen=True, kw_only=True)
class NamedLoss(Named[Loss]):
    """A loss, and what the scores under it mean.

    Parameters
    ----------
    output : str
        What turns scores into outputs: ``out_activation_``, as scikit-learn calls it.
    two_classes : NamedLoss or None
        The loss that takes its place for two classes, with one score in place of two.
    """

    output: str = "identity"
    two_classes: NamedLoss | None = None


LOSSES: dict[str, NamedLoss] = {
    "cross_entropy": NamedLoss(
        SoftmaxCrossEntropy,
        output="softmax",
        two_classes=NamedLoss(LogisticCrossEntropy, output="logistic"),
    ),
    "hinge": NamedLoss(MulticlassHinge, keeps=("smoothing",)),
    "squared": NamedLoss(SquaredError),
    "sum_of_squares": NamedLoss(SumOfSquares),
}


@dataclass(frozen=True)
class Objective:
    """A loss as one network has it: the loss, the number of scores, and what they mean."""

    loss: Loss
    n_outputs: int
    output: str


def objective(loss: str | Loss, n_classes: int) -> Objective:
    """Return a loss of the network's own: losses hold a batch between forward and backward."""
    if isinstance(loss, Loss):
        return Objective(copy.deepcopy(loss), n_classes, "identity")
    entry, n_outputs = LOSSES[loss], n_classes
    if n_classes == 2 and entry.two_classes is not None:
        entry, n_outputs = entry.two_classes, 1
    return Objective(entry(), n_outputs, entry.output)


def models_probabilities(loss: object) -> bool:
    """Return whether a loss, or the one of a name, turns scores into probabilities."""
    if isinstance(loss, str):
        return loss in LOSSES and models_probabilities(LOSSES[loss]())
    return isinstance(loss, Loss) and type(loss).probabilities is not Loss.probabilities
