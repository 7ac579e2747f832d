"""The losses of the linear classifier that have a name, each with how it is minimised."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from models.losses.cross_entropy import SoftmaxCrossEntropy
from models.losses.hinge import MulticlassHinge
from models.losses.loss import Loss
from models.losses.names import models_probabilities
from models.losses.squares import SquaredError


@dataclass(frozen=True)
class LinearLoss:
    """A loss, and the way to its minimum.

    Parameters
    ----------
    in_turn : tuple of callable
        Each makes a loss. They are minimised by L-BFGS one after the other, each from where the
        last one ended; the last is the loss itself, the others are easier ones on the way.
    closed_form : bool
        Whether it is the squared error, whose minimum is solved for. Several α are then solved
        at little more than the cost of one.
    """

    in_turn: tuple[Callable[[], Loss], ...]
    closed_form: bool = False

    @property
    def models_probabilities(self) -> bool:
        """Whether scores become probabilities under it."""
        return models_probabilities(self.in_turn[-1]())


LINEAR_LOSSES: dict[str, LinearLoss] = {
    "softmax": LinearLoss((SoftmaxCrossEntropy,)),
    # L-BFGS stumbles over corners: they are rounded, less and less.
    "hinge": LinearLoss(tuple(partial(MulticlassHinge, s) for s in (1.0, 0.1, 0.01, 0.002))),
    "squared": LinearLoss((SquaredError,), closed_form=True),
}


def entry_of(loss: Any) -> LinearLoss | None:
    """Return the entry of a loss; None for what names none, which only a fit refuses.

    Examples
    --------
    >>> entry_of("squared").closed_form, entry_of(["squared"]), entry_of("cubed")
    (True, None, None)
    """
    return LINEAR_LOSSES.get(loss) if isinstance(loss, str) else None
