"""An array that moves from worker to worker: its content, and how many rows move at a time."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from data.keeping.cache import key_of
from pipelines.errors import ContentError
from pipelines.running.content import sha256_of

CHUNK_BYTES = 1 << 25
"""How much moves at a time."""


@dataclass(frozen=True)
class Content:
    """An array file, by the hash of its bytes."""

    sha256: str
    shape: tuple[int, ...]
    dtype: str

    @property
    def name(self) -> str:
        """What workers call it among themselves."""
        return f"given-{self.sha256}"

    @property
    def key(self) -> str:
        """The key under which a worker has it in its cache."""
        return key_of({"what": "placed", "sha256": self.sha256})

    def chunks(self) -> Iterator[tuple[int, int]]:
        """Yield from which row to which it moves at a time."""
        return chunks(self.shape, self.dtype)

    def check(self, path: Path) -> None:
        """Raise ContentError if what has arrived in a file is something else."""
        if (found := sha256_of(path)) != self.sha256:
            raise ContentError(
                f"{path}: what arrived is not what was sent: sha256 {found[:16]}…, expected "
                f"{self.sha256[:16]}…; run the command again"
            )


class NotHereError(OSError):
    """No worker that was asked has an array any more, or can be reached.

    Parameters
    ----------
    name : str
        Of the array.
    where : str, default ""
        The address of the worker that needs it.
    """

    def __init__(self, name: str, where: str = "") -> None:
        super().__init__(f"no worker has {name}")
        self.name, self.where = name, where

    def __reduce__(self) -> tuple[type[NotHereError], tuple[str, str]]:
        return NotHereError, (self.name, self.where)


def chunks(shape: tuple[int, ...], dtype: np.typing.DTypeLike) -> Iterator[tuple[int, int]]:
    """Yield from which row to which so many rows move at a time.

    Examples
    --------
    >>> list(chunks((3, 1 << 23), "float32"))
    [(0, 1), (1, 2), (2, 3)]
    """
    row_bytes = math.prod(shape[1:]) * np.dtype(dtype).itemsize
    step = max(1, CHUNK_BYTES // max(1, row_bytes))
    for first in range(0, max(1, shape[0]), step):
        yield first, min(first + step, shape[0])
