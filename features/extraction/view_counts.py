"""How many views of an image a row of features holds, whatever made it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from data.errors import ParameterError
from data.parameters.rules import check, one_count_of
from data.pixels.views import N_VIEWS, are_shifted

N_VIEWS_RULE = one_count_of(N_VIEWS)


class HoldsViews:
    """Base class of what returns rows of several views; only `features.Views` is.

    Attributes
    ----------
    n_views, shift : int
        How many views of each image there are, and how far they are moved.

    Examples
    --------
    >>> from features import HOG, Views
    >>> isinstance(Views(HOG()), HoldsViews)
    True
    """

    n_views: int
    shift: int


def check_n_views(n_views: Any) -> int:
    """Return a number of views; raise if there is no such set of views."""
    return int(check({"n_views": n_views}, {"n_views": N_VIEWS_RULE})["n_views"])


def n_views_of(transformer: Any) -> int:
    """Return how many views of an image a row of a transformer's features holds.

    Parameters
    ----------
    transformer : estimator
        Of images; fitted or not.

    Returns
    -------
    int
        1 for an ordinary transformer. For a `FeatureUnion` it is the number that all of its parts
        have, for a `Pipeline` that of its last step with views.

    Raises
    ------
    ValueError
        If the parts of a union hold different views, or if columns of different views may be
        mixed after they were made.

    Examples
    --------
    >>> from features import HOG, RawPixels, Views
    >>> from sklearn.pipeline import FeatureUnion
    >>> n_views_of(HOG()), n_views_of(Views(HOG(), n_views=2))
    (1, 2)
    >>> n_views_of(FeatureUnion([(kind.__name__, Views(kind())) for kind in (HOG, RawPixels)]))
    10
    """
    return _views_in(transformer)[0]


def _views_in(transformer: Any) -> tuple[int, int]:
    """Return the number of views in a row, and the shift of those that are shifted."""
    if isinstance(transformer, HoldsViews):
        n_views = check_n_views(transformer.n_views)
        return n_views, int(transformer.shift) if are_shifted(n_views) else 0
    if not holds_views(transformer):
        return 1, 0
    from sklearn.compose import ColumnTransformer
    from sklearn.pipeline import FeatureUnion, Pipeline

    if isinstance(transformer, FeatureUnion):
        return _views_of_union(transformer.transformer_list)
    if isinstance(transformer, ColumnTransformer):
        rest = ("remainder", transformer.remainder)
        return _views_of_union([*(each[:2] for each in transformer.transformers), rest])
    if isinstance(transformer, Pipeline):
        return _views_of_pipeline(transformer)
    raise ParameterError(
        f"which columns of {type(transformer).__name__} are which view cannot be known; "
        f"put the views outside: Views({type(transformer).__name__}(...), n_views=...)"
    )


def _views_of_union(parts: Iterable[tuple[str, Any]]) -> tuple[int, int]:
    each = {name: _views_in(part) for name, part in parts if part != "drop"}
    if len(set(each.values())) > 1:
        listed = ", ".join(
            f"{name} {n_views}" + (f" (shift {shift})" if shift else "")
            for name, (n_views, shift) in each.items()
        )
        raise ParameterError(
            f"the parts of a union must hold the same views of an image, got {listed}; "
            "put one Views around the union: Views(FeatureUnion([...]), n_views=...)"
        )
    return next(iter(each.values()))


def _views_of_pipeline(pipeline: Any) -> tuple[int, int]:
    found = 1, 0
    for name, step in pipeline.steps:
        if step is None or step == "passthrough":
            continue
        if found[0] > 1:
            raise ParameterError(
                f"the step {name!r} comes after Views and may mix the columns of different views; "
                "put Views around the steps: Views(make_pipeline(...), n_views=...)"
            )
        found = _views_in(step)
    return found


def holds_views(estimator: Any) -> bool:
    """Return whether there are views in an estimator or in one that it is made of.

    Parameters
    ----------
    estimator : estimator
        Of images; fitted or not.

    Returns
    -------
    bool

    Examples
    --------
    >>> from features import HOG, Views
    >>> holds_views(HOG()), holds_views(Views(HOG()))
    (False, True)
    """
    if isinstance(estimator, type) or not hasattr(estimator, "get_params"):
        return False
    inside = estimator.get_params(deep=True).values()
    return any(isinstance(each, HoldsViews) for each in (estimator, *inside))
