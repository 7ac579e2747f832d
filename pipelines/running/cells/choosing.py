"""What a cell chooses, and how good it is on images that are held out."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone
from sklearn.exceptions import ConvergenceWarning

from models import ViewsClassifier
from models.samples.chosen_rows import some_rows
from pipelines.comparison.tables.ladder import Search
from pipelines.record.outcome import Outcome
from pipelines.running.cells.contract import (
    Labels,
    Matrix,
    chooses_by_itself,
    leaves_open,
    reads_chosen_rows,
    shares_work,
    takes_validation,
    tells_epochs,
)
from pipelines.running.cells.neighbours import labels_for_choosing
from pipelines.running.tasks import rows_of

Candidates = Sequence[tuple[dict[str, Any], Any]]
"""What a cell chooses from: the values that are to be chosen, and the unfitted classifier."""

VALIDATION_PART = 0.1

_EPOCH = ("epoch", "loss", "score", "val_loss", "val_score")


def needs_validation(candidates: Candidates) -> bool:
    """Return whether candidates leave something to be chosen."""
    return len(candidates) > 1 or any(leaves_open(classifier) for _, classifier in candidates)


def is_validated(candidates: Candidates, n_sides: int, *, wished: bool) -> bool:
    """Return whether a cell is measured on held-out images though its candidates need none.

    It is where that is wished, and where it chooses among features. This is a part of the key under
    which the cache keeps a cell.

    Parameters
    ----------
    candidates : sequence of (dict, classifier)
    n_sides : int
        How many features the cell chooses from.
    wished : bool
        Whether all cells are to be measured so.
    """
    return (wished or n_sides > 1) and not needs_validation(candidates)


def validation_split(
    labels: Labels, seed: int, part: float = VALIDATION_PART
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which training images to fit on and which to choose by, sorted.

    The same part of every class is held out, rounded. Of a class with two images or more at least
    one is held out, and of every class at least one stays for fitting. Scikit-learn's stratified
    split refuses classes that are so small.
    """
    rng = np.random.default_rng(seed)
    is_validation = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        members = rng.permutation(np.flatnonzero(labels == label))
        n_validation = min(max(1, round(part * len(members))), len(members) - 1)
        is_validation[members[:n_validation]] = True
    return np.flatnonzero(~is_validation), np.flatnonzero(is_validation)


def rows_to_choose_by(
    labels: Labels, seed: int, n_validation: int = 0
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]:
    """Return which rows to fit on and which to choose by: the last ones, if such a part is given.

    Without a given part, it is a stratified tenth, which depends on the seed.
    """
    if not n_validation:
        return validation_split(labels, seed)
    n_train = len(labels) - n_validation
    return np.arange(n_train), np.arange(n_train, len(labels))


class Choice:
    """A candidate that was fitted and judged on the validation part.

    Attributes
    ----------
    index
        Its place among the candidates.
    own
        The parameters that it chose by itself.
    refit
        The parameters with which it is to be fitted again.
    is_final
        Whether it was fitted on all training images already.
    seconds
        What fitting and judging it took, where that was a task of its own.
    kernels
        How the kernels of the processor that judged it differ from ours; "" where they do not.
    """

    def __init__(self, index: int, values: Mapping[str, Any], classifier: Any) -> None:
        learned = classifier.classifier_ if isinstance(classifier, ViewsClassifier) else classifier
        self.index = index
        self.classifier = classifier
        self.is_final = chooses_by_itself(classifier)
        self.own = dict(learned.chosen_params_) if self.is_final else {}
        self.refit = json_values(learned.refit_params_) if takes_validation(classifier) else {}
        self.chosen = json_values({**values, **self.own})
        self.history = history_of(learned)
        self.accuracy = 0.0
        self.seconds = 0.0
        self.kernels = ""


class Rounds:
    """The candidates of a choice in rounds; those of a round do not depend on each other.

    Values that are searched (`comparison.ladder`) are tried from the middle outward, until the best
    is worse on both sides. Without such values there is one round.

    Parameters
    ----------
    candidates : sequence of (dict, classifier)

    Attributes
    ----------
    best : Choice or None
        The best so far; of equals, the first.
    """

    def __init__(self, candidates: Candidates) -> None:
        self._search = Search([values for values, _ in candidates])
        self.best: Choice | None = None

    def next(self) -> list[int]:
        """Return which candidates are judged next, once all before are noted; none at the end."""
        first = self._search.next(None if self.best is None else self.best.index)
        return [] if first is None else [first, *iter(lambda: self._search.next(None), None)]

    def note(self, choice: Choice) -> None:
        """Note how good a candidate is; they are noted in their order."""
        if self.best is None or choice.accuracy > self.best.accuracy:
            self.best = choice


class Judge:
    """Fits candidates on one part of the training images and judges them by the other.

    Parameters
    ----------
    train : ndarray (n, d) or (n, n_views, d)
    labels : ndarray (n,)
    candidates : sequence of (dict, classifier)
        Work that they have in common is done once.
    seed, n_validation : int
        As `choose` has them.
    """

    def __init__(
        self, train: Matrix, labels: Labels, candidates: Candidates, seed: int, n_validation: int
    ) -> None:
        self._train, self._labels, self._candidates = train, labels, candidates
        self._fit_on, self._choose_by = rows_to_choose_by(labels, seed, n_validation)
        if not len(self._choose_by):
            raise ValueError("choosing needs a class with two training images or more")
        # Both parts, once for all candidates that do not split by themselves. A cache of a method
        # would be a cycle of objects, and hold them until Python looks for cycles.
        self._parted: dict[bool, tuple[Matrix, Matrix]] = {}
        self._shared: dict[Any, Any] = {}
        self._most = max(getattr(each, "n_neighbors", 0) or 0 for _, each in candidates)

    def judged(self, index: int) -> Choice:
        """Return a candidate, fitted and judged."""
        values, candidate = self._candidates[index]
        train, labels = self._train, self._labels
        classifier = of_rows(clone(candidate), train)
        if chooses_by_itself(classifier):
            classifier.fit_choosing(train, labels, held_out=self._choose_by)
            choice = Choice(index, values, classifier)
            choice.accuracy = float(classifier.validation_score_)
            return choice
        X, X_val = self._parts(reads_chosen_rows(candidate))
        y, y_val = labels[self._fit_on], labels[self._choose_by]
        if takes_validation(classifier):
            with epochs_as_planned(classifier):
                classifier.fit_validated(X, y, X_val, y_val)
        elif shares_work(classifier):
            classifier.fit_sharing(X, y, self._shared)
        else:
            classifier.fit(X, y)
        choice = Choice(index, values, classifier)
        predicted = labels_for_choosing(classifier, X_val, self._most, self._shared)
        choice.accuracy = float(np.mean(predicted == y_val))
        return choice

    def _parts(self, as_read: bool) -> tuple[Matrix, Matrix]:
        if as_read not in self._parted:
            gather = some_rows if as_read else rows_of
            parts = gather(self._train, self._fit_on), gather(self._train, self._choose_by)
            self._parted[as_read] = parts
        return self._parted[as_read]


def choose(
    train: Matrix, labels: Labels, candidates: Candidates, seed: int, n_validation: int = 0
) -> Choice:
    """Return the candidate that is best on the validation part; of equals, the first.

    The last `n_validation` rows are that part; without them it is taken from the training images.
    """
    judge, rounds = Judge(train, labels, candidates, seed, n_validation), Rounds(candidates)
    while these := rounds.next():
        for index in these:
            rounds.note(judge.judged(index))
    assert rounds.best is not None
    return rounds.best


def best_side(found: Sequence[tuple[Outcome, int]]) -> tuple[Outcome, int]:
    """Return the best on the validation part, of a cell on several features; of equals, the first.

    What the others took is counted as choosing.
    """
    best, dim = max(found, key=lambda each: each[0].validation_accuracy or 0.0)
    if len(found) == 1:
        return best, dim
    in_all = sum(each.choose_s + each.fit_s + each.predict_s for each, _ in found)
    chosen = replace(
        best,
        choose_s=in_all - best.fit_s - best.predict_s,
        cached=all(each.cached for each, _ in found),
    )
    return chosen, dim


def of_rows(classifier: Any, rows: Matrix) -> Any:
    """Return the classifier, inside a `ViewsClassifier` if a row holds several views."""
    return ViewsClassifier(classifier, n_views=rows.shape[1]) if rows.ndim == 3 else classifier


@contextmanager
def epochs_as_planned(classifier: Any) -> Iterator[None]:
    """Ignore the warning that a network used all its epochs: their number was asked for."""
    with warnings.catch_warnings():
        if takes_validation(classifier):
            warnings.simplefilter("ignore", ConvergenceWarning)
        yield


def history_of(classifier: Any) -> list[dict[str, Any]]:
    """Return the records of a classifier's epochs, without times, which never reproduce exactly."""
    if not tells_epochs(classifier):
        return []
    records: list[Any] = list(classifier.history_)
    if not all(isinstance(each, Mapping) and {"epoch", "loss"} <= {*each} for each in records):
        return []
    return [{name: _number(each[name]) for name in _EPOCH if name in each} for each in records]


def _number(value: Any) -> Any:
    """Return a plain number; None for NaN and infinity, which JSON does not have."""
    if value is None:
        return None
    if isinstance(value, Integral):
        return int(value)
    plain = float(value)
    return plain if np.isfinite(plain) else None


def json_values(chosen: Mapping[str, Any]) -> dict[str, Any]:
    """Return chosen values as JSON has them, so that a cached outcome equals a fresh one."""

    def plain(value: Any) -> Any:
        if isinstance(value, np.ndarray | np.generic):
            value = value.tolist()
        return [plain(each) for each in value] if isinstance(value, tuple | list) else value

    return {name: plain(value) for name, value in chosen.items()}
