"""Each class has a size, a place to stand, scenes where it is often met, and a way to be drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from data.builtin.animals import bird, cow, fish, horse, zebra
from data.builtin.drawing import Canvas, Frame
from data.builtin.draws import Draws
from data.builtin.plants import mushroom, tree
from data.builtin.vehicles import car, sailboat, truck


@dataclass(frozen=True)
class Kind:
    """What a class looks like.

    Attributes
    ----------
    draw : callable
        Paints one object into each image of a batch.
    favourites : dict
        Scenes that come more often than the others, see `scene`.
    scale_px : (float, float)
        Least and greatest half-width of the object.
    foot : float or None
        Height, in units of the scale, at which it touches the ground; None if it floats or flies.
    mirrored : bool
        Half of them face left and half right.
    """

    draw: Callable[[Draws, Frame, Canvas], None]
    favourites: dict[str, float]
    scale_px: tuple[float, float] = (10.0, 15.0)
    foot: float | None = 0.72
    mirrored: bool = True


KINDS = {
    "bird": Kind(bird, {"woods": 5, "dusk": 3}, scale_px=(8.5, 14.5), foot=None),
    "car": Kind(car, {"street": 6}, scale_px=(9.0, 15.0), foot=0.5),
    "cow": Kind(cow, {"meadow": 6}),
    "fish": Kind(fish, {"deep": 8}, scale_px=(9.0, 15.0), foot=None),
    "horse": Kind(horse, {"meadow": 3, "dusk": 4}),
    "mushroom": Kind(mushroom, {"woods": 6}, foot=0.8, mirrored=False),
    "sailboat": Kind(sailboat, {"sea": 7}),
    "tree": Kind(tree, {"snow": 3, "meadow": 3, "savanna": 2}, foot=0.95, mirrored=False),
    "truck": Kind(truck, {"street": 2, "snow": 4}, scale_px=(9.0, 15.0), foot=0.52),
    "zebra": Kind(zebra, {"savanna": 7}),
}
