"""An array in a file is read only if its header agrees with the size of the file."""

from __future__ import annotations

import io
import math
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from data.archives.member import Member
from data.errors import DataError, as_one_line
from data.keeping.array_files import read_array
from data.keeping.room import Room
from data.system.memory import is_large

MAX_ARRAY_BYTES = 1 << 32
_BLOCK_BYTES = 1 << 24


def read_npy(member: Member) -> NDArray[Any]:
    """Return the array in an `.npy`, numbers or texts; a pickle in it is never read.

    Raises
    ------
    DataError
        If it is damaged, packed and larger than 4 GiB, or holds objects.
    """
    if is_large(member.n_bytes):
        return _large(member)
    content = member.read(MAX_ARRAY_BYTES)
    file = io.BytesIO(content)
    shape, is_fortran, dtype = _checked_header(file, member, len(content))
    flat = np.frombuffer(content, dtype, offset=file.tell())
    return flat.reshape(shape, order="F" if is_fortran else "C")


def _large(member: Member) -> NDArray[Any]:
    """Return an array that is larger than a part of the memory: mapped, or read into a file."""
    if member.content is None:
        with Path(member.where).open("rb") as file:
            _checked_header(file, member, member.n_bytes)
        return read_array(Path(member.where))
    with member.open(MAX_ARRAY_BYTES) as file:
        header = _checked_header(file, member, member.n_bytes)
        try:
            return rows_in(file, *header, member.where)
        except DataError:
            raise
        except Exception as error:  # of zipfile, tarfile, zlib, lzma
            raise DataError(
                f"{member.where}: damaged ({as_one_line(error, 200)}); get it anew"
            ) from error


def rows_in(
    file: IO[bytes], shape: tuple[int, ...], is_fortran: bool, dtype: np.dtype[Any], where: str
) -> NDArray[Any]:
    """Return the array whose header was just read from a file, read block by block."""
    room = Room(shape[::-1] if is_fortran else shape, dtype, what=where)
    n_bytes = math.prod(room.shape[1:]) * dtype.itemsize
    step = max(1, _BLOCK_BYTES // max(1, n_bytes))
    for start in range(0, len(room), step):
        stop = min(start + step, len(room))
        content = _read_exactly(file, (stop - start) * n_bytes, where)
        room[start:stop] = np.frombuffer(content, dtype).reshape(-1, *room.shape[1:])
    if file.read(1):
        raise DataError(f"{where}: goes on after its end; write it anew")
    return room.array().T if is_fortran else room.array()


def _read_exactly(file: IO[bytes], n_bytes: int, where: str) -> bytes:
    parts, left = [], n_bytes
    while left and (part := file.read(left)):
        parts.append(part)
        left -= len(part)
    if left:
        raise DataError(f"{where}: truncated; get it anew")
    return b"".join(parts)


def _checked_header(
    file: IO[bytes], member: Member, n_there: int
) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return the header of an array, which must agree with the size of its file."""
    try:
        shape, is_fortran, dtype = npy_header(file)
    # NumPy's parser of headers raises nearly every built-in exception.
    except Exception as error:
        raise DataError(
            f"{member.where}: not an .npy, or a damaged one ({as_one_line(error, 200)}); write it "
            "anew with numpy.save"
        ) from error
    if dtype.hasobject:
        raise DataError(
            f"{member.where}: holds Python objects, a pickle, which is never read; save an array "
            "of numbers or texts, as numpy.stack(images) or numpy.array(labels, str)"
        )
    if dtype.kind not in "biufUS" or dtype.subdtype is not None:
        raise DataError(f"{member.where}: must hold numbers or texts, got {dtype}")
    start, n_bytes = file.tell(), math.prod(shape) * dtype.itemsize
    if start + n_bytes != n_there:
        raise DataError(
            f"{member.where}: declares shape {shape} of {dtype}, {start + n_bytes} bytes in all, "
            f"but has {n_there}; write it anew"
        )
    if not n_bytes:
        raise DataError(f"{member.where}: empty, shape {shape} of {dtype}")
    return shape, is_fortran, dtype


def npy_header(file: IO[bytes]) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """Return shape, Fortran order and dtype of an `.npy`, before anything is allocated for it.

    Raises
    ------
    ValueError
        If it is not of a version that NumPy writes for plain arrays, or its header is damaged.
    """
    version = npy.read_magic(file)
    if version == (1, 0):
        shape, is_fortran, dtype = npy.read_array_header_1_0(file)
    elif version == (2, 0):
        shape, is_fortran, dtype = npy.read_array_header_2_0(file)
    else:
        raise ValueError(f"version {version} of the .npy format")
    if any(side < 0 for side in shape):
        raise ValueError(f"shape {shape}")
    return shape, is_fortran, dtype
