"""Decoding takes longer than reading, so several threads decode the images of a folder at once."""

from __future__ import annotations

import os
import warnings
from collections import deque
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import numpy as np
from numpy.typing import NDArray

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError, DataWarning, UnreadableImageError
from data.images import MAX_FILE_BYTES, decode, is_image_name
from data.layouts.arrangement import Arrangement, arrange
from data.layouts.omissions import environments, lies_in, omissions
from data.options import LoadOptions

# A small archive can hold huge images: above this, the user must have set the size.
MAX_UNASKED_BYTES = 1 << 32
_BATCH_FILES = 128
_BATCH_BYTES = 1 << 23
_CALLER = 6  # a warning is shown where load_dataset is called

Batch = list[tuple[str, str, bytes]]


def image_names(source: Source) -> list[str] | None:
    """Return the names of the images in a source, or None if there are none.

    Files with the suffix of an image format count; hidden ones, and those of a virtual environment,
    do not. One image by itself is no dataset.
    """
    if source.kind == "file":
        return None
    inside = environments(source.names)
    return [n for n in source.names if is_image_name(n) and not lies_in(n, inside)] or None


def load_image_folder(source: Source, names: list[str], options: LoadOptions) -> Dataset:
    """Return the images of these names; if all are grey the dataset has one channel, else three.

    Images that cannot be read are left out, and a warning says so. What else the source holds is
    counted there, too.
    """
    arrangement = _arranged(source, names, {}, options.seed)
    rows = {image: row for row, (image, _) in enumerate(arrangement.images)}
    images, unreadable = _decoded(source, rows, options.image_size)
    if unreadable:
        readable = [name for name in names if name not in unreadable]
        _check_classes(source, arrangement, readable, unreadable)
        arrangement = _arranged(source, readable, unreadable, options.seed)
        images = images[[rows[image] for image, _ in arrangement.images]]
    _warn(source, names, unreadable, arrangement)
    labels = np.array([label for _, label in arrangement.images])
    n = len(arrangement.train)
    parts = images[:n], labels[:n], images[n:], labels[n:]
    return Dataset.of_file(source.path, source.plain_name, *parts, arrangement.class_names)


def _arranged(
    source: Source, names: list[str], unreadable: Mapping[str, str], seed: int
) -> Arrangement:
    """Return the arrangement of images; an error says what is passed over, which may be why."""
    try:
        return arrange(names, seed, str(source.path))
    except DataError as error:
        left_out = omissions(
            source.names, {*names, *unreadable}, source.passed_over, unreadable, None
        )
        raise DataError(f"{error}{f'; passed over: {left_out}' if left_out else ''}") from error


def _check_classes(
    source: Source, arrangement: Arrangement, readable: list[str], unreadable: Mapping[str, str]
) -> None:
    """Raise if no image of a class can be read."""
    left = set(map(arrangement.class_folder, readable))
    for name, why in sorted(unreadable.items()):
        folder = arrangement.class_folder(name)
        if folder not in left:
            n = sum(arrangement.class_folder(each) == folder for each in unreadable)
            raise DataError(
                f"{source.path}: none of the {n} images in {folder!r} can be read; the first: {why}"
            )


def _warn(
    source: Source, names: list[str], unreadable: Mapping[str, str], arrangement: Arrangement
) -> None:
    """Say what is not in the dataset, and which names are a guess."""
    said = []
    if left_out := omissions(source.names, names, source.passed_over, unreadable, arrangement):
        said.append(f"passed over: {left_out}")
    if guessed := source.passed_over.of("name in no known encoding"):
        said.append(
            f"{len(guessed)} names are not in UTF-8 and read as code page 437, as {guessed[0]!r}; "
            "if that is wrong, unpack it and give the folder, or make it anew with names in UTF-8"
        )
    for text in said:
        warnings.warn(f"{source.path}: {text}", DataWarning, stacklevel=_CALLER)


def _decoded(
    source: Source, rows: dict[str, int], image_size: tuple[int, int] | None
) -> tuple[NDArray[np.uint8], dict[str, str]]:
    """Return the images, each in its row, and which of them cannot be read, with the reason."""
    target = _Target(source, rows, image_size)
    n_threads = os.cpu_count() or 1
    pending: deque[Future[int]] = deque()
    n_done = 0
    with ThreadPoolExecutor(n_threads) as pool:
        for batch in _batches(source, rows):
            if target.images is None:
                target.allocate(batch)
            pending.append(pool.submit(target.fill, batch))
            if len(pending) > 2 * n_threads:
                n_done += pending.popleft().result()
        n_done += sum(future.result() for future in pending)
    if n_done != len(rows):
        raise DataError(f"{source.path}: changed while it was read; read it again")
    images = np.empty((0, 1, 1, 3), np.uint8) if target.images is None else target.images
    return images if target.colour else np.ascontiguousarray(images[..., :1]), target.unreadable


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
        self.unreadable: dict[str, str] = {}
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
            pixels = self._decode(name, where, content)
            if pixels is None:
                continue
            if pixels.shape[:2] != size:
                raise DataError(
                    f"{where}: {pixels.shape[0]}×{pixels.shape[1]} pixels (height × width), but "
                    f"{self.first!r} has {size[0]}×{size[1]}; set image_size=(height, width) to "
                    "bring all images to one size"
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

    def _decode(self, name: str, where: str, content: bytes) -> NDArray[np.uint8] | None:
        """Return the pixels of an image; note why if it cannot be read."""
        try:
            return decode(content, where, self.image_size)
        except UnreadableImageError as error:
            self.unreadable[name] = str(error)
            return None
