"""How often each pattern of lighter and darker neighbours occurs: texture, in any light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import (
    Rule,
    all_of,
    check,
    either,
    is_sequence,
    number,
    one_of,
    several,
    whole,
)
from features.extraction.compiled import compiled
from features.extraction.grid import Box, GridLike, grid_boxes
from features.extraction.parameters import GRID
from features.extractor import Features, ImageExtractor, Images
from features.pictures.picture import Picture
from features.textures.grey import grey_levels
from features.textures.loops import code_counts
from features.textures.patterns import (
    MAX_POINTS,
    MAX_POINTS_IN_TABLE,
    METHODS,
    bin_table,
    histogram_bins,
    labels_of,
    pattern_codes,
)

MAX_COLUMNS = 1 << 20
MAX_RADIUS = 1000
_RADIUS = number(0, MAX_RADIUS, open_low=True, closed_high=True)


class LocalBinaryPatterns(ImageExtractor):
    """Histogram of local binary patterns, for each cell of a grid.

    Around each pixel, points on a circle are compared with it: a point that is no darker is a
    bit that is set. The bits are those of `skimage.feature.local_binary_pattern`, all of them.
    The value of a bin is the share of the cell's pixels that have its pattern. Several circles
    stand side by side.

    The patterns are of grey levels: 0.2125 red + 0.7154 green + 0.0721 blue, rounded to
    0 … 255 (`features.textures.grey`). Outside of the image it is black.

    Parameters
    ----------
    radius : float, or a list of these, default 1.0
        Of the circle in pixels, above 0 and at most 1,000.
    n_points : int, or a list of these, default 8
        Points on the circle, 1 … 31; for the methods "ror" and "default" at most 16. A list has
        one for each radius.
    method : {"uniform", "nri_uniform", "ror", "default"}, default "uniform"
        "uniform": the number of set bits where these are in one run around the circle, and one
        bin for all other patterns, n + 2 bins. "nri_uniform": the same, with one bin for each
        rotation, n(n - 1) + 3 bins. "ror": a bin for all rotations of a pattern, 36 for 8 points.
        "default": a bin for each pattern, 2ⁿ.
    grid : int, (rows, columns), or a list of pairs, default (1, 1)
        Cells as `numpy.array_split` cuts them; a list is a spatial pyramid.
    norm : {"l1", "hellinger"}, default "l1"
        Each cell sums to one, or is the square roots of that.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    References
    ----------
    Ojala, Pietikäinen and Mäenpää, "Multiresolution gray-scale and rotation invariant texture
    classification with local binary patterns", TPAMI 2002; Ahonen, Hadid and Pietikäinen, "Face
    recognition with local binary patterns", ECCV 2004 (the grid, and "nri_uniform").

    Examples
    --------
    >>> import numpy as np
    >>> from features import LocalBinaryPatterns
    >>> images = np.zeros((2, 32, 32, 3), dtype=np.uint8)
    >>> circles = LocalBinaryPatterns(radius=[1, 2], n_points=[8, 16], grid=(2, 2))
    >>> circles.fit_transform(images).shape
    (2, 112)
    """

    _rules: ClassVar[Mapping[str, Rule]] = {
        "radius": either(_RADIUS, several(_RADIUS, "several such", least=1)),
        "n_points": either(whole(1), several(whole(1), "several such, one a radius", least=1)),
        "method": one_of(METHODS),
        "grid": GRID,
        "norm": one_of(["l1", "hellinger"]),
    }

    def __init__(
        self,
        *,
        radius: float | Sequence[float] = 1.0,
        n_points: int | Sequence[int] = 8,
        method: str = "uniform",
        grid: GridLike = (1, 1),
        norm: str = "l1",
        n_jobs: int | None = None,
    ) -> None:
        self.radius = radius
        self.n_points = n_points
        self.method = method
        self.grid = grid
        self.norm = norm
        self.n_jobs = n_jobs

    def _learn(self, images: Images) -> None:
        self._circles = self._checked_circles()
        height, width, _ = self.image_shape_
        self._boxes: list[Box] = grid_boxes(self.grid, height, width)
        if self._n_columns() > MAX_COLUMNS:
            raise ParameterError(
                f"n_points, over all circles and cells, may ask for {MAX_COLUMNS} bins at most, "
                f"got n_points={self.n_points!r} with the method {self.method!r} and "
                f"{len(self._boxes)} cells: {self._n_columns()} bins"
            )

    def _checked_circles(self) -> list[tuple[float, int]]:
        """Return the radius and the number of points of each circle."""
        radii = [float(each) for each in all_of(self.radius)]
        points: Any = self.n_points if is_sequence(self.n_points) else [self.n_points] * len(radii)
        points = [int(each) for each in points]
        if len(points) != len(radii):
            raise ParameterError(
                f"radius and n_points must be as many, got radius={self.radius!r} and "
                f"n_points={self.n_points!r}"
            )
        limit = MAX_POINTS_IN_TABLE if self.method in ("ror", "default") else MAX_POINTS
        if max(points) > limit:
            raise ParameterError(
                f"n_points must be at most {limit} with the method {self.method!r}, "
                f"got {self.n_points!r}"
            )
        circles = list(zip(radii, points, strict=True))
        if len(set(circles)) < len(circles):
            raise ParameterError(
                f"radius and n_points must name each circle once, got radius={self.radius!r} and "
                f"n_points={self.n_points!r}"
            )
        return circles

    def _images_per_tile(self) -> int:
        return max(1, min(super()._images_per_tile(), 2 * MAX_COLUMNS // self.n_features_out_))

    def _features(self, images: Images) -> Features:
        levels = grey_levels(images)
        edges = np.array(
            [(box.top, box.bottom, box.left, box.right) for box in self._boxes], dtype=np.int64
        )
        areas = np.array([box.area for box in self._boxes], dtype=np.float32)[:, None]
        out = np.empty((len(images), self.n_features_out_), dtype=np.float32)
        start = 0
        for radius, n_points in self._circles:
            labels, from_codes = histogram_bins(n_points, self.method)
            codes = pattern_codes(levels, radius, n_points)
            if not from_codes:
                codes = labels_of(codes, n_points, self.method)
            counts = np.zeros((len(images), len(edges), len(labels)), dtype=np.int32)
            compiled(code_counts)(codes, bin_table(n_points, self.method), edges, counts)
            stop = start + counts[0].size
            out[:, start:stop] = (counts / areas).reshape(len(images), -1)
            start = stop
        return np.sqrt(out, out=out) if self.norm == "hellinger" else out

    def label_maps(self, images: Images, *, circle: int = 0) -> npt.NDArray[np.uint32]:
        """Return the pattern of every pixel: what scikit-image's function returns.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.
        circle : int, default 0
            Which of the circles, counted from 0.

        Returns
        -------
        uint32 array (n, height, width)
            The numbers behind "pattern" in the names of the features.

        Raises
        ------
        ValueError
            If there is no such circle, or the images are refused as by `transform`.
        """
        images = self._checked_again(images)
        check({"circle": circle}, {"circle": whole(0, len(self._circles) - 1)})
        radius, n_points = self._circles[circle]
        codes = pattern_codes(grey_levels(images), radius, n_points)
        return labels_of(codes, n_points, self.method)

    def _n_columns(self) -> int:
        n_bins = sum(len(histogram_bins(n, self.method)[0]) for _, n in self._circles)
        return len(self._boxes) * n_bins

    def _names(self) -> list[str]:
        several = len(self._circles) > 1
        return [
            f"radius{radius:.10g}_points{n_points}_{box.name}_pattern{label}"
            if several
            else f"{box.name}_pattern{label}"
            for radius, n_points in self._circles
            for box in self._boxes
            for label in histogram_bins(n_points, self.method)[0].tolist()
        ]

    def pictures(self, images: Images) -> list[Picture]:
        """Return the pattern of each pixel as a shade.

        Of several circles, the first one is drawn.

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
        said = {
            "uniform": "The more neighbours are no darker than a pixel, the brighter it is; "
            "white where lighter and darker ones alternate",
            "nri_uniform": "The pattern of lighter and darker neighbours of each pixel, as a shade",
        }
        caption = said.get(self.method, said["nri_uniform"])
        _, n_points = self._circles[0]
        labels = histogram_bins(n_points, self.method)[0]
        shades = np.searchsorted(labels, self.label_maps(images)) * 255.0 / (len(labels) - 1)
        return [Picture(caption, each) for each in shades.round().astype(np.uint8)]
