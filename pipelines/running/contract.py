"""What a classifier may offer to a comparison, and who does it where nothing is offered.

A plain scikit-learn classifier offers nothing and needs nothing: the comparison holds a tenth of
the training images out, fits every candidate on the rest, and fits the best again on all of them.
A classifier that has more to say implements one of the protocols here. Nothing but this module
asks what a classifier offers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


class TakesValidation(Protocol):
    """Offered: to measure itself on a validation set while it learns.

    `fit_validated` may stop early. `refit_params_` then holds the constructor parameters that make
    a clone learn from other samples for as long as proved best, as a number of epochs.
    `validation_decides` says before any fit whether the validation set decides anything; if it
    does not, and there is one candidate only, the classifier is fitted once, on all images.
    """

    validation_decides: bool
    refit_params_: Mapping[str, Any]

    def fit_validated(self, X: Matrix, y: Labels, X_val: Matrix, y_val: Labels) -> Any:
        """Fit on X, y and measure every epoch on X_val, y_val."""


class ChoosesByItself(Protocol):
    """Offered: to choose among values of its own parameters faster than one fit for each.

    `fit_choosing` fits on all of X. It chooses by the rows `held_out`; the parameters that it
    chose are in `chosen_params_`, their accuracy on these rows in `validation_score_`.
    """

    chosen_params_: Mapping[str, Any]
    validation_score_: float

    def fit_choosing(self, X: Matrix, y: Labels, held_out: npt.NDArray[np.intp]) -> Any:
        """Fit on X, y, with the values that are best on the rows `held_out`."""


class TellsEpochs(Protocol):
    """Offered: one record for each epoch of the last fit.

    The keys "epoch", "loss", "score", "val_loss" and "val_score" make the learning curves.
    """

    history_: Sequence[Mapping[str, Any]]


class Forgets(Protocol):
    """Offered: to drop what only a further fit needs, before it is kept in a file."""

    def forget(self) -> Any:
        """Drop it, and predict as before."""


def takes_validation(classifier: Any) -> TypeGuard[TakesValidation]:
    """Return whether a classifier offers to take a validation set."""
    return hasattr(classifier, "fit_validated")


def chooses_by_itself(classifier: Any) -> TypeGuard[ChoosesByItself]:
    """Return whether a classifier offers to choose among values of its own."""
    return hasattr(classifier, "fit_choosing")


def tells_epochs(classifier: Any) -> TypeGuard[TellsEpochs]:
    """Return whether a fitted classifier tells of its epochs."""
    return bool(getattr(classifier, "history_", None))


def leaves_open(classifier: Any) -> bool:
    """Return whether a classifier has something to be chosen on a validation part."""
    if chooses_by_itself(classifier):
        return True
    return takes_validation(classifier) and classifier.validation_decides


def forgets(classifier: Any) -> TypeGuard[Forgets]:
    """Return whether a fitted classifier offers to drop what only a further fit needs."""
    return hasattr(classifier, "forget")
