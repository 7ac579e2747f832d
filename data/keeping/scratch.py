"""A large array that only this process needs lies in a file without a name, and not in memory."""

from __future__ import annotations

from collections.abc import Iterable
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt

from data.keeping.array_files import check_room
from data.keeping.mapped_pages import let_go_in_time
from data.system.cache_folder import cache_folder

Array = npt.NDArray[Any]


def scratch_array(blocks: Iterable[Array], shape: tuple[int, ...], dtype: npt.DTypeLike) -> Array:
    """Return an array whose rows come in blocks: in a file, or in memory if no disk has room.

    The file is in the cache folder. It is gone when the array is, or the process ends.

    Parameters
    ----------
    blocks : iterable of array
        Its rows, in their order; they are asked for once.
    shape : tuple of int
        Of the whole array.
    dtype : dtype
        Of the array.

    Returns
    -------
    ndarray
        Read-only; of a file it is mapped.
    """
    dtype, n_bytes = np.dtype(dtype), int(np.prod(shape)) * np.dtype(dtype).itemsize
    try:
        folder = cache_folder()
        folder.mkdir(parents=True, exist_ok=True)
        check_room(folder, n_bytes)
        file = TemporaryFile(dir=folder)  # noqa: SIM115
    except OSError:
        return _in_memory(blocks, shape, dtype)
    with file:
        for block in blocks:
            # Not through a map of the file, because a full disk would then end the process.
            np.ascontiguousarray(block, dtype).tofile(file)
        file.flush()
        return np.asarray(let_go_in_time(np.memmap(file, dtype, "r", shape=shape)))


def _in_memory(blocks: Iterable[Array], shape: tuple[int, ...], dtype: np.dtype[Any]) -> Array:
    out, first = np.empty(shape, dtype), 0
    for block in blocks:
        out[first : first + len(block)] = block
        first += len(block)
    out.setflags(write=False)
    return out
