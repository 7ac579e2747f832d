"""How often two grey levels are neighbours: texture, as coarse or as fine as the distance."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar

import numpy as np

from data.errors import ParameterError
from data.parameters.rules import FLAG, Rule, all_of, either, number, one_of, several, whole
from features.extraction.grid import Box, GridLike, grid_boxes
from features.extraction.parameters import GRID
from features.extractor import Features, ImageExtractor, Images
from features.pictures.drawing import shades
from features.pictures.picture import Picture
from features.textures.co_occurrences import (
    PROPERTIES,
    Counts,
    co_occurrences,
    pair_offset,
    properties_of,
    quantized,
)
from features.textures.grey import grey_levels

MAX_COLUMNS = 1 << 20
MAX_COUNTS = 1 << 22
_COUNTS_AT_ONCE = 1 << 20
_PICTURE_PX = 128


def _one_or_several(rule: Rule) -> Rule:
    return either(rule, several(rule, "several such, each once", least=1))


class CoOccurrence(ImageExtractor):
    """Co-occurrence of grey levels (GLCM) and its properties, for each cell of a grid.

    The matrix P[i, j] says how often a pixel of level i has a pixel of level j at a distance and
    an angle; both are in the cell. Matrices are those of `skimage.feature.graycomatrix` and
    properties those of `skimage.feature.graycoprops`.

    The levels are of grey: 0.2125 red + 0.7154 green + 0.0721 blue, rounded to 0 … 255
    (`features.textures.grey`); level i of n holds the greys with floor(grey · n / 256) = i.

    Parameters
    ----------
    distances : float, or a list of these, default (1,)
        Between the two pixels; above 0 and at most 1,000.
    angles : float, or a list of these, default (0, π/4, π/2, 3π/4)
        From the first pixel to the second, in radians; 0 is to the right, π/2 is down.
    levels : int, default 16
        Grey levels, 2 … 256.
    symmetric : bool, default True
        Count each pair in both orders, so that opposite angles are the same.
    normed : bool, default True
        Divide each matrix by its sum. Properties are of matrices that are.
    properties : "all", "matrix", a property, or a list of these, default "all"
        What is kept of each matrix: "contrast", "dissimilarity", "homogeneity", "ASM", "energy",
        "correlation", "mean", "variance", "std", "entropy"; "all" stands for these ten and
        "matrix" for the matrix itself.
    grid : int, (rows, columns), or a list of pairs, default (1, 1)
        Cells as `numpy.array_split` cuts them; a list is a spatial pyramid.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Notes
    -----
    The columns of a cell are, for each property, `graycoprops(P, property).ravel()`, and for
    "matrix" they are ``P.ravel()``, by row, column, distance and angle.

    The correlation is 1 where the first or the second level never changes, and where a cell has
    no such pair of pixels; all other properties are 0 then, or those of one level.

    References
    ----------
    Haralick, Shanmugam and Dinstein, "Textural features for image classification", IEEE
    Transactions on Systems, Man, and Cybernetics, 1973.

    Examples
    --------
    >>> import numpy as np
    >>> from features import CoOccurrence
    >>> image = np.array([[[[0], [255], [0], [255]]]], dtype=np.uint8)
    >>> across = CoOccurrence(angles=0, levels=2, properties=["contrast", "correlation"])
    >>> across.fit_transform(image)
    array([[ 1., -1.]], dtype=float32)
    >>> across.set_params(properties="matrix").fit_transform(image)
    array([[0. , 0.5, 0.5, 0. ]], dtype=float32)
    """

    _rules: ClassVar[Mapping[str, Rule]] = {
        "distances": _one_or_several(number(0, 1000, open_low=True, closed_high=True)),
        "angles": _one_or_several(number(-1e6, 1e6, closed_high=True)),
        "levels": whole(2, 256),
        "symmetric": FLAG,
        "normed": FLAG,
        "properties": _one_or_several(one_of(["all", "matrix", *PROPERTIES])),
        "grid": GRID,
    }

    def __init__(
        self,
        *,
        distances: float | Sequence[float] = (1,),
        angles: float | Sequence[float] = (0.0, np.pi / 4, np.pi / 2, 3 * np.pi / 4),
        levels: int = 16,
        symmetric: bool = True,
        normed: bool = True,
        properties: str | Sequence[str] = "all",
        grid: GridLike = (1, 1),
        n_jobs: int | None = None,
    ) -> None:
        self.distances = distances
        self.angles = angles
        self.levels = levels
        self.symmetric = symmetric
        self.normed = normed
        self.properties = properties
        self.grid = grid
        self.n_jobs = n_jobs

    def _learn(self, images: Images) -> None:
        self._kept = self._checked_properties()
        self._n_levels = int(self.levels)
        distances = _checked_list("distances", self.distances)
        angles = _checked_list("angles", self.angles)
        n_counts = self._n_levels**2 * len(distances) * len(angles)
        if n_counts > MAX_COUNTS:
            raise ParameterError(
                f"levels² · distances · angles may be at most {MAX_COUNTS}, got "
                f"{self._n_levels}² · {len(distances)} · {len(angles)} = {n_counts}"
            )
        self._pairs = [(distance, angle) for distance in distances for angle in angles]
        self._offsets = np.array([pair_offset(*pair) for pair in self._pairs], dtype=np.int64)
        self._check_offsets()
        height, width, _ = self.image_shape_
        self._boxes: list[Box] = grid_boxes(self.grid, height, width)
        if self._n_columns() > MAX_COLUMNS:
            raise ParameterError(
                f"levels, distances, angles and cells may ask for {MAX_COLUMNS} columns at most, "
                f"got {self._n_columns()}"
            )

    def _check_offsets(self) -> None:
        """Raise ParameterError for a pair of a pixel with itself."""
        for (distance, angle), offset in zip(self._pairs, self._offsets, strict=True):
            if not offset.any():
                raise ParameterError(
                    f"distance {distance:g} at the angle {angle:.3g} leads to no other pixel; "
                    "take 1 or more"
                )

    def _checked_properties(self) -> list[str]:
        kept = all_of(self.properties)
        names = [name for each in kept for name in (PROPERTIES if each == "all" else (each,))]
        if len(set(names)) < len(names):
            raise ParameterError(f"properties must name each once, got {self.properties!r}")
        return names

    def _counts_of_an_image(self) -> int:
        return len(self._pairs) * self._n_levels**2

    def _images_per_tile(self) -> int:
        largest = max(self._counts_of_an_image(), self.n_features_out_)
        return max(1, min(super()._images_per_tile(), _COUNTS_AT_ONCE // largest))

    def _features(self, images: Images) -> Features:
        levels = quantized(grey_levels(images), self._n_levels)
        parts = []
        for box in self._boxes:
            counts = co_occurrences(
                levels, box, self._offsets, self._n_levels, symmetric=bool(self.symmetric)
            )
            found = properties_of(counts) if set(self._kept) != {"matrix"} else None
            for name in self._kept:
                if name == "matrix":
                    parts.append(self._matrices(counts))
                else:
                    assert found is not None
                    parts.append(found[..., PROPERTIES.index(name)].astype(np.float32))
        return np.concatenate(parts, axis=1)

    def _matrices(self, counts: Counts) -> Features:
        """Return matrices as columns, in scikit-image's order: row, column, distance, angle."""
        values = counts.astype(np.float32)
        if self.normed:
            sums = counts.sum(axis=(2, 3), keepdims=True)
            values = (counts / np.maximum(sums, 1)).astype(np.float32)
        return values.transpose(0, 2, 3, 1).reshape(len(counts), -1)

    def _n_columns(self) -> int:
        each = (self._n_levels**2 if name == "matrix" else 1 for name in self._kept)
        return len(self._boxes) * len(self._pairs) * sum(each)

    def _names(self) -> list[str]:
        pairs = [
            f"distance{distance:.10g}_angle{np.degrees(angle):.10g}"
            for distance, angle in self._pairs
        ]
        levels = range(self._n_levels)
        names = {name: [f"{name}_{pair}" for pair in pairs] for name in PROPERTIES}
        if "matrix" in self._kept:
            names["matrix"] = [
                f"pair{i}_{j}_{pair}" for i in levels for j in levels for pair in pairs
            ]
        return [
            f"{box.name}_{each}"
            for box in self._boxes
            for name in self._kept
            for each in names[name]
        ]

    def pictures(self, images: Images) -> list[Picture]:
        """Return the matrix of each whole image, at the first distance and angle.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the shape that was fitted.

        Returns
        -------
        list of Picture
            One for each image.
        """
        images = self._checked_again(images)
        height, width, _ = self.image_shape_
        whole = Box("all", 0, height, 0, width)
        levels = quantized(grey_levels(images), self._n_levels)
        counts = co_occurrences(
            levels, whole, self._offsets[:1], self._n_levels, symmetric=bool(self.symmetric)
        )[:, 0]
        zoom = max(1, _PICTURE_PX // self._n_levels)
        said = (
            "How often a grey level (from above: dark to light) has another one (from the left) "
            "beside it: the darker, the more often"
        )
        pictures = []
        for each in counts:
            # Square roots, or the few frequent pairs would hide all others.
            ink = np.sqrt(each / max(int(each.max()), 1))
            pictures.append(Picture(said, shades(ink.repeat(zoom, axis=0).repeat(zoom, axis=1))))
        return pictures


def _checked_list(name: str, given: Any) -> list[float]:
    """Return one finite number or several as a list in which each stands once."""
    checked = [float(each) for each in all_of(given)]
    if len(set(checked)) < len(checked):
        raise ParameterError(f"{name} must name each number once, got {given!r}")
    return checked
