"""Patches from random places of the maps of random images, to learn whitening and filters from."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from data.system.threads import run_jobs
from features.kernels.patches import patches_of

Vectors = npt.NDArray[np.float32]

_PATCHES_OF_AN_IMAGE = 50


def sample_patches(
    images: npt.NDArray[np.uint8],
    map_of: Callable[[npt.NDArray[np.uint8]], Vectors],
    size: int,
    n: int,
    rng: np.random.Generator,
    *,
    repeat: bool = False,
    n_jobs: int | None = None,
) -> Vectors:
    """Return patches of maps, fifty of an image, or as many as there are.

    Parameters
    ----------
    images : uint8 array (n_images, height, width, channels)
        Images to draw from. If fifty patches of each are too few, more are drawn of each.
    map_of : callable
        What makes a map (rows, columns, c) of an image.
    size : int
        Side of the patches.
    n : int
        How many patches to draw.
    rng : numpy.random.Generator
        Decides which.
    repeat : bool, default False
        See `patches_of`.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    float32 array (m, size · size · c)
        In the order of the images; m is `n`, or the number of all patches if that is smaller.

    Examples
    --------
    >>> images = np.zeros((9, 4, 4, 1), dtype=np.uint8)
    >>> rng = np.random.default_rng(0)
    >>> sample_patches(images, lambda image: image.astype(np.float32), 3, 20, rng).shape
    (20, 9)
    """
    rows, columns, n_values = map_of(images[0]).shape
    of_each = min(_PATCHES_OF_AN_IMAGE, rows * columns)
    n_images = min(-(-n // of_each), len(images))
    chosen = np.sort(rng.choice(len(images), n_images, replace=False))
    count = min(-(-n // n_images), rows * columns)
    places = [rng.choice(rows * columns, count, replace=False) for _ in chosen]
    out = np.empty((n_images, count, size * size * n_values), dtype=np.float32)

    def fill(i: int) -> None:
        out[i] = patches_of(map_of(images[chosen[i]]), size, repeat=repeat)[places[i]]

    run_jobs(fill, range(n_images), n_jobs)
    return out.reshape(n_images * count, -1)[:n]
