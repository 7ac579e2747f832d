"""Decoding takes longer than reading, so several threads decode the images of a source at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.archives.member import Member
from data.errors import DataError, UnequalSizesError, UnreadableImageError
from data.images import MAX_FILE_BYTES, decode
from data.options import LoadOptions
from data.tally import Tally

# A small archive can hold huge images: above this, the user must have set the size.
MAX_UNASKED_BYTES = 1 << 32
_BATCH_FILES = 128
_BATCH_BYTES = 1 << 23

Members = Callable[[], Iterator[Member]]
Batch = list[tuple[str, str, bytes]]


def decoded(
    path: Path,
    members: Members,
    rows: dict[str, int],
    options: LoadOptions,
) -> tuple[NDArray[np.uint8], dict[str, str]]:
    """Return the images, each in its row, and which of them cannot be read, with the reason.

    If all are grey they have one channel, else three.

    Parameters
    ----------
    path : Path
        What errors call the source.
    members : callable () -> iterator of Member
        Yields the files of the source.
    rows : dict of str to int
        The row of each image by the name of its file.
    options : LoadOptions
        The size and how images get it; without one, all images have the same. A tally hears of what
        modes and sizes the files are.
    """
    target = _Target(path, rows, options)
    n_threads = os.cpu_count() or 1
    pending: deque[Future[int]] = deque()
    n_done = 0
    with ThreadPoolExecutor(n_threads) as pool:
        for batch in _batches(members, rows, target.unread):
            if target.images is None:
                target.allocate(batch)
            pending.append(pool.submit(target.fill, batch))
            if len(pending) > 2 * n_threads:
                n_done += pending.popleft().result()
        n_done += sum(future.result() for future in pending)
    if n_done + len(target.unread) != len(rows):
        raise DataError(f"{path}: changed while it was read; read it again")
    unreadable = target.unreadable | target.unread
    images = np.empty((0, 1, 1, 3), np.uint8) if target.images is None else target.images
    return images if target.colour else np.ascontiguousarray(images[..., :1]), unreadable


def _batches(members: Members, rows: dict[str, int], unread: dict[str, str]) -> Iterator[Batch]:
    """Yield the files of images; note those that the system does not let be read."""
    batch: Batch = []
    n_bytes = 0
    for member in members():
        if member.name in rows:
            try:
                content = member.read(MAX_FILE_BYTES)
            except UnreadableImageError as error:
                unread[member.name] = str(error)
                continue
            batch.append((member.name, member.where, content))
            n_bytes += len(content)
        if len(batch) == _BATCH_FILES or n_bytes > _BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


class _Target:
    """The array that decoded images go to; each thread fills rows of its own."""

    def __init__(
        self,
        path: Path,
        rows: dict[str, int],
        options: LoadOptions,
    ) -> None:
        self.path, self.rows, self.image_size = path, rows, options.image_size
        self.tally, self.fit = options.tally, options.fit
        self.images: NDArray[np.uint8] | None = None
        self.unreadable: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self.colour = False
        self.first = ""

    def allocate(self, batch: Batch) -> None:
        """Make room for all images; if no size is asked for, all have the size of the first."""
        sides = self.image_size or self._first_size(batch)
        if sides is None:
            return
        height, width = sides
        n_bytes = len(self.rows) * height * width * 3
        size = f"{len(self.rows)} images of {height}×{width} take {n_bytes / 2**30:.1f} GiB"
        if self.image_size is None and n_bytes > MAX_UNASKED_BYTES:
            raise DataError(
                f"{self.path}: {size}; set a smaller image_size, or "
                f"image_size=({height}, {width}) if you want just that"
            )
        try:
            self.images = np.empty((len(self.rows), height, width, 3), np.uint8)
        except MemoryError as error:
            raise DataError(f"{self.path}: {size}; set a smaller image_size") from error

    def fill(self, batch: Batch) -> int:
        """Decode a batch into its rows, and return how many images it has."""
        if self.images is None:  # no image so far could be read
            return len(batch)
        size = self.images.shape[1:3]
        for name, where, content in batch:
            pixels = self._decode(name, where, content, self.tally)
            if pixels is None:
                continue
            if pixels.shape[:2] != size:
                raise UnequalSizesError(
                    f"{where}: {pixels.shape[0]}×{pixels.shape[1]} pixels (height × width), but "
                    f"{self.first!r} has {size[0]}×{size[1]}; set image_size=(height, width) "
                    "(--image-size) to bring all images to one size"
                )
            self.colour |= pixels.shape[2] == 3
            self.images[self.rows[name]] = pixels
        return len(batch)

    def _first_size(self, batch: Batch) -> tuple[int, int] | None:
        """Return the size of the first image that can be read."""
        for self.first, where, content in batch:
            if (pixels := self._decode(self.first, where, content)) is not None:
                return pixels.shape[0], pixels.shape[1]
        return None

    def _decode(
        self, name: str, where: str, content: bytes, tally: Tally | None = None
    ) -> NDArray[np.uint8] | None:
        """Return the pixels of an image; note why if it cannot be read."""
        try:
            return decode(content, where, self.image_size, tally, self.fit)
        except UnreadableImageError as error:
            self.unreadable[name] = str(error)
            return None
