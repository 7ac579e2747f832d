"""An array in a file is read only if its header agrees with the size of the file."""

from __future__ import annotations

import io
import math
from typing import IO, Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from data.archives.member import Member
from data.errors import DataError, as_one_line

MAX_ARRAY_BYTES = 1 << 32


def read_npy(member: Member) -> NDArray[Any]:
    """Return the array in an `.npy`, numbers or texts; a pickle in it is never read.

    Raises
    ------
    DataError
        If it is damaged, larger than 4 GiB, or holds objects.
    """
    content = member.read(MAX_ARRAY_BYTES)
    file = io.BytesIO(content)
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
    if start + n_bytes != len(content):
        raise DataError(
            f"{member.where}: declares shape {shape} of {dtype}, {start + n_bytes} bytes in all, "
            f"but has {len(content)}; write it anew"
        )
    if not n_bytes:
        raise DataError(f"{member.where}: empty, shape {shape} of {dtype}")
    flat = np.frombuffer(content, dtype, offset=start)
    return flat.reshape(shape, order="F" if is_fortran else "C")


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
