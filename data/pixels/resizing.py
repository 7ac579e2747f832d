"""Images get their size in one place: stretched, cropped or padded."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal, get_args

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError
from data.keeping.room import Room
from data.keeping.row_sets import blocks_of

if TYPE_CHECKING:
    from PIL import Image

Fit = Literal["stretch", "crop", "pad"]
"""How an image of other proportions gets a size.

Stretched, it is scaled to just that size, and its proportions change. Cropped, it is scaled to
cover that size, and the middle is cut out. Padded, it is scaled to lie inside, and the rest is
black.
"""

FITS: tuple[Fit, ...] = get_args(Fit)


def checked_fit(fit: object) -> Fit:
    """Return what a user gave as `fit`.

    Examples
    --------
    >>> checked_fit("crop")
    'crop'
    """
    for known in FITS:
        if fit == known:
            return known
    raise DataError(f"fit must be one of {', '.join(map(repr, FITS))}, got {fit!r}")


def resized(
    image: Image.Image, size: tuple[int, int] | None, fit: Fit = "stretch"
) -> NDArray[np.uint8]:
    """Return the pixels of a grey or RGB image at a size (height, width)."""
    if size is not None and size != (image.height, image.width):
        image = _FITTED[fit](image, *size)
    pixels = np.asarray(image, np.uint8)
    return pixels[..., None] if pixels.ndim == 2 else pixels


def resized_batch(
    images: NDArray[np.uint8], size: tuple[int, int], fit: Fit = "stretch"
) -> NDArray[np.uint8]:
    """Return images (n, height, width, channels) at another size."""
    from PIL import Image

    room = Room((len(images), *size, images.shape[3]))
    for block in blocks_of(images):
        out = np.empty((block.stop - block.start, *room.shape[1:]), np.uint8)
        for row, pixels in zip(out, np.ascontiguousarray(images[block]), strict=True):
            grey_or_rgb = pixels.squeeze(2) if pixels.shape[2] == 1 else pixels
            row[...] = resized(Image.fromarray(grey_or_rgb), size, fit)
        room[block] = out
    return room.array()


def _stretched(image: Image.Image, height: int, width: int) -> Image.Image:
    from PIL import Image

    return image.resize((width, height), Image.Resampling.BICUBIC)


def _cropped(image: Image.Image, height: int, width: int) -> Image.Image:
    from PIL import Image

    scale = max(height / image.height, width / image.width)
    right, low = min(image.width, width / scale), min(image.height, height / scale)
    left, top = (image.width - right) / 2, (image.height - low) / 2
    box = (left, top, min(image.width, left + right), min(image.height, top + low))
    return image.resize((width, height), Image.Resampling.BICUBIC, box)


def _padded(image: Image.Image, height: int, width: int) -> Image.Image:
    from PIL import Image

    scale = min(height / image.height, width / image.width)
    inside = [max(1, round(side * scale)) for side in (image.height, image.width)]
    whole = Image.new(image.mode, (width, height), 0)
    whole.paste(_stretched(image, *inside), ((width - inside[1]) // 2, (height - inside[0]) // 2))
    return whole


_FITTED = {"stretch": _stretched, "crop": _cropped, "pad": _padded}
