"""Arrays in files: written a block of rows at a time, by any process, and mapped when read."""

from __future__ import annotations

import math
import shutil
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from data.keeping.mapped_pages import let_go_in_time

Array = npt.NDArray[Any]


def begin_array(path: Path, shape: tuple[int, ...], dtype: npt.DTypeLike) -> None:
    """Make the file of an array whose rows are still to be written.

    Parameters
    ----------
    path : Path
        A `.npy` file, which must not exist yet.
    shape : tuple of int
        Of the whole array.
    dtype : dtype

    Raises
    ------
    OSError
        If the file cannot be made, or the disk has no room for the whole array.
    """
    n_bytes = math.prod(shape) * np.dtype(dtype).itemsize
    check_room(path.parent, n_bytes)
    header = {
        "descr": np.lib.format.dtype_to_descr(np.dtype(dtype)),
        "fortran_order": False,
        "shape": tuple(shape),
    }
    with path.open("xb") as file:
        np.lib.format.write_array_header_1_0(file, header)
        file.truncate(file.tell() + n_bytes)


def write_rows(path: Path, first: int, rows: Array) -> None:
    """Write rows into an array file that was begun, from row number `first` on.

    Several processes may write different rows of one file.

    Raises
    ------
    OSError
        If they cannot be written, for example because the disk is full.
    """
    # Not through a map of the file, because a full disk would then end the process.
    with path.open("r+b") as file:
        np.lib.format.read_magic(file)
        shape, _, dtype = np.lib.format.read_array_header_1_0(file)
        file.seek(first * math.prod(shape[1:]) * dtype.itemsize, 1)
        file.write(np.ascontiguousarray(rows, dtype).data)


def first_row(file: IO[bytes]) -> int:
    """Return at which byte of an array file its first row begins."""
    np.lib.format.read_magic(file)
    np.lib.format.read_array_header_1_0(file)
    return file.tell()


def write_array(path: Path, array: Array) -> None:
    """Write a whole array into a new file; raise OSError where there is no room for it."""
    begin_array(path, array.shape, array.dtype)
    write_rows(path, 0, array)


def read_array(path: Path) -> Array:
    """Return the array in a file, mapped and read-only; nothing in it is unpickled."""
    return np.asarray(let_go_in_time(np.load(path, mmap_mode="r", allow_pickle=False)))


def check_room(folder: Path, n_bytes: int) -> None:
    """Raise OSError, before hours of work, if the disk of a folder has too little room."""
    free = shutil.disk_usage(folder).free
    if free < n_bytes:
        raise OSError(f"{n_bytes:,} bytes are needed, {free:,} are free")
