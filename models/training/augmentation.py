"""Augmentation: images of the same class, made anew each time a sample is trained on."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from data.parameters.rules import FLAG, Rule, number, several, whole
from models.errors import ModelError
from models.layers.layer import Array
from models.parameters.rules import check
from models.training.pixels import gather_pixels, hide_squares, mix_rows

RULES: dict[str, Rule] = {
    "image_shape": several(whole(1), "(height, width, channels)", length=3),
    "mirror": FLAG,
    "shift": whole(0),
    "crop": number(0, 1, open_low=True, closed_high=True),
    "cutout": whole(0),
    "mixup": number(0),
}


@dataclass(frozen=True)
class Augmentation:
    r"""What may happen to rows that are images (h, w, c), flattened.

    To mirror, shift or crop is one map from the pixels of the new image to those of the old one. It
    splits into rows and columns: :math:`x'_{ij} = x_{r(i),\,c(j)}`. Beyond the border the nearest
    pixel is repeated.

    Parameters
    ----------
    image_shape : (int, int, int)
        Height, width and channels.
    mirror : bool, default False
        Exchange left and right, half of the time.
    shift : int, default 0
        Move by up to so many pixels each way.
    crop : float, default 1
        Enlarge a window whose side is a part drawn from [crop, 1], placed anywhere.
    cutout : int, default 0
        Hide a square of so many pixels a side. (DeVries and Taylor 2017.)
    mixup : float, default 0
        Mix each image and its target with the next one's, :math:`\lambda x_i + (1-\lambda)
        x_{i+1}`, with one λ from Beta(mixup, mixup) for a batch. (Zhang and others 2018.)
    fill : ndarray (channels,) or None, default None
        The colour of a hidden square; None for zeros.
    """

    image_shape: tuple[int, int, int]
    mirror: bool = False
    shift: int = 0
    crop: float = 1.0
    cutout: int = 0
    mixup: float = 0.0
    fill: Array | None = None

    def __post_init__(self) -> None:
        check(vars(self), RULES)
        h, w, _ = self.image_shape
        if not (0 <= self.shift < min(h, w) and 0 <= self.cutout <= min(h, w)):
            raise ModelError(
                f"shift and cutout are pixels within the image of {h}x{w}, "
                f"got {self.shift} and {self.cutout}"
            )

    @classmethod
    def from_mapping(cls, image_shape: Any, options: Mapping[str, Any]) -> Augmentation:
        """Return the augmentation of ``{"mirror": True, "shift": 4}`` and the like."""
        known = [f.name for f in fields(cls) if f.name not in ("image_shape", "fill")]
        unknown = sorted(set(options) - set(known))
        if unknown:
            raise ModelError(f"augment has {unknown[0]!r}; it knows {', '.join(known)}")
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
        """Return source rows (n, h) and source columns (n, w) of n new images."""
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
