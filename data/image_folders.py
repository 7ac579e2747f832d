"""Folders of images, or archives of such folders, decoded by several threads into one array."""

from __future__ import annotations

import os
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from data.dataset import Dataset
from data.errors import DataError
from data.folder_layout import arrange
from data.images import MAX_FILE_BYTES, decode, is_image_name
from data.members import members

# A small archive can hold huge images: past this, the size must be the user's own wish.
MAX_UNASKED_BYTES = 1 << 32
_BATCH_FILES = 128
_BATCH_BYTES = 1 << 23

Batch = list[tuple[str, str, bytes]]


def load_image_folder(
    path: Path, names: list[str], *, seed: int, image_size: tuple[int, int] | None, name: str
) -> Dataset:
    """Return the images of a folder or archive whose members have these names.

    Files with the suffix of an image format count, hidden ones do not. If every image is grey the
    dataset has one channel, else three.
    """
    layout = arrange([n for n in names if is_image_name(n)], seed, str(path))
    in_order = [*layout.train, *layout.test]
    images = _decoded(path, {image: row for row, (image, _) in enumerate(in_order)}, image_size)
    labels = np.array([label for _, label in in_order])
    n = len(layout.train)
    return Dataset.of_file(
        path, name, images[:n], labels[:n], images[n:], labels[n:], layout.class_names
    )


def _decoded(
    path: Path, rows: dict[str, int], image_size: tuple[int, int] | None
) -> NDArray[np.uint8]:
    """Return the images, each in its row."""
    target = _Target(path, rows, image_size)
    n_threads = os.cpu_count() or 1
    pending: deque[Future[int]] = deque()
    n_done = 0
    with ThreadPoolExecutor(n_threads) as pool:
        for batch in _batches(path, rows):
            if target.images is None:
                target.allocate(batch[0])
            pending.append(pool.submit(target.fill, batch))
            if len(pending) > 2 * n_threads:
                n_done += pending.popleft().result()
        n_done += sum(future.result() for future in pending)
    if target.images is None or n_done != len(rows):
        raise DataError(f"{path}: changed while it was read; read it again")
    return target.images if target.colour else np.ascontiguousarray(target.images[..., :1])


def _batches(path: Path, rows: dict[str, int]) -> Iterator[Batch]:
    batch: Batch = []
    n_bytes = 0
    for member in members(path):
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
    """Where decoded images go; threads fill rows of their own."""

    def __init__(
        self, path: Path, rows: dict[str, int], image_size: tuple[int, int] | None
    ) -> None:
        self.path, self.rows, self.image_size = path, rows, image_size
        self.images: NDArray[np.uint8] | None = None
        self.colour = False

    def allocate(self, first: tuple[str, str, bytes]) -> None:
        """Make room for all images; without a size asked for, the first one's must fit all."""
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
        """Decode a batch into its rows; return how many they were."""
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
