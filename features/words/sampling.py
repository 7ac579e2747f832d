"""Descriptors at random positions of random images, to learn whitening and words from."""

from __future__ import annotations

from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from features.threads import run_jobs

_IMAGES_PER_JOB = 64


class Descriptor(Protocol):
    """What describes an image at every position: patches, dense HoG, or one's own."""

    @property
    def size(self) -> int:
        """Side in pixels of the square described."""

    @property
    def stride(self) -> int:
        """Pixels from one square to the next."""

    def map_shape(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of positions in an image."""

    def n_values(self, n_channels: int) -> int:
        """Length of each descriptor."""

    def __call__(self, images: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Descriptors (n, rows, columns, d)."""


def sample_descriptors(
    images: npt.NDArray[Any],
    descriptor: Descriptor,
    n: int,
    rng: np.random.Generator,
    *,
    n_jobs: int | None = None,
) -> npt.NDArray[np.float32]:
    """Descriptors (m, d) at m different positions, uniformly over images and positions.

    m is `n`, or all there are if that is fewer.

    Examples
    --------
    >>> from features.words.patches import Patches
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
    out = np.empty((len(chosen), descriptor.n_values(images.shape[3])), dtype=np.float32)

    def describe(start: int) -> None:
        stop = min(start + _IMAGES_PER_JOB, len(images))
        first, last = np.searchsorted(chosen, (start * per_image, stop * per_image))
        which, where = np.divmod(chosen[first:last] - start * per_image, per_image)
        needed, which = np.unique(which, return_inverse=True)
        if len(needed):
            vectors = descriptor(images[start:stop][needed])
            out[first:last] = vectors.reshape(len(needed), per_image, -1)[which, where]

    run_jobs(describe, range(0, len(images), _IMAGES_PER_JOB), n_jobs)
    return out
