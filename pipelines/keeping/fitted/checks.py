"""Checks of what a file says that an estimator has learned, shared by all classes."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.extraction.learned import has_shape
from pipelines.errors import PackingError

Array = npt.NDArray[Any]
Learned = dict[str, Any]


def taken_attributes(classifier: Any, arrays: frozenset[str]) -> Learned:
    """Return some attributes that a fit has left, and all that are plain figures.

    What only a fit that goes on would need, such as the memory of an optimiser, stays behind.
    """
    parameters = classifier.get_params(deep=False)
    return {
        name: value
        for name, value in vars(classifier).items()
        if name in arrays or (is_learned(name) and name not in parameters and is_plain_value(value))
    }


def heads_of(classifier: Any) -> Learned:
    """Return what each of scikit-learn's classifiers has learned: its classes and columns."""
    return {
        "classes_": np.asarray(classifier.classes_),
        "n_features_in_": int(classifier.n_features_in_),
    }


def is_learned(name: str) -> bool:
    """Return whether an attribute of that name is one that a fit leaves."""
    return name.endswith("_") and not name.startswith("_") and name.isidentifier()


def give_attributes(estimator: Any, learned: Learned, checked: frozenset[str]) -> None:
    """Set what was learned: what was checked, and plain values, on which no loop depends."""
    parameters = estimator.get_params(deep=False)
    for name, value in learned.items():
        if not is_learned(name) or name in parameters or hasattr(type(estimator), name):
            raise PackingError(f"{name[:40]} is nothing that a {type(estimator).__name__} learns")
        if name not in checked and not is_plain_value(value):
            raise PackingError(f"{name[:40]} must be a number, a text, or a list or dict of them")
    vars(estimator).update(learned)


def check_keys(learned: Learned, wanted: set[str]) -> None:
    """Raise PackingError unless exactly these things were learned."""
    if learned.keys() != wanted:
        raise PackingError(f"it has learned {', '.join(wanted)}, got {str(sorted(learned))[:80]}")


def is_plain_value(value: Any) -> bool:
    """Return whether a value is a number, a text, or a list or dict of them."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and is_plain_value(each) for key, each in value.items())
    if isinstance(value, list | tuple):
        return all(map(is_plain_value, value))
    return value is None or isinstance(value, bool | int | float | str | np.number | np.bool_)


def classes_in(learned: Learned) -> int:
    """Return how many classes there are, two or more, sorted."""
    classes = checked_array(learned.get("classes_"), "classes_", (None,), kinds="iuU")
    if len(classes) < 2 or not (classes[1:] > classes[:-1]).all():
        raise PackingError("classes_ must be two or more, sorted")
    return len(classes)


def count_in(learned: Learned, name: str) -> int:
    """Return a number from 1 up."""
    value = learned.get(name)
    if type(value) is not int or value < 1:
        raise PackingError(f"{name} must be a count, got {str(value)[:20]}")
    return value


def array_in(learned: Learned, name: str, shape: tuple[int | None, ...]) -> Array:
    """Return an array of that name and shape, of finite floats; None is any length from 1 up."""
    return checked_array(learned.get(name), name, shape)


def checked_array(
    array: Any, name: str, shape: tuple[int | None, ...], *, kinds: str = "f"
) -> Array:
    """Return an array of that shape; floats are of single or double precision, and finite."""
    if not isinstance(array, np.ndarray):
        raise PackingError(f"{name} must be an array, got a {type(array).__name__}")
    if not has_shape(array, shape) or array.dtype.kind not in kinds:
        raise PackingError(f"{name} must have the shape {shape}, got {array.dtype} {array.shape}")
    if array.dtype.kind == "f" and (array.itemsize not in (4, 8) or not np.isfinite(array).all()):
        raise PackingError(f"{name} must be finite, of single or double precision")
    return array
