"""An idx file states its type and its sides; it is unpacked no further than these sides need."""

from __future__ import annotations

import gzip
import io
import math
import struct
import zlib
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from data.archives.member import ALWAYS_ALLOWED_BYTES, MAX_RATIO
from data.errors import DataError

GZIP_START = b"\x1f\x8b"
_UBYTE = 8
_MOST_SIDES = 4


def read_idx(content: bytes, where: str) -> tuple[NDArray[np.uint8], bytes]:
    """Return the array in an idx file, packed with gzip or not, and the file unpacked.

    The sides must agree with the length of the file. This is known before more than the header is
    unpacked.

    Raises
    ------
    DataError
        If the file is damaged, cut off, not of bytes, or would unpack to more than images do.

    Examples
    --------
    >>> read_idx(bytes([0, 0, 8, 1, 0, 0, 0, 3, 5, 0, 4]), "few-labels-idx1-ubyte")[0]
    array([5, 0, 4], dtype=uint8)
    """
    packed = content.startswith(GZIP_START)
    limit = max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * len(content)) if packed else len(content)
    try:
        plain = io.BytesIO(content)
        file: Any = gzip.GzipFile(fileobj=plain) if packed else plain
        with file:
            head, shape = _header(file, where)
            n_bytes = len(head) + math.prod(shape)
            expected = f"{where}: declares shape {shape}, {n_bytes} bytes in all"
            if n_bytes > limit:
                found = "more than an idx file of this size can hold" if packed else f"has {limit}"
                raise DataError(f"{expected}, but {found}; fetch it anew")
            unpacked = head + file.read(n_bytes - len(head))
            if len(unpacked) < n_bytes or file.read(1):
                found = "more" if len(unpacked) == n_bytes else str(len(unpacked))
                raise DataError(f"{expected}, but has {found}; fetch it anew")
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"{where}: damaged ({error}); fetch it anew") from error
    return np.frombuffer(unpacked, np.uint8, offset=len(head)).reshape(shape), unpacked


def _header(file: IO[bytes], where: str) -> tuple[bytes, tuple[int, ...]]:
    """Return the header and the sides that it declares."""
    head = file.read(4)
    if len(head) < 4 or head[:2] != b"\0\0" or not 1 <= head[3] <= _MOST_SIDES:
        raise DataError(f"{where}: not an idx file; fetch it anew")
    if head[2] != _UBYTE:
        raise DataError(f"{where}: an idx file of type {head[2]:#04x}, expected bytes, 0x08")
    sides = file.read(4 * head[3])
    shape = struct.unpack(f">{head[3]}I", sides) if len(sides) == 4 * head[3] else (0,)
    if not math.prod(shape):
        raise DataError(f"{where}: the header is cut off, or declares nothing; fetch it anew")
    return head + sides, shape
