"""Decoding takes longer than reading, so several threads decode the images of a folder at once."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.images import MAX_FILE_BYTES, decode, is_image_name
from data.layouts.arrangement import arrange
from data.options import LoadOptions

# A small archive can hold huge images: above this, the user must have set the size.
MAX_UNASKED_BYTES = 1 << 32
_BATCH_FILES = 128
_BATCH_BYTES = 1 << 23

Batch = list[tuple[str, str, bytes]]


def image_names(source: Source) -> list[str] | None:
    """Return the names of the images in a source, or None if there are none.

    Files with the suffix of an image format count; hidden ones do not.
    """
    return [name for name in source.names if is_image_name(name)] or None


def load_image_folder(source: Source, names: list[str], options: LoadOptions) -> Dataset:
    """Return the images of these names; if all are grey the dataset has one channel, else three."""
    arrangement = arrange(names, options.seed, str(source.path))
    in_order = [*arrangement.train, *arrangement.test]
    rows = {image: row for row, (image, _) in enumerate(in_order)}
    images = _decoded(source, rows, options.image_size)
    labels = np.array([label for _, label in in_order])
    n = len(arrangement.train)
    parts = images[:n], labels[:n], images[n:], labels[n:]
    return Dataset.of_file(source.path, source.plain_name, *parts, arrangement.class_names)


def _decoded(
    source: Source, rows: dict[str, int], image_size: tuple[int, int] | None
) -> NDArray[np.uint8]:
    """Return the images, each in its row."""
    target = _Target(source, rows, image_size)
    n_threads = os.cpu_count() or 1
    pending: deque[Future[int]] = deque()
    n_done = 0
    with ThreadPoolExecutor(n_threads) as pool:
        for batch in _batches(source, rows):
            if target.images is None:
                target.allocate(batch[0])
            pending.append(pool.submit(target.fill, batch))
            if len(pending) > 2 * n_threads:
                n_done += pending.popleft().result()
        n_done += sum(future.result() for future in pending)
    if target.images is None or n_done != len(rows):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    return target.images if target.colour else np.ascontiguousarray(target.images[..., :1])


def _batches(source: Source, rows: dict[str, int]) -> Iterator[Batch]:
    batch: Batch = []
    n_bytes = 0
    for member in source.members():
        if member.name in rows:
            content = member.read(MAX_FILE_BYTES)
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
        self, source: Source, rows: dict[str, int], image_size: tuple[int, int] | None
    ) -> None:
        self.path, self.rows, self.image_size = source.path, rows, image_size
        self.images: NDArray[np.uint8] | None = None
        self.colour = False

    def allocate(self, first: tuple[str, str, bytes]) -> None:
        """Make room for all images; if no size is asked for, all have the size of the first."""
        self.first, where, content = first
        height, width = self.image_size or decode(content, where, None).shape[:2]
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
        assert self.images is not None
        size = self.images.shape[1:3]
        for name, where, content in batch:
            pixels = decode(content, where, self.image_size)
            if pixels.shape[:2] != size:
                raise DataError(
                    f"{where}: {pixels.shape[0]}×{pixels.shape[1]} pixels (height × width), but "
                    f"{self.first!r} has {size[0]}×{size[1]}; set image_size=(height, width) to "
                    "bring all images to one size"
                )
            self.colour |= pixels.shape[2] == 3
            self.images[self.rows[name]] = pixels
        return len(batch)
