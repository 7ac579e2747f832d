"""Labels come as numbers, texts or one column a class, and become 0 … n_classes - 1."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.arrays.tensors import plain_array
from data.errors import DataError
from data.names import plain_form


@dataclass(frozen=True)
class Classes:
    """The labels of each part as classes, the names of these, and whether they were one-hot."""

    labels: dict[str, NDArray[np.int64]]
    names: tuple[str, ...]
    one_hot: bool = False


def classes_of(
    given: Mapping[str, object],
    class_names: Sequence[str] | None = None,
    fields: Mapping[str, str] | None = None,
) -> Classes:
    """Return the labels of all parts as classes.

    Without class names the classes are the labels that occur, in order, and named by them. With
    class names a number is a place in that list, from 0, and a text is one of its names.

    Parameters
    ----------
    given : mapping of str to array-like
        The labels of each part: numbers, texts, or one column a class with a single one in a row.
    class_names : sequence of str, optional
        The names of the classes.
    fields : mapping of str to str, optional
        What errors call the labels of each part; by default `labels_` and the name of the part.

    Raises
    ------
    DataError
        If labels are missing, soft, several an image, or not in the list of names.

    Examples
    --------
    >>> classes_of({"train": ["dog", "cat"], "test": ["cat"]}).labels["train"]
    array([1, 0])
    >>> classes_of({"train": [[0, 1], [1, 0]]}, ["cat", "dog"]).labels["train"]
    array([1, 0])
    """
    called = fields or {part: f"labels_{part}" for part in given}
    arrays = {part: _flat(_array(each, called[part]), called[part])
              for part, each in given.items()}  # fmt: skip
    wide = {part: array.shape[1] for part, array in arrays.items() if array.ndim == 2}
    if wide and (len(wide) < len(arrays) or len(set(wide.values())) > 1):
        shapes = ", ".join(f"{called[part]} {array.shape}" for part, array in arrays.items())
        raise DataError(f"the labels of all parts must have one form, got {shapes}")
    values = {part: _hot(array, called[part]) if wide else array for part, array in arrays.items()}
    names = None if class_names is None else tuple(map(plain_form, class_names))
    if names is None and wide:
        names = tuple(map(str, range(next(iter(wide.values())))))
    if wide and names is not None and len(names) != next(iter(wide.values())):
        n = next(iter(wide.values()))
        raise DataError(f"the labels have {n} columns, but there are {len(names)} class names")
    if names is None:
        return _found(values)
    placed = {part: _placed(array, names, called[part]) for part, array in values.items()}
    return Classes(placed, names, bool(wide))


def _array(given: object, field: str) -> NDArray[Any]:
    """Return labels as an array; numbers among texts stay numbers, and are refused later."""
    if isinstance(given, list | tuple) and any(isinstance(label, str) for label in given):
        return np.array(given, object)
    return plain_array(given, field)


def _flat(labels: NDArray[Any], field: str) -> NDArray[Any]:
    """Return labels (n,) or, if there is a column for each class, (n, classes)."""
    if labels.ndim == 2 and labels.shape[1] == 1:
        labels = labels[:, 0]
    if labels.ndim not in (1, 2) or not labels.size:
        raise DataError(
            f"{field} must have shape (n,), (n, 1) or (n, classes), not empty, got {labels.shape}"
        )
    if labels.dtype.kind == "O":
        labels = _of_objects(labels, field)
    if labels.dtype.kind in "STU":
        labels = plain_texts(labels, field)
    if labels.dtype.kind not in "biufU":
        raise DataError(f"{field} must be whole numbers or texts, got {labels.dtype}")
    if labels.ndim == 2:
        return labels
    if labels.dtype.kind == "f":
        broken = np.flatnonzero(~np.isfinite(labels) | (labels != np.floor(labels)))
        if broken.size:
            raise DataError(f"{field}[{broken[0]}] must be a whole number, got {labels[broken[0]]}")
        labels = labels.astype(np.int64)
    if labels.dtype.kind == "i" and labels.min() < 0:
        at = int(np.flatnonzero(labels < 0)[0])
        raise DataError(
            f"{field}[{at}] is {labels[at]}, and labels count from 0; leave out what has no label"
        )
    return labels


def plain_texts(texts: NDArray[Any], field: str) -> NDArray[np.str_]:
    """Return texts, or bytes in UTF-8, as texts in the one form of their names."""
    if texts.dtype.kind == "S":
        try:
            texts = np.char.decode(texts, "utf-8")
        except UnicodeDecodeError as error:
            raise DataError(
                f"{field} holds {error.object!r:.80}, which is not in UTF-8; give texts instead "
                "of bytes"
            ) from error
    texts = texts.astype(str, copy=False)
    values, places = np.unique(texts, return_inverse=True)
    return np.array([plain_form(text) for text in values.tolist()])[places].reshape(texts.shape)


def _of_objects(labels: NDArray[Any], field: str) -> NDArray[Any]:
    """Return an array of objects as texts or numbers, if all its objects are such."""
    values = labels.ravel().tolist()
    for kinds, dtype in (((str,), str), ((bool, int, np.integer), np.int64)):
        if all(isinstance(value, kinds) for value in values):
            return np.array(values, dtype).reshape(labels.shape)
    first = next((i for i, value in enumerate(values) if not isinstance(value, str | int)), 0)
    raise DataError(
        f"{field}[{first}] is {values[first]!r:.80}; labels must all be texts, or all whole numbers"
    )


def _hot(labels: NDArray[Any], field: str) -> NDArray[np.int64]:
    """Return the column that holds the one, of each row."""
    if labels.dtype.kind == "U":
        raise DataError(f"{field} must be one text an image, got shape {labels.shape}")
    broken = np.flatnonzero((labels != 0).sum(1) != 1)
    broken = broken if broken.size else np.flatnonzero(labels.max(1) != 1)
    if broken.size:
        row = labels[broken[0]].tolist()
        raise DataError(
            f"{field}[{broken[0]}] is {str(row)[:80]}, and not one-hot (a single 1, else zeros); "
            "one class an image is needed, as labels.argmax(1) gives it"
        )
    return np.asarray(labels.argmax(1), np.int64)


def _found(values: dict[str, NDArray[Any]]) -> Classes:
    """Return the classes that occur in any part, in order."""
    if len({array.dtype.kind == "U" for array in values.values()}) > 1:
        raise DataError("the labels of all parts must be numbers, or all texts")
    found = {part: np.unique(array, return_inverse=True) for part, array in values.items()}
    # Not joined by NumPy, which makes floats of whole numbers with a sign and without.
    known = sorted({label for own, _ in found.values() for label in own.tolist()})
    place = {label: at for at, label in enumerate(known)}
    labels = {
        part: np.array([place[label] for label in own.tolist()], np.int64)[inverse]
        for part, (own, inverse) in found.items()
    }
    return Classes(labels, tuple(map(str, known)))


def _placed(labels: NDArray[Any], names: tuple[str, ...], field: str) -> NDArray[np.int64]:
    if labels.dtype.kind == "U":
        places = {name: place for place, name in enumerate(names)}
        strange = [name for name in np.unique(labels).tolist() if name not in places]
        if strange:
            raise DataError(f"{field} holds {strange[0]!r:.80}, which is none of the class names")
        return np.array([places[name] for name in labels.tolist()], np.int64)
    outside = np.flatnonzero(labels >= len(names))
    if outside.size:
        at = int(outside[0])
        raise DataError(
            f"{field}[{at}] is {labels[at]}, but there are {len(names)} class names, for 0 … "
            f"{len(names) - 1}"
        )
    return labels.astype(np.int64)
