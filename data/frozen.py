"""A hash is kept only of what nobody can edit, so it matters who can write to an array."""

from __future__ import annotations

from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)


def frozen(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return an array after nobody can write to it any more, nor to what it is a view of.

    Examples
    --------
    >>> whole = np.zeros(4)
    >>> part = frozen(whole[:2])
    >>> whole.flags.writeable, is_frozen(part)
    (False, True)
    """
    holder: object = array
    while isinstance(holder, np.ndarray):
        holder.setflags(write=False)
        holder = holder.base
    return array


def is_frozen(array: NDArray[Any]) -> bool:
    """Return whether the memory of an array is its own, or of bytes, and read-only.

    A file mapped into memory can be written by others.

    Examples
    --------
    >>> whole = np.zeros(4)
    >>> part = whole[:2]
    >>> part.flags.writeable = False
    >>> is_frozen(part)  # for it changes with the whole
    False
    """
    holder: object = array
    while isinstance(holder, np.ndarray):
        if holder.flags.writeable:
            return False
        holder = holder.base
    return holder is None or isinstance(holder, bytes)
