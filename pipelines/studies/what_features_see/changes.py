"""Changes of an image that each leave something as it was."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Images = npt.NDArray[np.uint8]

SAME, SHUFFLED = "as they are", "pixels shuffled"
ROTATED, MOVED = "colours rotated", "patches moved"
TILE_PX = 8
"""Side of the squares that move: a cell of HoG, four patches of the bag of words."""


def _same(images: Images, rng: np.random.Generator) -> Images:
    return images


def shuffled(images: Images, rng: np.random.Generator) -> Images:
    """Every pixel somewhere else, in each image by an order of its own."""
    n, height, width, channels = images.shape
    return _reordered(images.reshape(n, height * width, channels), rng).reshape(images.shape)


def _rotated(images: Images, rng: np.random.Generator) -> Images:
    """What was red is green, green blue, blue red."""
    return np.ascontiguousarray(np.roll(images, 1, axis=-1))


def _moved(images: Images, rng: np.random.Generator) -> Images:
    """Squares of 8 × 8 pixels, in each image in an order of its own."""
    n, height, width, channels = images.shape
    rows, columns = height // TILE_PX, width // TILE_PX
    squares = images.reshape(n, rows, TILE_PX, columns, TILE_PX, channels).swapaxes(2, 3)
    moved = _reordered(squares.reshape(n, rows * columns, -1), rng).reshape(squares.shape)
    return np.ascontiguousarray(moved.swapaxes(2, 3)).reshape(images.shape)


CHANGES: dict[str, Callable[[Images, np.random.Generator], Images]] = {
    SAME: _same,
    SHUFFLED: shuffled,
    ROTATED: _rotated,
    MOVED: _moved,
}


def _reordered(parts: Images, rng: np.random.Generator) -> Images:
    """Return parts (n, n_parts, d) of images, each image's in another order."""
    order = rng.permuted(np.tile(np.arange(parts.shape[1]), (len(parts), 1)), axis=1)
    return np.take_along_axis(parts, order[:, :, None], axis=1)


def whole_tiles(images: Images) -> Images:
    """Return images without the rows and columns that are left over when squares are cut."""
    height, width = (side // TILE_PX * TILE_PX for side in images.shape[1:3])
    return np.ascontiguousarray(images[:, :height, :width])
