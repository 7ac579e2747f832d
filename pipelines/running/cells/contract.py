"""What a classifier may offer to a comparison, beside fitting and predicting.

A plain scikit-learn classifier needs none of this: the comparison holds out a tenth of the training
images, fits every candidate on the rest, and fits the best again on all of them. A classifier that
can do more has the methods of one of the protocols here. Only this module asks whether it has them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol, TypeGuard

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from sklearn.neighbors import KNeighborsClassifier

Matrix = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


class TakesValidation(Protocol):
    """A classifier that measures itself on a validation set while it learns.

    `fit_validated` may stop early. Afterwards `refit_params_` holds constructor parameters for a
    fit on all images, for example the number of epochs that was best. `validation_decides` says,
    before any fit, whether the validation set decides anything. If it does not, and there is one
    candidate only, the classifier is fitted once, on all images.
    """

    validation_decides: bool
    refit_params_: Mapping[str, Any]

    def fit_validated(self, X: Matrix, y: Labels, X_val: Matrix, y_val: Labels) -> Any:
        """Fit on X, y and measure every epoch on X_val, y_val."""


class ChoosesByItself(Protocol):
    """A classifier that chooses among several values of a parameter in one fit.

    `fit_choosing` chooses by the rows `held_out`, and fits on all of X. Afterwards
    `chosen_params_` holds the chosen parameters, and `validation_score_` their accuracy on the
    held-out rows.
    """

    chosen_params_: Mapping[str, Any]
    validation_score_: float

    def fit_choosing(self, X: Matrix, y: Labels, held_out: npt.NDArray[np.intp]) -> Any:
        """Fit on X, y, with the values that are best on the rows `held_out`."""


class SharesWork(Protocol):
    """A classifier that shares work with others that are fitted to the same rows.

    `fit_sharing` gives the same bits as `fit`, whichever candidates came before. `shared` is a
    dictionary that all candidates of one choice get in turn, with the same X and y.
    """

    def fit_sharing(self, X: Matrix, y: Labels, shared: dict[Any, Any]) -> Any:
        """Fit on X, y; read and write what fits to these rows have in common."""


class TellsEpochs(Protocol):
    """A classifier that has one record for each epoch of the last fit.

    The keys "epoch", "loss", "score", "val_loss" and "val_score" make the learning curves.
    """

    history_: Sequence[Mapping[str, Any]]


class Forgets(Protocol):
    """Offered: to drop what only a further fit needs, before it is kept in a file."""

    def forget(self) -> Any:
        """Drop it, and predict as before."""


def takes_validation(classifier: Any) -> TypeGuard[TakesValidation]:
    """Return whether a classifier takes a validation set."""
    return hasattr(classifier, "fit_validated")


def chooses_by_itself(classifier: Any) -> TypeGuard[ChoosesByItself]:
    """Return whether a classifier has several values of its own to choose among."""
    return hasattr(classifier, "fit_choosing")


def shares_work(classifier: Any) -> TypeGuard[SharesWork]:
    """Return whether a classifier shares work with others that are fitted to the same rows."""
    return hasattr(classifier, "fit_sharing")


def reads_chosen_rows(classifier: Any) -> bool:
    """Return whether a classifier takes some rows of a matrix without a copy of them.

    It is known of our own classifiers, which read `models.samples.chosen_rows.ChosenRows`.
    """
    from models import KernelClassifier, LinearClassifier, MLPClassifier

    return type(classifier) in (KernelClassifier, LinearClassifier, MLPClassifier)


def goes_by_rows(classifier: Any) -> bool:
    """Return whether a fitted classifier may be asked of some rows at a time, on several threads.

    It is known of scikit-learn's nearest neighbours. They spend all of their time on that, and
    share it among the threads of OpenMP in such a way that equal distances are taken in another
    order for another number of threads.
    """
    return _neighbours(classifier) is not None


def votes(classifier: Any) -> bool:
    """Return whether a classifier names the first of the classes that it finds most probable.

    Where it does, its probabilities are enough. It is known of nearest neighbours whose votes
    count alike.
    """
    from models import ViewsClassifier

    inner = None if isinstance(classifier, ViewsClassifier) else _neighbours(classifier)
    return inner is not None and inner.weights == "uniform"


def names_the_largest(classifier: Any) -> bool:
    """Return whether the label of a row is the first of those with its largest score.

    Where it is, the scores of `predict_proba`, or else of `decision_function`, are enough, and
    nothing is computed twice. It is known of nearest neighbours whose votes count alike, of a mean
    over views, and of our own classifiers without probabilities. A probability is rounded, so that
    it may be the same for two classes whose scores are not.
    """
    from models import ViewsClassifier
    from models.fitting.largest_score import LargestScore

    if isinstance(classifier, ViewsClassifier):
        return hasattr(classifier, "predict_proba") or hasattr(classifier, "decision_function")
    plain = isinstance(classifier, LargestScore) and not hasattr(classifier, "predict_proba")
    return plain or votes(classifier)


def scores_pairs(classifier: Any) -> bool:
    """Return whether `decision_function` scores pairs of classes, which may be as many as these."""
    from models.fitting.inner_fit import scores_pairs as known_to

    return known_to(classifier)


def _neighbours(classifier: Any) -> KNeighborsClassifier | None:
    """Return the nearest neighbours that a classifier is, behind a scaler and around one view."""
    from sklearn.neighbors import KNeighborsClassifier  # heavy
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    from models import ViewsClassifier

    if isinstance(classifier, ViewsClassifier):
        classifier = classifier.classifier_
    if isinstance(classifier, Pipeline):
        *before, classifier = (step for _, step in classifier.steps)
        if not all(type(step) is StandardScaler for step in before):
            return None
    return classifier if type(classifier) is KNeighborsClassifier else None


def tells_epochs(classifier: Any) -> TypeGuard[TellsEpochs]:
    """Return whether a fitted classifier has records of its epochs."""
    history = getattr(classifier, "history_", None)
    return isinstance(history, list | tuple) and bool(history)


def leaves_open(classifier: Any) -> bool:
    """Return whether a classifier has something to be chosen on a validation part."""
    if chooses_by_itself(classifier):
        return True
    return takes_validation(classifier) and classifier.validation_decides


def forgets(classifier: Any) -> TypeGuard[Forgets]:
    """Return whether a fitted classifier offers to drop what only a further fit needs."""
    return hasattr(classifier, "forget")
