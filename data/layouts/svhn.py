"""Street View House Numbers are published as two MATLAB files of cropped digits."""

from __future__ import annotations

import io
import math
import struct
import zlib
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.archives.member import ALWAYS_ALLOWED_BYTES, MAX_RATIO, Member
from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.options import LoadOptions
from data.telling.omission import Omission
from data.telling.said import say

TRAIN, TEST, EXTRA = "train_32x32.mat", "test_32x32.mat", "extra_32x32.mat"
CLASS_NAMES = tuple("0123456789")
MAX_FILE_BYTES = 1 << 28
_HEADER_BYTES, _TAG_BYTES, _COMPRESSED = 128, 8, 15
_CHUNK_BYTES = 1 << 16


def find_svhn(source: Source) -> tuple[str, str] | None:
    """Return the names of the training file and the test file; None if there are no such two."""
    names = set(source.names)
    for train in source.names:
        folder, slash, file = train.rpartition("/")
        if file == TRAIN and (test := f"{folder}{slash}{TEST}") in names:
            return train, test
    return None


def load_svhn(source: Source, names: tuple[str, str], _options: LoadOptions) -> Dataset:
    """Return the images of a training file and a test file."""
    found = {m.name: _digits(m) for m in source.members() if m.name in names}
    if len(found) < len(names):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    train, test = (found[name] for name in names)
    folder = names[0].removesuffix(TRAIN)
    passed: tuple[Omission, ...] = ()
    if (extra := f"{folder}{EXTRA}") in source.names:
        passed = (Omission("files of further images", 1, (extra,)),)
        say(f"{source.path}: passed over: {extra}, further training images")
    images = (*train, *test)
    return Dataset.of_file(source.path, "svhn", *images, CLASS_NAMES, passed_over=passed)


def _digits(member: Member) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    """Return images and labels of one file, in which 10 stands for the digit 0."""
    import scipy.io

    content = member.read(MAX_FILE_BYTES)
    try:
        _check_unpacked(content, member.where)
        _check_declared(scipy.io.whosmat(io.BytesIO(content)))
        found = scipy.io.loadmat(io.BytesIO(content), variable_names=["X", "y"])
        images, labels = found["X"], found["y"].ravel().astype(np.int64)
        return np.ascontiguousarray(images.transpose(3, 0, 1, 2)), np.where(labels == 10, 0, labels)
    except DataError:
        raise
    # scipy.io raises nearly every built-in exception for a damaged file.
    except Exception as error:
        raise DataError(f"{member.where}: not SVHN's 32×32 format ({error})") from error


def _check_declared(found: Sequence[tuple[str, tuple[int, ...], str]]) -> None:
    """Raise if the arrays, as the file declares them, are not images of 32×32 and their labels."""
    (shape, kind), (shape_y, kind_y) = _only(found, "X"), _only(found, "y")
    if shape[:3] != (32, 32, 3) or len(shape) != 4 or kind != "uint8":
        raise ValueError(f"X is {kind} {shape}, expected uint8 (32, 32, 3, n)")
    if math.prod(shape_y) != shape[3] or not kind_y.startswith(("uint", "int", "double")):
        raise ValueError(f"y is {kind_y} {shape_y}, expected {shape[3]} numbers")


def _only(
    found: Sequence[tuple[str, tuple[int, ...], str]], name: str
) -> tuple[tuple[int, ...], str]:
    """Return shape and kind of the only array of a name; of several, the first would be read."""
    of_name = [(shape, kind) for each, shape, kind in found if each == name]
    if len(of_name) != 1:
        raise ValueError(f"{len(of_name)} arrays are called {name}, expected one")
    return of_name[0]


def _check_unpacked(content: bytes, where: str) -> None:
    """Raise if what is packed in a file is larger than images in a file of its size can be.

    scipy.io unpacks and keeps what an array declares, whatever its shape is.

    References
    ----------
    MathWorks, "MAT-File Format", version 5: each element begins with its type and its size.
    """
    if 0 in content[:4]:  # version 4, which packs nothing
        return
    left = max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * len(content))
    order = "<" if content[126:128] == b"IM" else ">"
    at = _HEADER_BYTES
    while at + _TAG_BYTES <= len(content):
        kind, n_bytes = struct.unpack_from(f"{order}II", content, at)
        start, at = at + _TAG_BYTES, at + _TAG_BYTES + n_bytes
        if kind != _COMPRESSED:
            continue
        stream = zlib.decompressobj()
        for first in range(start, min(at, len(content)), _CHUNK_BYTES):
            packed = content[first : min(first + _CHUNK_BYTES, at)]
            while packed and not stream.eof:
                left -= len(stream.decompress(packed, _CHUNK_BYTES))
                packed = stream.unconsumed_tail
                if left < 0:
                    raise DataError(
                        f"{where}: unpacks to more than {MAX_RATIO} times its size, as images "
                        "never do; get it anew"
                    )
