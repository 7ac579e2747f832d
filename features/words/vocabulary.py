"""What is learned for one patch size, and the features that it makes of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.pixels.views import places_of
from features.extraction.grid import Box
from features.words.descriptors.descriptor import Descriptor
from features.words.descriptors.patches import Patches
from features.words.encoder import Encoder
from features.words.learning.whitening import Whitening
from features.words.moved_pooling import moved_pooling
from features.words.pooling import Pooling

Vectors = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Vocabulary:
    """What was learned for one patch size; `words` (n_words, d) are in the whitened space."""

    descriptor: Descriptor
    whitening: Whitening | None
    words: Vectors
    encoder: Encoder
    boxes: list[Box]
    pooling: Pooling

    def features(self, images: npt.NDArray[Any]) -> Vectors:
        """Return the mean codes (n, n_boxes · n_codes) of images."""
        described = self.descriptor(images)
        out = np.empty((len(images), len(self.boxes), self.encoder.n_codes), dtype=np.float32)
        # With one image at a time, products have the same shapes in every batch.
        for row, vectors in zip(out, described, strict=True):
            row[:] = self.pooling(vectors.reshape(-1, vectors.shape[-1]), self.encoder)
        return out.reshape(len(images), -1)

    def can_move(self, n_views: int, shift: int) -> bool:
        """Return whether the codes of shifted views are those of one larger image.

        A patch holds nothing but its own pixels; a gradient at the border of a view depends on
        where the border is.
        """
        moves = {move for place in places_of(n_views, shift) for move in place}
        stride = self.descriptor.stride
        return type(self.descriptor) is Patches and all(move % stride == 0 for move in moves)

    def features_of_views(
        self, images: npt.NDArray[Any], n_views: int, shift: int, *, mirror: bool
    ) -> Vectors:
        """Return the mean codes (n, n_places, n_sides, n_boxes · n_codes) of shifted views.

        With `mirror` there are two sides, the image and its mirror image; else one. Each, with its
        border repeated, is coded once, and the boxes are moved. Each code is that of the same patch
        of a view.
        """
        stride = self.descriptor.stride
        steps = [(down // stride, right // stride) for down, right in places_of(n_views, shift)]
        reach = max(down for down, _ in steps)
        padded = np.pad(images, ((0, 0), (shift, shift), (shift, shift), (0, 0)), mode="edge")
        rows, columns = self.descriptor.map_shape(*padded.shape[1:3])
        # Seen in the mirror, a view that was moved to the right is moved to the left.
        sides = ((padded, 1), (padded[:, :, ::-1], -1))[: 1 + mirror]
        shape = len(images), len(steps), len(sides), len(self.boxes), self.encoder.n_codes
        out = np.empty(shape, dtype=np.float32)
        for side, (seen, turn) in enumerate(sides):
            places = tuple((reach + down, reach + turn * right) for down, right in steps)
            pooling = moved_pooling(tuple(self.boxes), rows, columns, places)
            for row, vectors in zip(out, self.descriptor(seen), strict=True):
                row[:, side] = pooling(vectors.reshape(-1, vectors.shape[-1]), self.encoder)
        return out.reshape(*shape[:3], -1)

    def names(self) -> list[str]:
        """Return the name of each feature."""
        codes = self.encoder.code_names()
        return [f"{box.name}_{code}" for box in self.boxes for code in codes]
