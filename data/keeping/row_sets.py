"""Arrays are put one after the other, and rows are taken from them, without copies in memory."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from data.keeping.frozen import holder_of, is_frozen
from data.keeping.room import Room
from data.system.memory import is_large

Scalar = TypeVar("Scalar", bound=np.generic)

_BLOCK_BYTES = 1 << 24


def joined(arrays: Sequence[NDArray[Scalar]]) -> NDArray[Scalar]:
    """Return arrays one after the other: a view where they lie so in memory, else a copy.

    The parts of a dataset that a loader has put into one array lie so. A copy that is larger than a
    quarter of the memory lies in a file.

    Examples
    --------
    >>> whole = np.arange(6)
    >>> whole.flags.writeable = False
    >>> np.may_share_memory(joined([whole[:2], whole[2:]]), whole)
    True
    """
    filled = [each for each in arrays if len(each)] or [arrays[0]]
    if len(filled) == 1:
        return filled[0]
    if _lie_together(filled):
        return _whole(filled)
    n = sum(map(len, filled))
    if not is_large(sum(each.nbytes for each in filled)):
        return np.concatenate(filled)
    room, start = Room((n, *filled[0].shape[1:]), filled[0].dtype), 0
    for each in filled:
        for block in blocks_of(each):
            room[start + block.start : start + block.stop] = each[block]
        start += len(each)
    return room.array()


def taken(array: NDArray[Scalar], rows: NDArray[np.integer]) -> NDArray[Scalar]:
    """Return some rows of an array, a copy; if it is large it lies in a file.

    Examples
    --------
    >>> taken(np.arange(4) * 10, np.array([3, 1])).tolist()
    [30, 10]
    """
    if not len(array) or not is_large(array[:1].nbytes * len(rows)):
        return np.asarray(array[rows])
    room = Room((len(rows), *array.shape[1:]), array.dtype)
    step = _step(array)
    for start in range(0, len(rows), step):
        some = rows[start : start + step]
        room[start : start + len(some)] = array[some]
    return room.array()


def copied(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return a copy of an array; if it is large it lies in a file.

    Examples
    --------
    >>> copied(np.arange(3)).tolist()
    [0, 1, 2]
    """
    if not is_large(array.nbytes):
        return np.array(array)
    room = Room(array.shape, array.dtype)
    for block in blocks_of(array):
        room[block] = array[block]
    return room.array()


def contiguous(array: NDArray[Scalar]) -> NDArray[Scalar]:
    """Return an array in C order: itself if it is so, else a copy, in a file if it is large.

    Examples
    --------
    >>> contiguous(np.zeros((2, 3)).T).flags.c_contiguous
    True
    """
    if array.flags.c_contiguous:
        return array
    return copied(array) if is_large(array.nbytes) else np.ascontiguousarray(array)


def blocks_of(array: NDArray[Scalar]) -> Iterator[slice]:
    """Yield slices of rows, of a few megabytes each, that cover an array."""
    step = _step(array)
    for start in range(0, len(array), step):
        yield slice(start, min(start + step, len(array)))


def _step(array: NDArray[Scalar]) -> int:
    return max(1, _BLOCK_BYTES // max(1, array[:1].nbytes))


def _lie_together(arrays: Sequence[NDArray[Scalar]]) -> bool:
    """Return whether read-only arrays follow each other in the memory of one holder."""
    first = arrays[0]
    alike = all(
        each.dtype == first.dtype
        and each.shape[1:] == first.shape[1:]
        and each.flags.c_contiguous
        and is_frozen(each)
        and holder_of(each) is holder_of(first)
        for each in arrays
    )
    return (
        alike
        and holder_of(first).flags.c_contiguous
        and all(_address(one) + one.nbytes == _address(two) for one, two in pairwise(arrays))
    )


def _whole(arrays: Sequence[NDArray[Scalar]]) -> NDArray[Scalar]:
    holder, first = holder_of(arrays[0]), arrays[0]
    start = _address(first) - _address(holder)
    n_bytes = sum(each.nbytes for each in arrays)
    flat = np.asarray(holder).reshape(-1).view(np.uint8)[start : start + n_bytes]
    return flat.view(first.dtype).reshape(-1, *first.shape[1:])


def _address(array: NDArray[Scalar]) -> int:
    return int(array.ctypes.data)
