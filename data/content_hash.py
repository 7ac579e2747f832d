"""The hash of a dataset: what it is a hash of, and how it is made of images larger than memory."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.keeping.row_sets import blocks_of


def content_sha256(arrays: Iterable[NDArray[Any]], class_names: Sequence[str]) -> str:
    r"""Return the SHA-256 of arrays, each after its shape and dtype, and of the class names.

    Before each array stand its shape as JSON, a space, the dtype as NumPy's `dtype.str`, and a
    newline. Its bytes are in C order, little-endian. The class names are last, as a JSON list in
    UTF-8. The arrays are read block by block, so they may be larger than the memory.

    Examples
    --------
    >>> images, labels = np.zeros((2, 1, 1, 1), np.uint8), np.array([0, 1])
    >>> expected = hashlib.sha256(b"[2, 1, 1, 1] |u1\n" + bytes(2))
    >>> expected.update(b"[2] <i8\n" + labels.astype("<i8").tobytes() + b'["a", "b"]')
    >>> content_sha256([images, labels], ["a", "b"]) == expected.hexdigest()
    True
    """
    digest = hashlib.sha256()
    for array in arrays:
        little = array.dtype.newbyteorder("<")
        digest.update(f"{json.dumps(array.shape)} {little.str}\n".encode())
        for block in blocks_of(array):
            digest.update(np.ascontiguousarray(array[block], little).data)
    digest.update(json.dumps([*class_names], ensure_ascii=False).encode())
    return digest.hexdigest()
