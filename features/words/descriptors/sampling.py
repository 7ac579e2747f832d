"""Descriptors at random positions of random images, to learn whitening and words from."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from data.system.threads import run_jobs
from features.words.descriptors.descriptor import Descriptor

_IMAGES_PER_JOB = 64
# A thread holds the descriptors of all positions of its images: 16 MiB, or those of one image.
_VALUES_PER_JOB = 1 << 22


def sample_descriptors(
    images: npt.NDArray[Any],
    descriptor: Descriptor,
    n: int,
    rng: np.random.Generator,
    *,
    n_jobs: int | None = None,
) -> npt.NDArray[np.float32]:
    """Return descriptors at different positions, drawn uniformly over images and positions.

    Parameters
    ----------
    images : uint8 array (n_images, height, width, channels)
        Images to draw from.
    descriptor : Descriptor
        What describes an image at every position, `Patches` for example.
    n : int
        How many to draw, at least 1.
    rng : numpy.random.Generator
        Decides which.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    float32 array (m, d)
        One descriptor a row, in the order of the images; m is `n`, or the number of all
        descriptors if that is smaller.

    Examples
    --------
    >>> from features.words.descriptors.patches import Patches
    >>> images = np.zeros((5, 8, 8, 1), dtype=np.uint8)
    >>> sample_descriptors(images, Patches(3), 10, np.random.default_rng(0)).shape
    (10, 9)
    """
    rows, columns = descriptor.map_shape(*images.shape[1:3])
    per_image = rows * columns
    total = len(images) * per_image
    if n < total:
        chosen = np.sort(rng.choice(total, n, replace=False, shuffle=False))
    else:
        chosen = np.arange(total)
    n_values = descriptor.n_values(images.shape[3])
    out = np.empty((len(chosen), n_values), dtype=np.float32)
    per_job = max(1, min(_IMAGES_PER_JOB, _VALUES_PER_JOB // (per_image * n_values)))

    def describe(start: int) -> None:
        stop = min(start + per_job, len(images))
        first, last = np.searchsorted(chosen, (start * per_image, stop * per_image))
        which, where = np.divmod(chosen[first:last] - start * per_image, per_image)
        needed, which = np.unique(which, return_inverse=True)
        if len(needed):
            vectors = descriptor(images[start:stop][needed])
            out[first:last] = vectors.reshape(len(needed), per_image, -1)[which, where]

    run_jobs(describe, range(0, len(images), per_job), n_jobs)
    return out
