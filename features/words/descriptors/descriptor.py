"""What describes an image at every position, and the descriptors that a name stands for."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

from data.parameters.rules import check, number, optional, whole
from features.words.descriptors.dense_hog import DenseHOG
from features.words.descriptors.patches import Patches

Vectors = npt.NDArray[np.float32]


class Descriptor(Protocol):
    """What describes an image at every position: patches, dense HoG, or one's own."""

    @property
    def size(self) -> int:
        """Side in pixels of the square described."""

    @property
    def stride(self) -> int:
        """Pixels from one square to the next."""

    def map_shape(self, height: int, width: int) -> tuple[int, int]:
        """Rows and columns of positions in an image."""

    def n_values(self, n_channels: int) -> int:
        """Length of each descriptor."""

    def __call__(self, images: npt.NDArray[Any]) -> Vectors:
        """Descriptors (n, rows, columns, d)."""

    def tile(self, word: Vectors, n_channels: int, zoom: int) -> npt.NDArray[np.uint8]:
        """Picture of a word (d,), `zoom` pixels for each pixel of the square described."""

    def squares(
        self, vectors: npt.NDArray[np.float64], n_channels: int
    ) -> npt.NDArray[np.float64] | None:
        """Pixels (n, size, size, channels) that descriptors (n, d) show; None if they show none."""

    @property
    def not_shown(self) -> str:
        """What these pixels do not show of the image, as a sentence's end; "" if nothing."""


def _patches(size: int, stride: int, contrast: float | None) -> Descriptor:
    return Patches(size, stride, contrast)


def _dense_hog(size: int, stride: int, contrast: float | None) -> Descriptor:
    return DenseHOG(size, stride)


DESCRIPTORS: dict[str, Callable[[int, int, float | None], Descriptor]] = {
    "patches": _patches,
    "hog": _dense_hog,
}
"""Name → the function that makes the descriptor of a patch size, a stride and a contrast."""


_RULES = {"patch_size": whole(1), "stride": whole(1), "contrast": optional(number(0))}


def make_descriptor(name: str, size: Any, stride: Any, contrast: Any) -> Descriptor:
    """Return the descriptor of a registered name; raise ValueError for impossible parameters."""
    given = check({"patch_size": size, "stride": stride, "contrast": contrast}, _RULES)
    return DESCRIPTORS[name](given["patch_size"], given["stride"], given["contrast"])
