"""How long a fit takes, estimated before it begins: whether its parts are tasks of their own."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.running.cells.choosing import Candidates
from pipelines.running.cells.contract import chooses_by_itself, goes_by_rows, shares_work

PER_SECOND = 2e10
"""Operations of one core in a second, as our fits reach them."""

LONG_S = 60.0
"""A fit that is estimated to take so long may always be a task of its own."""

PAYS_S = 2.0
"""So long a fit must take where workers would have nothing to do meanwhile."""

_STEPS = 60
_OF_OTHERS = 1000


def fit_seconds(classifier: Any, n: int, d: int, k: int) -> float:
    """Return about how many seconds a fit to n rows of d columns and k classes takes on one core.

    Of our own linear classifiers and networks the products are counted, for sixty steps of L-BFGS
    or for all epochs; of closed form the sum of products alone, which workers can share. Of other
    classifiers a thousand operations are counted for each value.

    Examples
    --------
    >>> from models import LinearClassifier
    >>> round(fit_seconds(LinearClassifier(), 50_000, 4800, 10))
    29
    """
    from models import LinearClassifier, MLPClassifier

    if type(classifier) is LinearClassifier:
        # In closed form it is half of a product of all columns with all others, which reaches three
        # times as many operations in a second as products with few classes do.
        operations = n * d * d / 3 if classifier.loss == "squared" else 4 * n * d * k * _STEPS
    elif type(classifier) is MLPClassifier:
        from models.perceptron.architecture import shapes
        from models.perceptron.recipe import Recipe

        n_weights = sum(a * b for a, b in shapes(Recipe.of(vars(classifier)), d, k))
        operations = 6 * n * n_weights * float(classifier.max_iter)
    else:
        operations = _OF_OTHERS * n * d
    return float(operations) / PER_SECOND


def candidates_part(candidates: Candidates, shape: Sequence[int], k: int, *, is_idle: bool) -> bool:
    """Return whether the candidates of a choice are tasks of their own, for rows of a shape.

    It costs handing over a task, and the work that candidates share. So they must be long, less so
    where workers would have nothing to do. Those that share work are tasks of their own only then:
    in a linear fit to 3,072 columns it is a third of the work. Neighbours stay together, as one
    measuring of distances serves all candidates, and so do classifiers that choose by themselves,
    as they are fitted to all images already when they are judged.

    Parameters
    ----------
    candidates : sequence of (dict, classifier)
    shape : sequence of int
        Of the training matrix, (n, d) or (n, n_views, d).
    k : int
        How many classes.
    is_idle : bool
        Whether fewer cells wait than there are workers.
    """
    classifiers = [classifier for _, classifier in candidates]
    if len(classifiers) < 2 or any(chooses_by_itself(c) or goes_by_rows(c) for c in classifiers):
        return False
    if not is_idle and any(shares_work(classifier) for classifier in classifiers):
        return False
    return all(fit_pays(classifier, shape, k, is_idle=is_idle) for classifier in classifiers)


def fit_pays(classifier: Any, shape: Sequence[int], k: int, *, is_idle: bool) -> bool:
    """Return whether a fit to rows of a shape is long enough for a task, or tasks, of its own.

    Parameters
    ----------
    classifier : classifier
    shape : sequence of int
    k : int
    is_idle : bool
        As `candidates_part` has them.
    """
    n, *views, d = shape
    try:
        seconds = fit_seconds(classifier, n * (views[0] if views else 1), d, k)
    except (ArithmeticError, AttributeError, TypeError, ValueError):  # what a fit refuses
        return False
    return seconds >= (PAYS_S if is_idle else LONG_S)


def sums_pay(classifier: Any, shape: tuple[int, ...], n_classes: int, *, is_idle: bool) -> bool:
    """Return whether a fit to rows (n, d) is worth being cut into parts of sums of products.

    It must be one equation a column, and no several views of an image.
    """
    from models import LinearClassifier

    return (
        type(classifier) is LinearClassifier
        and classifier.loss == "squared"
        and len(shape) == 2
        and shape[1] <= shape[0]
        and fit_pays(classifier, shape, n_classes, is_idle=is_idle)
    )
