"""Extractors that make each row by itself, straight into the output."""

from __future__ import annotations

from abc import abstractmethod

import numpy as np

from data.system.threads import n_threads, run_jobs
from features.extractor import Features, ImageExtractor, Images

PIXELS_PER_TILE = 128 * 1024
"""So many that a tile takes much longer than to hand it to a thread."""


class RowwiseExtractor(ImageExtractor):
    """Base class of extractors for which the other images of a tile make no difference.

    That holds where no operation has another image's size in its shape: a loop over images, or
    one value at a time. A last tile with fewer images is then taken as it is, and a single image
    takes the time of one. Nothing is copied: a subclass says how to fill its rows (`_fill`). One
    that overrides `_features` gets tiles, as from `ImageExtractor`.

    Examples
    --------
    >>> class Corner(RowwiseExtractor):
    ...     n_jobs = None
    ...
    ...     def _learn(self, images): ...
    ...
    ...     def _names(self):
    ...         return ["corner"]
    ...
    ...     def _fill(self, images, out):
    ...         out[:] = images[:, 0, 0, :1]
    >>> Corner().fit_transform(np.full((2, 8, 8, 3), 7, np.uint8))
    array([[7.],
           [7.]], dtype=float32)
    """

    @abstractmethod
    def _fill(self, images: Images, out: Features) -> None:
        """Write the features of some images into as many rows."""

    def _features(self, images: Images) -> Features:
        out = np.empty((len(images), self._n_columns()), dtype=np.float32)
        self._fill(images, out)
        return out

    def _images_per_tile(self) -> int:
        height, width, _ = self.image_shape_
        return max(1, PIXELS_PER_TILE // (height * width))

    def _needs_whole_tiles(self) -> bool:
        return type(self)._features is not RowwiseExtractor._features

    def _transformed(self, images: Images) -> Features:
        if type(self)._features is not RowwiseExtractor._features:
            return super()._transformed(images)
        # To count the cores takes longer than one image.
        share = 1 if len(images) < 2 else -(-len(images) // n_threads(self.n_jobs))
        size = max(1, min(self._images_per_tile(), share))
        out = np.empty((len(images), self.n_features_out_), dtype=np.float32)

        def fill(start: int) -> None:
            tile = np.ascontiguousarray(images[start : start + size])
            self._fill(tile, out[start : start + size])

        run_jobs(fill, range(0, len(images), size), self.n_jobs)
        return out
