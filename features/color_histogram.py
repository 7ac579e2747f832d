"""How much of each colour there is, in each part of the image."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import FLAG, Rule, one_of, whole
from features.colors.color_spaces import COLOR_SPACES, GREY, ColorSpace
from features.colors.loops import bin_shares
from features.colors.value_loops import soft_shares
from features.extraction.compiled import compiled
from features.extraction.grid import Box, GridLike, grid_boxes, parse_grid
from features.extraction.parameters import GRID
from features.extraction.rowwise import RowwiseExtractor
from features.extractor import Features, Images
from features.pictures.picture import Picture

MAX_BINS = 1 << 20


class ColorHistogram(RowwiseExtractor):
    """Joint histogram over the channels, for each cell of a grid.

    The value h[i, j, k] is the share of the cell's pixels whose channels fall into the bins i, j
    and k: what `numpy.histogramdd` counts, divided by the number of pixels. Grey images have one
    channel and so `bins` values in each cell, whatever the colour space.

    Parameters
    ----------
    bins : int, default 8
        Bins in each channel, 1 … 256.
    color_space : {"rgb", "hsv", "lab"}, default "rgb"
        As `skimage.color` has them: hsv bit for bit, lab to 1e-9. The bins cover [0, 256) in
        rgb, [0, 1] in hsv; in lab, L [0, 100], a [-87, 99] and b [-108, 95], the box around all
        8-bit sRGB colours. `features.colors.color_spaces.COLOR_SPACES` has all of them.
    grid : int, (rows, columns), or a list of pairs, default (1, 1)
        Cells as `numpy.array_split` cuts them; a list is a spatial pyramid.
    norm : {"l1", "hellinger"}, default "l1"
        Each cell sums to one, or is the square roots of that.
    soft : bool, default False
        Share each pixel between the two nearest bins of each channel, in proportion to how
        near their centres are, so that a small shift in colour moves a small share. The last bin
        of hue is a neighbour of the first.
    n_jobs : int or None, default None
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

    _rules: ClassVar[Mapping[str, Rule]] = {
        "bins": whole(1, 256),
        "color_space": one_of(COLOR_SPACES),
        "grid": GRID,
        "norm": one_of(["l1", "hellinger"]),
        "soft": FLAG,
    }

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
        height, width, _ = self.image_shape_
        bins = self._bins = int(self.bins)
        n_channels = len(self._space(images.shape[3]).channels)
        self._boxes: list[Box] = grid_boxes(self.grid, height, width)
        if bins**n_channels * len(self._boxes) > MAX_BINS:
            raise ParameterError(
                f"bins over all channels and cells must be at most {MAX_BINS}, got bins={bins} "
                f"with {n_channels} channels and {len(self._boxes)} cells"
            )

    def _images_per_tile(self) -> int:
        # The doubles of a soft histogram take more room than the bins of a hard one.
        n = super()._images_per_tile() // (4 if self.soft else 1)
        return max(1, min(n, 2 * MAX_BINS // self.n_features_out_))

    def _fill(self, images: Images, out: Features) -> None:
        cells = out.reshape(len(images), len(self._boxes), -1)
        edges = [(box.top, box.bottom, box.left, box.right) for box in self._boxes]
        boxes = np.array(edges, dtype=np.int64)
        if self.soft:
            hue = self._space(images.shape[3]).hue
            around = -1 if hue is None else hue
            room = np.zeros(cells.shape[2])
            values, scales = self._values_and_scales(images)
            compiled(soft_shares)(values, scales, around, self._bins, boxes, room, cells)
        else:
            twice = np.zeros((2, cells.shape[2]), dtype=np.int32)
            compiled(bin_shares)(self._joint_bins(images), boxes, twice, cells)
        if self.norm == "hellinger":
            np.sqrt(out, out=out)

    def bin_of_pixels(self, images: Images) -> npt.NDArray[np.int64]:
        """Return the joint bin that each pixel falls into.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            One or three channels.

        Returns
        -------
        int64 array (n, height, width)
            ((i · bins) + j) · bins + k, of the bins i, j and k in the three channels.
        """
        self._check_fitted()
        return self._joint_bins(self._check_images(images)).astype(np.int64)

    def _joint_bins(self, images: Images) -> npt.NDArray[np.uint32]:
        space = self._space(images.shape[3])
        if space.bins_of is not None:
            return space.bins_of(images, self._bins, space.ranges)
        return self._bins_by_conversion(images, space)

    def _bins_by_conversion(self, images: Images, space: ColorSpace) -> npt.NDArray[np.uint32]:
        """Return the joint bins that the conversion and the ranges of a space say."""
        bins = self._bins
        joint = np.zeros(images.shape[:3], dtype=np.uint32)
        channels = np.moveaxis(images, 3, 0) if space.from_rgb is None else space.from_rgb(images)
        for value, (low, high) in zip(channels, space.ranges, strict=True):
            edges = np.linspace(low, high, bins + 1)
            level = ((value - low) * (bins / (high - low))).astype(np.int64)
            level.clip(0, bins - 1, out=level)
            # For a value on an edge, the division may be one bin off.
            level -= (value < edges[level]) & (level > 0)
            level += (value >= edges[level + 1]) & (level < bins - 1)
            joint *= np.uint32(bins)
            joint += level.astype(np.uint32)
        return joint

    def _values_and_scales(
        self, images: Images
    ) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
        """Return each channel, and what to take off and to multiply by so that bins are 1 wide."""
        space = self._space(images.shape[3])
        scales = [(low, self._bins / (high - low)) for low, high in space.ranges]
        if space.from_rgb is not None:
            values = space.from_rgb(images)
        else:
            # A byte v stands for the middle of the interval [v, v + 1).
            values = np.moveaxis(images, 3, 0) + 0.5
        shape = (len(scales), *images.shape[:3])
        if values.shape != shape:
            raise ValueError(f"from_rgb must return {shape} for {images.shape}, got {values.shape}")
        return np.ascontiguousarray(values, dtype=np.float64), np.array(scales)

    def _space(self, n_channels: int) -> ColorSpace:
        return COLOR_SPACES[self.color_space] if n_channels == 3 else GREY

    def pictures(self, images: Images) -> list[Picture]:
        """Return each image's pixels in the colours of their bins, sorted within each grid cell.

        Of a spatial pyramid, the last level is drawn.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.

        Returns
        -------
        list of Picture
            One for each image, of its height and width.
        """
        images = self._checked_again(images)
        n, height, width, _ = images.shape
        space = self._space(images.shape[3])
        boxes = grid_boxes(parse_grid(self.grid)[-1], height, width)
        middles = (np.arange(self._bins) + 0.5) / self._bins
        mesh = np.meshgrid(*[middles] * len(space.channels), indexing="ij")
        bins = np.stack(mesh, axis=-1).reshape(-1, len(space.channels))
        lows, highs = np.array(space.ranges).T
        colors = bins * (highs - lows) + lows
        features = self._transformed(images).reshape(n, -1, len(colors))[:, -len(boxes) :]
        shares = features.astype(np.float64) ** (2 if self.norm == "hellinger" else 1)
        shown = np.clip(space.to_rgb(colors), 0, 255)
        said = "Its colours, as coarse as the bins; where they were within a grid cell is lost"
        return [Picture(said, _sorted_colors(each, boxes, shown)) for each in shares]

    def _n_columns(self) -> int:
        n_channels = len(self._space(self.image_shape_[2]).channels)
        n_bins: int = self._bins**n_channels
        return len(self._boxes) * n_bins

    def _names(self) -> list[str]:
        channels = self._space(self.image_shape_[2]).channels
        corners = [
            "_".join(f"{name}{level}" for name, level in zip(channels, levels, strict=True))
            for levels in product(range(self._bins), repeat=len(channels))
        ]
        return [f"{box.name}_{corner}" for box in self._boxes for corner in corners]


def _sorted_colors(
    shares: npt.NDArray[np.float64], boxes: Sequence[Box], colors: npt.NDArray[np.float64]
) -> npt.NDArray[np.uint8]:
    """Return a picture in which each box holds its shares (n_boxes, n_bins) of the bins' colours.

    Within a box the colours are sorted by brightness, row by row.
    """
    by_brightness = np.argsort(colors @ np.array([0.299, 0.587, 0.114]), kind="stable")
    height, width = boxes[-1].bottom, boxes[-1].right
    picture = np.zeros((height, width, 3), dtype=np.uint8)
    for box, share in zip(boxes, shares, strict=True):
        ends = np.round(np.cumsum(share[by_brightness]) / share.sum() * box.area)
        bins = by_brightness[np.searchsorted(ends, np.arange(box.area), side="right")]
        shape = (box.bottom - box.top, box.right - box.left, 3)
        cell = np.round(colors[bins]).astype(np.uint8).reshape(shape)
        picture[box.top : box.bottom, box.left : box.right] = cell
    return picture
