"""Shapes and frames that the pictures of extractors are drawn with.

A picture is a uint8 array (height, width, 3).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

Drawing = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.floating]

PAPER, INK = 255, 40
MARGIN = 2
_LINE_WIDTH = 0.06


def strokes(votes: npt.NDArray[np.floating], cell: tuple[int, int]) -> Grey:
    """Return a stroke along the edges of each orientation in each cell, as grey in 0 … 1.

    Parameters
    ----------
    votes : array (rows, columns, orientations)
        The orientation with the most votes has the darkest stroke.
    cell : (height, width)
        Of a cell in the picture, in pixels.

    Returns
    -------
    array (rows · height, columns · width)
    """
    rows, columns, n_orientations = votes.shape
    down = (np.arange(cell[0]) + 0.5) / cell[0] - 0.5
    right = (np.arange(cell[1]) + 0.5) / cell[1] - 0.5
    angles = np.pi * (np.arange(n_orientations) + 0.5) / n_orientations
    # An edge runs across its gradient, and so does the stroke.
    along = np.sin(angles)[:, None, None] * down[:, None] + np.cos(angles)[:, None, None] * right
    inside = np.hypot(down[:, None], right) < 0.48
    shapes = np.clip(1.5 - np.abs(along) / _LINE_WIDTH, 0, 1) * inside
    strength = votes / max(float(votes.max()), 1e-12)
    # The strongest stroke covers the weaker ones; a sum would be too dark where they meet.
    picture = np.zeros((rows, cell[0], columns, cell[1]))
    for orientation, shape in enumerate(shapes):
        drawn = strength[:, None, :, None, orientation] * shape[None, :, None, :]
        np.maximum(picture, drawn, out=picture)
    return picture.reshape(rows * cell[0], columns * cell[1])


def bar(share: float, shape: tuple[int, int]) -> Drawing:
    """Return a bar over a share of the width, half as high as its place (height, width)."""
    height, width = shape[0], max(shape[1], 0)
    ink = np.zeros((height, width))
    ink[height // 4 : -(height // 4) or None, : round(share * width)] = 1
    return shades(ink)


def shades(grey: Grey) -> Drawing:
    """Return grey values 0 … 1 as shades from paper to ink."""
    shade = PAPER - (PAPER - INK) * grey
    return np.repeat(shade.round().astype(np.uint8)[..., None], 3, axis=2)


def in_color(image: npt.NDArray[np.uint8]) -> Drawing:
    """Return an image (height, width, 1 or 3), also of floats in [0, 1], with three channels."""
    if image.dtype.kind == "f":
        image = (np.clip(image, 0, 1) * 255).round().astype(np.uint8)
    return image if image.shape[2] == 3 else image.repeat(3, axis=2)


def enlarged(picture: Drawing, zoom: int) -> Drawing:
    """Return a picture in which each pixel is a square of `zoom` pixels."""
    return picture.repeat(zoom, axis=0).repeat(zoom, axis=1)


def beside(pictures: Sequence[Drawing]) -> Drawing:
    """Return pictures side by side, on paper as high as the highest."""
    height = max(picture.shape[0] for picture in pictures)
    width = sum(picture.shape[1] + MARGIN for picture in pictures) - MARGIN
    out = np.full((height, width, 3), PAPER, dtype=np.uint8)
    left = 0
    for picture in pictures:
        out[: picture.shape[0], left : left + picture.shape[1]] = picture
        left += picture.shape[1] + MARGIN
    return out


def below(pictures: Sequence[Drawing]) -> Drawing:
    """Return pictures one below the other, on paper as wide as the widest."""
    turned = [picture.transpose(1, 0, 2) for picture in pictures]
    return np.ascontiguousarray(beside(turned).transpose(1, 0, 2))


def sheet(tiles: Sequence[Drawing]) -> Drawing:
    """Return square tiles of one size on a sheet about as wide as high, row by row."""
    n_columns = int(np.ceil(np.sqrt(len(tiles))))
    side = tiles[0].shape[0] + MARGIN
    n_rows = -(-len(tiles) // n_columns)
    paper = np.full((n_rows * side, n_columns * side, 3), PAPER, dtype=np.uint8)
    for place, tile in enumerate(tiles):
        top, left = (place // n_columns) * side, (place % n_columns) * side
        paper[top : top + tile.shape[0], left : left + tile.shape[1]] = tile
    return paper[:-MARGIN, :-MARGIN]


def stretched(picture: npt.NDArray[np.floating]) -> Drawing:
    """Return a picture whose 1st to 99th percentile fills all levels from black to white."""
    low, high = np.percentile(picture, [1, 99])
    scaled = (picture - low) / max(high - low, 1e-9)
    levels: Drawing = np.round(255 * np.clip(scaled, 0, 1)).astype(np.uint8)
    return levels
