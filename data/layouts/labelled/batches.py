"""A batch of image files becomes pixels on its own, so that any thread or process can do it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from data.archives.member import Member
from data.errors import UnequalSizesError, UnreadableImageError
from data.pixels.images import MAX_FILE_BYTES, decode
from data.pixels.pillow_settings import PillowSettings
from data.pixels.resizing import Fit
from data.system.collector import paused_collector
from data.telling.tally import Tally


@dataclass(frozen=True)
class Wanted:
    """What images have to become: of which size, and how, under which settings of Pillow.

    If `image_size` is None, all files have the size `height` × `width`, that of the file `first`.
    """

    height: int
    width: int
    first: str
    image_size: tuple[int, int] | None
    fit: Fit
    counts_kinds: bool
    settings: PillowSettings


@dataclass
class Decoded:
    """The images of a batch, all in one array, with their names, and those that cannot be read."""

    names: list[str] = field(default_factory=list)
    pixels: NDArray[np.uint8] | None = None
    unreadable: dict[str, str] = field(default_factory=dict)
    kinds: Counter[tuple[str, int, int]] = field(default_factory=Counter)

    @property
    def n_files(self) -> int:
        """How many files the batch had."""
        return len(self.names) + len(self.unreadable)


def decoded_batch(batch: list[Member], wanted: Wanted) -> Decoded:
    """Return the images of some files; if all are grey, they have one channel, else three.

    Raises
    ------
    UnequalSizesError
        If an image has another size, and none was asked for.
    """
    wanted.settings.use()
    with paused_collector():
        return _decoded(batch, wanted)


def _decoded(batch: list[Member], wanted: Wanted) -> Decoded:
    found, images = Decoded(), []
    tally = Tally() if wanted.counts_kinds else None
    for member in batch:
        try:
            content = member.read(MAX_FILE_BYTES)
            pixels = decode(content, member.where, wanted.image_size, tally, wanted.fit)
        except UnreadableImageError as error:
            found.unreadable[member.name] = str(error)
            continue
        if pixels.shape[:2] != (wanted.height, wanted.width):
            raise UnequalSizesError(
                f"{member.where}: {pixels.shape[0]}×{pixels.shape[1]} pixels (height × width), but "
                f"{wanted.first!r} has {wanted.height}×{wanted.width}; set "
                "image_size=(height, width) (--image-size) to bring all images to one size"
            )
        found.names.append(member.name)
        images.append(pixels)
    if images:
        n_channels = max(pixels.shape[2] for pixels in images)
        shape = (len(images), wanted.height, wanted.width, n_channels)
        found.pixels = np.empty(shape, np.uint8)
        for row, pixels in zip(found.pixels, images, strict=True):
            row[...] = pixels
    if tally is not None:
        found.kinds = tally.kinds
    return found
