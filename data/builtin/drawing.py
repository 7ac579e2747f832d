"""Objects are drawn as shapes with soft edges, which are painted one over the other."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from data.builtin.draws import Draws, Plane
from data.builtin.patterns import SIDE_PX

Length = float | Plane
Point = tuple[Length, Length]


@dataclass(frozen=True)
class Frame:
    """Coordinates of an object: its centre is (0, 0), x points forwards, y down, unit `scale_px`.

    The methods return coverages: for each pixel 1 inside the shape, 0 outside, and a ramp of one
    pixel across the edge. A length, or a coordinate of a point, is one number for all images or
    one for each, of shape (n, 1, 1).
    """

    x: Plane
    y: Plane
    scale_px: Plane

    @classmethod
    def placed(cls, draws: Draws, *, scale_px: tuple[float, float], mirrored: bool) -> Frame:
        """Return a frame for each image: shifted, scaled, tilted a little, mirrored if asked."""
        pixel = np.arange(SIDE_PX) + 0.5 - SIDE_PX / 2
        scale = draws.uniform(*scale_px)
        reach = np.maximum(SIDE_PX / 2 - 0.8 * scale, 0.0)
        x = (pixel - reach * draws.uniform(-1, 1)) / scale
        y = (pixel[:, None] - reach * draws.uniform(-1, 1)) / scale
        # The half-angle form of a rotation needs no sine: cos = (1-t²)/(1+t²), sin = 2t/(1+t²).
        t = draws.uniform(-0.13, 0.13)
        cosine, sine = (1.0 - t * t) / (1.0 + t * t), 2.0 * t / (1.0 + t * t)
        facing = 1.0 - 2.0 * draws.chance(0.5) if mirrored else 1.0
        return cls((cosine * x + sine * y) * facing, cosine * y - sine * x, scale)

    def row_px(self, y: float) -> Plane:
        """Return the image row of a height of the object, shape (n, 1, 1)."""
        middle = SIDE_PX // 2
        return middle + (y - self.y[:, middle : middle + 1, middle : middle + 1]) * self.scale_px

    def _coverage(self, distance: Plane) -> Plane:
        return np.clip(0.5 - distance * self.scale_px, 0.0, 1.0)

    def ellipse(self, centre: Point, half_width: Length, half_height: Length) -> Plane:
        """Return the coverage of an upright ellipse."""
        x = (self.x - centre[0]) / half_width
        y = (self.y - centre[1]) / half_height
        return self._coverage((np.sqrt(x * x + y * y) - 1.0) * np.minimum(half_width, half_height))

    def limb(self, start: Point, end: Point, radius: Length, end_radius: Length) -> Plane:
        """Return the coverage of a rounded stroke between two points; its radius changes evenly."""
        along_x, along_y = end[0] - start[0], end[1] - start[1]
        x, y = self.x - start[0], self.y - start[1]
        fraction = (x * along_x + y * along_y) / (along_x * along_x + along_y * along_y)
        fraction = np.clip(fraction, 0.0, 1.0)
        x, y = x - fraction * along_x, y - fraction * along_y
        return self._coverage(np.sqrt(x * x + y * y) - radius - fraction * (end_radius - radius))

    def polygon(self, *corners: Point) -> Plane:
        """Return the coverage of a convex polygon, whose corners go clockwise on the screen."""
        distance: Plane | None = None
        for (x0, y0), (x1, y1) in zip(corners, corners[1:] + corners[:1], strict=True):
            along_x, along_y = x1 - x0, y1 - y0
            length = np.sqrt(along_x * along_x + along_y * along_y)
            side = (self.x - x0) * (along_y / length) - (self.y - y0) * (along_x / length)
            distance = side if distance is None else np.maximum(distance, side)
        assert distance is not None
        return self._coverage(distance)


@dataclass
class Canvas:
    """An unfinished picture: colours in 0 … 255, and which pixels the object covers.

    Attributes
    ----------
    colours : float64 array, shape (3, n, height, width)
    silhouette : float64 array, shape (n, height, width)
        Coverage of all that was painted with ``solid=True``.
    """

    colours: Plane
    silhouette: Plane = field(init=False)

    def __post_init__(self) -> None:
        self.silhouette = np.zeros(self.colours.shape[1:])

    def paint(self, coverage: Plane, colour: Plane, *, solid: bool = True) -> None:
        """Paint a colour, shape (3, n, 1, 1) or (3, n, height, width), over the picture."""
        self.colours += coverage * (colour - self.colours)
        if solid:
            np.maximum(self.silhouette, coverage, out=self.silhouette)


def blend(first: Plane, second: Plane, amount: Length) -> Plane:
    """Return the first colour where the amount is 0, the second where it is 1, a mix between."""
    return first + amount * (second - first)
