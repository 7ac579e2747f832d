"""Arrays that are filled block by block: in memory, or in a file where they are large.

A loader makes room for its images, fills it, and takes the array. It need not know whether that
is larger than the memory.
"""

from __future__ import annotations

import math
import os
import secrets
import shutil
import threading
import time
import weakref
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from pathlib import Path
from typing import IO, Any

import numpy as np
import numpy.typing as npt

from data.errors import DataError
from data.keeping.array_files import begin_array, first_row, read_array
from data.keeping.cache import RunCache, aside_name
from data.keeping.claimed_folder import ClaimedFolder
from data.keeping.frozen import frozen_file
from data.system.memory import gib, is_large, memory_bytes

Array = npt.NDArray[Any]

_TOUCH_S = 60.0


class Scratch:
    """A folder of the cache for files of arrays that are not in their places yet."""

    def __init__(self) -> None:
        self._claimed: ClaimedFolder | None = None

    def path(self, n_bytes: int, what: str) -> Path:
        """Return the path for a new file, after a check that there is room for it."""
        cache = RunCache()
        check_room_in(cache, n_bytes, what)
        if self._claimed is None:
            self._claimed = ClaimedFolder.make(cache.folder / aside_name())
        return self._claimed.path / f"{secrets.token_hex(8)}.npy"

    def file_of(self, array: Array) -> Path | None:
        """Return the file of this folder that an array is mapped from; None if there is none."""
        file = getattr(array, "filename", None)
        if file is None or self._claimed is None or Path(file).parent != self._claimed.path:
            return None
        return Path(file)

    def remove(self) -> None:
        """Remove the folder; arrays that are mapped from it stay."""
        if self._claimed is not None:
            self._claimed.remove()
            self._claimed = None


_current: ContextVar[Scratch | None] = ContextVar("_current", default=None)


@contextmanager
def scratch() -> Iterator[Scratch]:
    """Keep the files of large arrays until the block ends, so that they can be moved elsewhere."""
    made = Scratch()
    before = _current.set(made)
    try:
        yield made
    finally:
        _current.reset(before)
        made.remove()


class Room:
    """Room for an array, which is filled row by row or block by block, by any thread.

    Parameters
    ----------
    shape : tuple of int
        Of the whole array.
    dtype : dtype, default uint8
    what : str, default "the images"
        What errors say to be too large.

    Raises
    ------
    DataError
        If it needs a file, and the cache or its disk cannot hold it.

    Examples
    --------
    >>> room = Room((4, 2))
    >>> room[0:2] = np.zeros((2, 2), np.uint8)
    >>> room[[3, 2]] = np.array([[1, 2], [3, 4]], np.uint8)
    >>> room.array()[2].tolist()
    [3, 4]
    """

    def __init__(
        self, shape: tuple[int, ...], dtype: npt.DTypeLike = np.uint8, *, what: str = "the images"
    ) -> None:
        self.shape, self.dtype, self.what = tuple(shape), np.dtype(dtype), what
        self.path: Path | None = None
        self._held: Array | None = None
        self._file: IO[bytes] | None = None
        self._end: weakref.finalize[Any, Any] | None = None
        self._lock = threading.Lock()
        self._touched = time.monotonic()
        n_bytes = math.prod(self.shape) * self.dtype.itemsize
        if not is_large(n_bytes):
            self._held = np.empty(self.shape, self.dtype)
            return
        shared = _current.get()
        home = shared or Scratch()
        try:
            self.path = home.path(n_bytes, what)
            begin_array(self.path, self.shape, self.dtype)
            self._file = self.path.open("r+b")
            self._start = first_row(self._file)
        except OSError as error:
            raise _full(what, error) from error
        finally:
            mine = None if shared else home
            self._end = weakref.finalize(self, _give_up, self._file, mine)

    def __len__(self) -> int:
        """Return the number of rows."""
        return self.shape[0]

    def __setitem__(
        self, rows: slice | Sequence[int] | npt.NDArray[np.integer[Any]], values: Array
    ) -> None:
        """Write some rows: a slice with step 1, or their numbers."""
        if self._held is not None:
            self._held[rows] = values
            return
        if isinstance(rows, slice):
            start, stop, _ = rows.indices(len(self))
            self._write(start, np.broadcast_to(values, (stop - start, *self.shape[1:])))
            return
        numbers = np.asarray(rows)
        order = np.argsort(numbers, kind="stable")
        ends = np.flatnonzero(np.diff(numbers[order]) != 1) + 1
        for together in np.split(order, ends):  # rows that follow each other
            if len(together):
                some = (len(together), *self.shape[1:])
                self._write(int(numbers[together[0]]), np.broadcast_to(values[together], some))

    def _write(self, first: int, values: Array) -> None:
        file = self._file
        assert file is not None
        block = np.ascontiguousarray(values, self.dtype)
        row = math.prod(self.shape[1:]) * self.dtype.itemsize
        try:
            with self._lock:
                file.seek(self._start + first * row)
                file.write(block.data)
                self._show_life()
        except OSError as error:
            raise _full(self.what, error) from error

    def _show_life(self) -> None:
        """Let the folder look used: where it cannot be locked, one that is old is swept away."""
        now = time.monotonic()
        if now - self._touched > _TOUCH_S and self.path is not None:
            self._touched = now
            with suppress(OSError):
                os.utime(self.path.parent)

    def array(self) -> Array:
        """Return the array, all of whose rows are written; from a file it is read-only.

        After this no row can be written.
        """
        if self._held is not None:
            held, self._held = self._held, None
            return held
        assert self._file is not None
        assert self.path is not None
        try:
            self._file.close()
        except OSError as error:
            raise _full(self.what, error) from error
        array = frozen_file(read_array(self.path))
        assert self._end is not None
        self._end()  # the map stays
        return array

    def discard(self) -> None:
        """Give up the room, and the disk that it takes."""
        self._held = None
        if self._end is not None:
            self._end()
        if self.path is not None:
            self.path.unlink(missing_ok=True)


def _give_up(file: IO[bytes] | None, home: Scratch | None) -> None:
    """Close a file, and remove the folder that was made for it alone."""
    with suppress(OSError):  # of a full disk, again
        if file is not None:
            file.close()
    if home is not None:
        home.remove()


def check_room_in(cache: RunCache, n_bytes: int, what: str) -> None:
    """Raise DataError if neither the cache's bound nor its disk has room for an array."""
    need = (
        f"{what} take {n_bytes:,} bytes ({gib(n_bytes)}), more than a quarter of the memory "
        f"({gib(memory_bytes())}), so they go to the cache, {cache.folder}"
    )
    if n_bytes > cache.limit_bytes:
        least = math.ceil(n_bytes / 2**30 * 1.01 * 10) / 10
        raise DataError(
            f"{need}; it may hold {cache.limit_bytes:,} bytes ({gib(cache.limit_bytes)}): set "
            f"PRECONV_CACHE_GIB={least:g} or more, or take fewer or smaller images"
        )
    folder = next(each for each in (cache.folder, *cache.folder.parents) if each.exists())
    free = shutil.disk_usage(folder).free
    if n_bytes > free:
        raise DataError(
            f"{need}; its disk has {free:,} bytes free: make room there, or set PRECONV_CACHE to a "
            "folder on another disk, or take fewer or smaller images"
        )


def _full(what: str, error: OSError) -> DataError:
    return DataError(
        f"{what} cannot be written to the cache: {error}; make room there, or set PRECONV_CACHE "
        "to a folder on another disk"
    )
