"""Some images of each class side by side, as HTML that a notebook shows."""

from __future__ import annotations

import base64
import html
import io
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from data.pixels.resizing import resized_batch

_MOST_CLASSES = 100


def sheet(
    images: NDArray[np.uint8],
    labels: NDArray[np.int64],
    class_names: Sequence[str],
    n_each: int = 8,
    *,
    side_px: int = 48,
) -> str:
    """Return an HTML table with the first images of each class; of at most 100 classes.

    Parameters
    ----------
    images : ndarray of uint8, shape (n, height, width, channels)
        One or three channels.
    labels : ndarray of int64, shape (n,)
        The class of each image.
    class_names : sequence of str
        The name of each class.
    n_each : int, default 8
        How many images a class shows at most.
    side_px : int, default 48
        The height at which they are shown, in pixels.

    Returns
    -------
    str
        A table; its pictures are in it, as PNG.

    Examples
    --------
    >>> images = np.zeros((3, 8, 8, 3), np.uint8)
    >>> sheet(images, np.array([0, 1, 1]), ["cat", "dog"]).count("<img")
    2
    """
    rows = []
    for label, name in enumerate(class_names[:_MOST_CLASSES]):
        first = np.flatnonzero(labels == label)[:n_each]
        strip = np.concatenate([*_low(images[first], side_px)], axis=1) if len(first) else None
        picture = "" if strip is None else f'<img height="{side_px}" src="{_png(strip)}" alt="">'
        n = int((labels == label).sum())
        rows.append(f"<tr><td>{html.escape(name)}</td><td>{n:,}</td><td>{picture}</td></tr>")
    more = len(class_names) - len(rows)
    if more > 0:
        rows.append(f"<tr><td>and {more:,} more classes</td></tr>")
    return f"<table>{''.join(rows)}</table>"


def _low(images: NDArray[np.uint8], side_px: int) -> NDArray[np.uint8]:
    """Return images that are no higher than they are shown."""
    _, height, width, _ = images.shape
    if height <= side_px:
        return images
    return resized_batch(images, (side_px, max(1, round(width * side_px / height))))


def _png(image: NDArray[np.uint8]) -> str:
    """Return an image as a data URL."""
    from PIL import Image

    pixels = image[..., 0] if image.shape[-1] == 1 else image
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return f"data:image/png;base64,{base64.b64encode(file.getvalue()).decode()}"
