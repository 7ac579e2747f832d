"""Decoding takes longer than reading, so the images of a source are decoded on all cores."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from functools import partial
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.archives.member import Member
from data.errors import DataError, UnreadableImageError
from data.keeping.room import Room
from data.keeping.row_sets import blocks_of
from data.layouts.labelled.batches import Decoded, Wanted, decoded_batch
from data.layouts.labelled.workers import Workers
from data.options import LoadOptions
from data.pixels.images import MAX_FILE_BYTES, decode
from data.pixels.pillow_settings import PillowSettings
from data.system.memory import gib
from data.telling.reading_progress import ReadingProgress

# A small archive can hold huge images: above this, the user must have set the size.
MAX_UNASKED_BYTES = 1 << 32
_BATCH_FILES = 128
_BATCH_BYTES = 1 << 23

Members = Callable[[], Iterator[Member]]
Batch = list[Member]


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
    progress = ReadingProgress(str(path), len(rows))
    n_done = 0
    batches = _batches(members, target)
    for first in batches:
        wanted = target.begin(first)
        if wanted is None:
            n_done += len(first)
            continue
        task = partial(decoded_batch, wanted=wanted)
        with Workers(task, len(rows), first) as workers:
            size = target.most_files
            begun = [first[start : start + size] for start in range(0, len(first), size)]
            for found in workers.map(chain(begun, batches)):
                target.take(found)
                n_done += found.n_files
                progress.tell(n_done)
    if n_done + len(target.unread) != len(rows):
        raise DataError(f"{path}: changed while it was read; read it again")
    return target.images(), target.unreadable | target.unread


def _batches(members: Members, target: _Target) -> Iterator[Batch]:
    """Yield the files of images; note those that the system does not let be read.

    What lies in an archive is read here, for only here is the archive open.
    """
    batch: Batch = []
    n_bytes = 0
    for member in members():
        if member.name in target.rows:
            if member.content is not None:
                try:
                    content = member.read(MAX_FILE_BYTES)
                except UnreadableImageError as error:
                    target.unread[member.name] = str(error)
                    continue
                member = member._replace(content=partial(bytes, content), stream=None)
            batch.append(member)
            n_bytes += member.n_bytes
        if len(batch) >= target.most_files or n_bytes > _BATCH_BYTES:
            yield batch
            batch, n_bytes = [], 0
    if batch:
        yield batch


class _Target:
    """The room that decoded images go to, each to its row."""

    def __init__(self, path: Path, rows: dict[str, int], options: LoadOptions) -> None:
        self.path, self.rows, self.options = path, rows, options
        self._filled: Room | None = None
        self.unreadable: dict[str, str] = {}
        self.unread: dict[str, str] = {}
        self.most_files = _BATCH_FILES
        self.what = ""

    def begin(self, batch: Batch) -> Wanted | None:
        """Settle the size: if none is asked for, that of the first image that can be read.

        Return what is wanted of all images, or None if no image of the batch can be read.
        """
        if self.options.image_size is not None:
            return self._begin(*self.options.image_size, "")
        for member in batch:
            try:
                pixels = decode(member.read(MAX_FILE_BYTES), member.where, None)
            except UnreadableImageError as error:
                self.unreadable[member.name] = str(error)
                continue
            height, width, _ = pixels.shape
            return self._begin(height, width, member.name)
        return None

    def _begin(self, height: int, width: int, first: str) -> Wanted:
        n_bytes = len(self.rows) * height * width * 3
        self.what = f"{self.path}: {len(self.rows):,} images of {height}×{width}"
        if self.options.image_size is None and n_bytes > MAX_UNASKED_BYTES:
            raise DataError(
                f"{self.what} take {gib(n_bytes)}; set a smaller image_size, or "
                f"image_size=({height}, {width}) if you want just that"
            )
        self._empty(height, width, 3).discard()  # an error of this kind should come early
        self.most_files = max(1, min(_BATCH_FILES, _BATCH_BYTES // (height * width * 3)))
        return Wanted(
            height,
            width,
            first,
            self.options.image_size,
            self.options.fit,
            self.options.tally is not None,
            PillowSettings.now(),
        )

    def _empty(self, *shape: int) -> Room:
        try:
            return Room((len(self.rows), *shape), what=self.what)
        except MemoryError as error:
            n_bytes = len(self.rows) * math.prod(shape)
            raise DataError(f"{self.what} take {gib(n_bytes)}; set a smaller image_size") from error

    def take(self, batch: Decoded) -> None:
        """Put the images of a batch into their rows."""
        self.unreadable |= batch.unreadable
        if self.options.tally is not None:
            self.options.tally.kinds.update(batch.kinds)
        if batch.pixels is None:
            return
        rows = [self.rows[name] for name in batch.names]
        if self._filled is None:
            self._filled = self._empty(*batch.pixels.shape[1:])
        elif self._filled.shape[3] < batch.pixels.shape[3]:  # all so far are grey
            grey, self._filled = self._filled, self._empty(*batch.pixels.shape[1:])
            images = grey.array()
            for block in blocks_of(images):
                self._filled[block] = images[block]
            grey.discard()
        self._filled[rows] = batch.pixels

    def images(self) -> NDArray[np.uint8]:
        """Return the images, after all batches."""
        return np.empty((0, 1, 1, 3), np.uint8) if self._filled is None else self._filled.array()
