"""A hash is kept only of what nobody can edit, so it matters who can write to an array."""

from __future__ import annotations

import mmap
from typing import Any, TypeVar
from weakref import WeakSet

import numpy as np
from numpy.typing import NDArray

Scalar = TypeVar("Scalar", bound=np.generic)

# Maps of files that only we have written, under names that nobody writes to any more.
_OURS: WeakSet[mmap.mmap] = WeakSet()


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
    """Return whether an array is read-only, and nobody else can write to its memory.

    The memory is its own, or of bytes, or of a file in the cache. Any other file that is mapped
    into memory can be written by others.

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
    if isinstance(holder, mmap.mmap):
        return holder in _OURS
    return holder is None or isinstance(holder, bytes)


def frozen_file(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return an array that is mapped from a file, after noting that nobody writes to that file.

    It is for files that the cache wrote whole and that are only replaced as a whole.
    """
    holder: object = array
    while isinstance(holder, np.ndarray):
        holder = holder.base
    if isinstance(holder, mmap.mmap):
        _OURS.add(holder)
    return array


def holder_of(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array whose memory another one is a view of, or the array itself."""
    holder = array
    while isinstance(holder.base, np.ndarray):
        holder = holder.base
    return holder
