"""What is learned for one patch size, and the features that it makes of images."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from features.grid import Box
from features.words.descriptor import Descriptor
from features.words.encoder import Encoder
from features.words.pooling import Pooling
from features.words.whitening import Whitening

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

    def names(self) -> list[str]:
        """Return the name of each feature."""
        codes = self.encoder.code_names()
        return [f"{box.name}_{code}" for box in self.boxes for code in codes]
