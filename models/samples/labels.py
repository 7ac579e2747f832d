"""The labels of samples: what they may be, and the classes that they name."""

from __future__ import annotations

from textwrap import shorten
from typing import Any

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from data.parameters.rules import plain
from models.errors import ModelError
from models.layers.layer import Array


def check_labels(y: Array) -> None:
    """Raise ModelError if labels (n,) are objects other than texts, bytes, or broken numbers.

    Examples
    --------
    >>> check_labels(np.array(["a", "b"], dtype=object))
    >>> check_labels(np.array([0, 1], dtype=object))
    Traceback (most recent call last):
    ...
    models.errors.ModelError: Unknown label type: objects such as 0. Labels are integers, booleans
    or texts: give y.astype(int) or y.astype(str)
    """
    if y.dtype.kind == "O":
        what, wrong = "objects", [each for each in y if not isinstance(each, str)]
    elif y.dtype.kind == "f":
        what, wrong = "continuous numbers", list(y[y != np.trunc(y)][:1])
    else:
        what, wrong = "bytes", list(y[:1]) if y.dtype.kind == "S" else []
    if wrong:
        shown = shorten(repr(plain(wrong[0])), 80, placeholder=" …")
        raise ModelError(
            f"Unknown label type: {what} such as {shown}. Labels are integers, booleans or texts: "
            "give y.astype(int) or y.astype(str)"
        )


def classes_of(y: Array) -> tuple[Array, Array]:
    """Return the sorted labels of samples, two or more, and the place of each among them.

    Examples
    --------
    >>> classes_of(np.array(["b", "a", "b"]))
    (array(['a', 'b'], dtype='<U1'), array([1, 0, 1]))
    """
    check_labels(y)
    check_classification_targets(y)  # warns where most samples have a class of their own
    classes, places = np.unique(y, return_inverse=True)
    return _at_least_two(classes), places


def classes_in_parts(known: Array | None, given: Any) -> Array:
    """Return the labels that samples in parts can have: those known, or those first given.

    Raises
    ------
    ModelError
        If the first part comes without them, or a later one with others.
    """
    if known is None and given is None:
        raise ModelError("classes must be passed on the first call to partial_fit.")
    if given is not None and known is not None and not np.array_equal(known, np.unique(given)):
        raise ModelError(
            f"`classes={given!r}` is not the same as on last call to partial_fit, was: {known!r}"
        )
    return _at_least_two(np.unique(given) if known is None else known)


def _at_least_two(classes: Array) -> Array:
    if len(classes) < 2:
        raise ModelError(f"a classifier needs two classes or more, got {len(classes)} class")
    return np.asarray(classes)
