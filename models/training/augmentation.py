"""Augmentation: images that a class survives, made anew each time a sample is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from models.layers.layer import Array
from models.training.pixels import gather_pixels, hide_squares, mix_rows


@dataclass(frozen=True)
class Augmentation:
    r"""Mirror, shift, crop, cut out and mix rows that are images (h, w, c), flattened.

    The first three are one map from the pixels of the new image to those of the old, which
    splits into rows and columns: :math:`x'_{ij} = x_{r(i),\,c(j)}`. Beyond the border the nearest
    pixel is repeated.

    Parameters
    ----------
    image_shape
        (height, width, channels).
    mirror
        Flip left and right, half of the time.
    shift
        Move by up to so many pixels each way.
    crop
        Enlarge a window whose side is a part drawn from [crop, 1], placed anywhere.
    cutout
        Hide a square with so many pixels a side under ``fill``. (DeVries and Taylor 2017.)
    mixup
        Mix each image and its target with the next one's, :math:`\lambda x_i + (1-\lambda)
        x_{i+1}`, with one λ from Beta(mixup, mixup) for a batch. (Zhang and others 2018.)
    fill
        The colour under a cutout, (c,); zero unless given.
    """

    image_shape: tuple[int, int, int]
    mirror: bool = False
    shift: int = 0
    crop: float = 1.0
    cutout: int = 0
    mixup: float = 0.0
    fill: Array | None = None

    def __post_init__(self) -> None:
        h, w, c = self.image_shape
        if min(h, w, c) < 1:
            raise ValueError(f"image_shape must be (height, width, channels), got {(h, w, c)}")
        if not (0 <= self.shift < min(h, w) and 0 <= self.cutout <= min(h, w)):
            raise ValueError(
                f"shift and cutout are pixels within the image of {h}x{w}, "
                f"got {self.shift} and {self.cutout}"
            )
        if not (0 < self.crop <= 1 and self.mixup >= 0):
            raise ValueError(
                f"crop is a part in (0, 1] and mixup 0 or more, got {self.crop} and {self.mixup}"
            )

    @classmethod
    def from_mapping(cls, image_shape: Any, options: Mapping[str, Any]) -> Augmentation:
        """From ``{"mirror": True, "shift": 4}`` and the like; an unknown name is an error."""
        known = [f.name for f in fields(cls) if f.name not in ("image_shape", "fill")]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise ValueError(f"augment has {unknown[0]!r}; it knows {', '.join(known)}")
        return cls(tuple(image_shape), **options)

    def __call__(self, X: Array, rows: Array, x: Array, t: Array, rng: np.random.Generator) -> None:
        """Write the rows of X into x, changed, and mix the targets t where images are mixed."""
        gather_pixels(X, rows, *self._maps(len(rows), rng), self.image_shape, x)
        if self.cutout:
            self._cut(x, rng)
        if self.mixup and len(x) > 1:
            mix = rng.beta(self.mixup, self.mixup)
            for array in (x, t):
                mix_rows(array, array.dtype.type(mix))

    def _maps(self, n: int, rng: np.random.Generator) -> tuple[Array, Array]:
        """Source rows (n, h) and source columns (n, w) of n new images."""
        maps = []
        for side in self.image_shape[:2]:
            index = np.arange(side, dtype=np.float64)[None]
            if self.crop < 1:
                part = rng.uniform(self.crop, 1.0, (n, 1))
                index = (index + 0.5) * part - 0.5 + rng.random((n, 1)) * (1 - part) * side
            if self.shift:
                index = index + rng.integers(-self.shift, self.shift, (n, 1), endpoint=True)
            maps.append(np.broadcast_to(np.rint(index), (n, side)).clip(0, side - 1))
        across = maps[1]
        if self.mirror:
            flipped = rng.random((n, 1)) < 0.5
            across = np.where(flipped, across[:, ::-1], across)
        return maps[0].astype(np.int32), across.astype(np.int32)

    def _cut(self, x: Array, rng: np.random.Generator) -> None:
        h, w, c = self.image_shape
        tops = rng.integers(0, h - self.cutout, len(x), endpoint=True)
        lefts = rng.integers(0, w - self.cutout, len(x), endpoint=True)
        fill = np.zeros(c, x.dtype) if self.fill is None else self.fill
        hide_squares(x.reshape(len(x), h, w, c), tops, lefts, self.cutout, fill)
