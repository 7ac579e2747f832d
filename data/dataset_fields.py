"""Each field of a dataset is checked before the dataset holds it; errors say what was found."""

from __future__ import annotations

from collections import Counter
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError
from data.names import LONGEST_NAME, disturbs, is_name, shown
from data.telling.omission import Omission


def check_name(name: object) -> None:
    """Raise unless a text can be the name of a dataset."""
    _check_length("name", name)
    if not is_name(name):
        raise DataError(f"name must be a printable text, got {name!r}{_why(name)}")


def checked_names(names: object) -> tuple[str, ...]:
    """Return the names of classes: two or more, printable, not too long, each once."""
    if isinstance(names, str) or not all(isinstance(n, str) for n in _sequence(names)):
        raise DataError(f"class_names must be a sequence of texts, got {type(names).__name__}")
    checked = tuple(str(n) for n in _sequence(names))
    if len(checked) < 2:
        raise DataError(f"class_names must name two classes or more, got {checked!r:.200}")
    for name in checked:
        _check_length("class_names", name)
        if not is_name(name):
            raise DataError(f"class_names must be printable, got {name!r}{_why(name)}; rename it")
    if len(set(checked)) < len(checked):
        twice = min(name for name, n in Counter(checked).items() if n > 1)
        raise DataError(f"class_names must differ, got {twice!r} more than once")
    return checked


def checked_image_names(field: str, names: object, n: int) -> tuple[str, ...] | None:
    """Return the names of the images of a part, one an image, as a terminal can show them."""
    if names is None:
        return None
    given = _sequence(names)
    if len(given) != n or not all(isinstance(name, str) for name in given):
        found = f"{len(given)} of them" if isinstance(names, (tuple, list)) else _found(names)
        raise DataError(f"{field} must be {n} texts, one an image, or None, got {found}")
    return tuple(shown(str(name)) for name in given)


def checked_omissions(omissions: object) -> tuple[Omission, ...]:
    """Return what was passed over, as a tuple."""
    given = [each for each in _sequence(omissions) if isinstance(each, Omission)]
    if len(given) < len(_sequence(omissions)):
        raise DataError(f"passed_over must be a sequence of Omission, got {omissions!r:.200}")
    return tuple(given)


def _check_length(field: str, name: object) -> None:
    """Raise if a name is longer than a report can hold."""
    if isinstance(name, str) and len(name) > LONGEST_NAME:
        raise DataError(
            f"{field} must be of at most {LONGEST_NAME:,} characters, got {len(name):,} that begin "
            f"with {name[:80]!r}; shorten it"
        )


def _why(name: object) -> str:
    """Return which characters of a text cannot be shown."""
    bad = dict.fromkeys(c for c in name if disturbs(c)) if isinstance(name, str) else {}
    return f", which holds {', '.join(f'U+{ord(c):04X}' for c in bad)}" if bad else ""


def _sequence(value: object) -> list[object]:
    return list(value) if isinstance(value, (tuple, list, np.ndarray)) else [None]


def checked_images(field: str, images: object) -> NDArray[np.uint8]:
    """Return images that are uint8 (n, height, width, 1 or 3), and not empty."""
    fits = (
        isinstance(images, np.ndarray)
        and images.dtype == np.uint8
        and images.ndim == 4
        and images.shape[3] in (1, 3)
        and images.size > 0
    )
    if not fits:
        raise DataError(
            f"{field} must be uint8 (n, height, width, 1 or 3), not empty, got {_found(images)}"
        )
    return np.asarray(images, np.uint8)


def checked_labels(field: str, labels: object, n: int, n_classes: int) -> NDArray[Any]:
    """Return labels that are integers in the range of the classes, one an image."""
    fits = isinstance(labels, np.ndarray) and labels.dtype.kind in "iu" and labels.shape == (n,)
    if not fits:
        raise DataError(
            f"{field} must be integers of shape ({n},), one an image, got {_found(labels)}"
        )
    given = np.asarray(labels)
    outside = np.flatnonzero((given < 0) | (given >= n_classes))
    if outside.size:
        at = int(outside[0])
        raise DataError(f"{field}[{at}] must lie in 0 … {n_classes - 1}, got {given[at]}")
    return given


def _found(value: object) -> str:
    if isinstance(value, np.ndarray):
        return f"{value.dtype} {value.shape}"
    return type(value).__name__
