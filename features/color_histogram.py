"""How much of each colour there is, in each part of the image."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from typing import Any

import numpy as np
import numpy.typing as npt

from features.color_spaces import CHANNEL_RANGES, rgb_to_hsv, rgb_to_lab
from features.compiled import color_counts, compiled
from features.extractor import Features, ImageExtractor, Images
from features.grid import Box, GridLike, grid_boxes
from features.parameters import check_choice, check_flag, check_integer

MAX_BINS = 1 << 20
Vote = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64] | None]
CHANNELS = {"rgb": ("red", "green", "blue"), "hsv": ("hue", "saturation", "value"), "lab": "Lab"}


class ColorHistogram(ImageExtractor):
    """Joint histogram over the channels, for each cell of a grid.

    h[i, j, k] = share of the cell's pixels whose channels fall into bins i, j and k: what
    `numpy.histogramdd` counts, divided by the number of pixels. Grey images have one channel
    and so `bins` values in each cell, whatever the colour space.

    Parameters
    ----------
    bins : int
        Bins in each channel, 1 … 256.
    color_space : "rgb", "hsv" or "lab"
        As `skimage.color` has them, to 1e-12 in hsv and 1e-9 in lab. The bins cover [0, 256) in
        rgb, [0, 1] in hsv; in lab, L [0, 100], a [-87, 99] and b [-108, 95], the box around all
        8-bit sRGB colours.
    grid : (rows, columns), or a list of these
        Cells as `numpy.array_split` cuts them; a list is a spatial pyramid.
    norm : "l1" or "hellinger"
        Each cell sums to one, or is the square roots of that.
    soft : bool
        Share each pixel between the two nearest bins of each channel, in proportion to how
        near their centres are, so that a small shift in colour moves a small share. Hue wraps.
    n_jobs : int, optional
        Threads; None and -1 are all cores. The result does not depend on it.

    References
    ----------
    Swain and Ballard, "Color indexing", IJCV 1991; Arandjelović and Zisserman, "Three things
    everyone should know to improve object retrieval", CVPR 2012, section 3 (square roots).

    Examples
    --------
    >>> import numpy as np
    >>> from features import ColorHistogram
    >>> image = np.array([[[[0, 0, 255]], [[0, 0, 0]]]], dtype=np.uint8)
    >>> ColorHistogram(bins=2).fit_transform(image)
    array([[0.5, 0.5, 0. , 0. , 0. , 0. , 0. , 0. ]], dtype=float32)
    """

    def __init__(
        self,
        *,
        bins: int = 8,
        color_space: str = "rgb",
        grid: GridLike = (1, 1),
        norm: str = "l1",
        soft: bool = False,
        n_jobs: int | None = None,
    ) -> None:
        self.bins = bins
        self.color_space = color_space
        self.grid = grid
        self.norm = norm
        self.soft = soft
        self.n_jobs = n_jobs

    def _learn(self, images: Images) -> None:
        height, width, n_channels = self.image_shape_
        bins = check_integer("bins", self.bins)
        check_choice("color_space", self.color_space, tuple(CHANNEL_RANGES))
        check_choice("norm", self.norm, ("l1", "hellinger"))
        check_flag("soft", self.soft)
        self._boxes: list[Box] = grid_boxes(self.grid, height, width)
        if bins > 256 or bins**n_channels * len(self._boxes) > MAX_BINS:
            raise ValueError(
                f"bins must be at most 256, and bins over all channels and cells at most "
                f"{MAX_BINS}, got bins={bins} with {n_channels} channels and "
                f"{len(self._boxes)} cells"
            )

    def _images_per_tile(self) -> int:
        return max(1, min(super()._images_per_tile(), 2 * MAX_BINS // self.n_features_out_))

    def _features(self, images: Images) -> Features:
        n = len(images)
        n_bins = self.bins ** images.shape[3]
        out = np.zeros((n, len(self._boxes), n_bins), dtype=np.float32)
        if self._space(images) == "rgb" and not self.soft:
            edges = [(box.top, box.bottom, box.left, box.right) for box in self._boxes]
            counts = np.zeros(out.shape, dtype=np.int32)
            compiled(color_counts)(images, self.bins, np.array(edges, dtype=np.int64), counts)
            areas = np.array([box.area for box in self._boxes], dtype=np.float32)
            np.divide(counts, areas[:, None], out=out, dtype=np.float32, casting="same_kind")
        else:
            self._add_shares(images, out)
        if self.norm == "hellinger":
            np.sqrt(out, out=out)
        return out.reshape(n, -1)

    def _add_shares(self, images: Images, out: Features) -> None:
        n, _, n_bins = out.shape
        votes = self._votes(images)
        first_bin = n_bins * np.arange(n)[:, None, None]
        for index, _ in votes:
            index += first_bin
        for position, box in enumerate(self._boxes):
            inside = np.s_[:, box.top : box.bottom, box.left : box.right]
            counts: npt.NDArray[Any] | int = 0
            for index, weight in votes:
                weights = None if weight is None else weight[inside].ravel()
                counts = counts + np.bincount(index[inside].ravel(), weights, n * n_bins)
            np.divide(
                np.reshape(counts, (n, n_bins)), box.area, out=out[:, position], casting="same_kind"
            )

    def _votes(self, images: Images) -> list[Vote]:
        """Pairs of (bin, weight) for every pixel: one, or one for each corner when soft."""
        if self.soft:
            return self._soft_votes(images)
        return [(self.bin_of_pixels(images), None)]

    def bin_of_pixels(self, images: Images) -> npt.NDArray[np.int64]:
        """The joint bin that each pixel falls into, (n, height, width)."""
        index = np.zeros(images.shape[:3], dtype=np.int64)
        for level in self._levels(images):
            index *= self.bins
            index += level
        return index

    def _levels(self, images: Images) -> list[npt.NDArray[np.integer]]:
        """The bin of every pixel in each channel."""
        bins = self.bins
        if self._space(images) == "rgb":
            # floor(value · bins / 256), exact in 16 bits as bins is at most 256.
            return [
                (images[..., channel] * np.uint16(bins)) >> np.uint16(8)
                for channel in range(images.shape[3])
            ]
        levels: list[npt.NDArray[np.integer]] = []
        for value, (low, high) in self._values(images):
            edges = np.linspace(low, high, bins + 1)
            level = ((value - low) * (bins / (high - low))).astype(np.int64)
            level.clip(0, bins - 1, out=level)
            # The division may land one bin off for a value that sits on an edge.
            level -= value < edges[level]
            level += (value >= edges[level + 1]) & (level < bins - 1)
            levels.append(level)
        return levels

    def _soft_votes(self, images: Images) -> list[Vote]:
        bins = self.bins
        space = self._space(images)
        sides = []
        for channel, position in enumerate(self._positions(images)):
            position -= 0.5
            below = np.floor(position)
            share = position - below
            low = below.astype(np.int64)
            high = low + 1
            if space == "hsv" and channel == 0:
                low %= bins
                high %= bins
            else:
                low.clip(0, bins - 1, out=low)
                high.clip(0, bins - 1, out=high)
            sides.append(((low, 1 - share), (high, share)))
        votes: list[Vote] = []
        for corner in product(*sides):
            index = np.zeros(images.shape[:3], dtype=np.int64)
            weight = np.ones(images.shape[:3])
            for level, share in corner:
                index *= bins
                index += level
                weight *= share
            votes.append((index, weight))
        return votes

    def _positions(self, images: Images) -> list[npt.NDArray[Any]]:
        """Each channel scaled so that bin i covers [i, i + 1)."""
        if self._space(images) == "rgb":
            # A whole number stands for the middle of its unit interval.
            table = (np.arange(256) + 0.5) * (self.bins / 256)
            return [table.take(images[..., channel]) for channel in range(images.shape[3])]
        return [
            (value - low) * (self.bins / (high - low))
            for value, (low, high) in self._values(images)
        ]

    def _values(
        self, images: Images
    ) -> Iterator[tuple[npt.NDArray[np.float64], tuple[float, float]]]:
        """Each channel of the colour space with its range."""
        convert = rgb_to_hsv if self.color_space == "hsv" else rgb_to_lab
        return zip(convert(images), CHANNEL_RANGES[self.color_space], strict=True)

    def _space(self, images: Images) -> str:
        return self.color_space if images.shape[3] == 3 else "rgb"

    def _names(self) -> list[str]:
        channels = CHANNELS[self.color_space] if self.image_shape_[2] == 3 else ("grey",)
        corners = [
            "_".join(f"{name}{level}" for name, level in zip(channels, levels, strict=True))
            for levels in product(range(self.bins), repeat=len(channels))
        ]
        return [f"{box.name}_{corner}" for box in self._boxes for corner in corners]
