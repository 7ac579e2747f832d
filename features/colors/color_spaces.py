"""Colour spaces: one entry says everything about each, for the histograms and their pictures.

To add a colour space, add an entry to `COLOR_SPACES`. The conversions here give the values of
`skimage.color`, channels first, and are faster: RGB to HSV bit for bit, RGB to CIE L*a*b* within
1e-9.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from features.colors.bins import Binned, bins_of_bytes, bins_of_hsv, bins_of_lab
from features.colors.shown import rgb_of_hsv, rgb_of_lab
from features.colors.values import values_of_hsv, values_of_lab

Colors = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ColorSpace:
    """Everything that histograms and pictures need to know about a colour space.

    Parameters
    ----------
    channels : tuple of str
        The names of the channels, for the names of the features.
    ranges : tuple of (low, high)
        The values that each channel can take for 8-bit sRGB; the bins divide them evenly. A
        value beyond them counts in the first or the last bin.
    to_rgb : callable
        Colours (n, n_channels) of this space as RGB (n, 3), 0 … 255. The values may lie outside:
        they are clipped. Only pictures need it.
    from_rgb : callable, optional
        Pixels, uint8 (..., 3), as float64 (n_channels, ...). None: the channels are the bytes of
        the image themselves, with the range [0, 256).
    hue : int, optional
        The channel that goes around: its last bin is a neighbour of its first one.
    bins_of : callable, optional
        A quick way to what `from_rgb` and `ranges` say: pixels, uint8 (..., n_channels), the
        number of bins in each channel and the ranges as the joint bin of each pixel,
        uint32 (...).

    Raises
    ------
    ValueError
        If the names and the ranges do not say the same number of channels, if a range is empty,
        or if the channels are bytes and a range is not [0, 256).

    Examples
    --------
    A space of one channel, the sum of red, green and blue:

    >>> from features import ColorHistogram
    >>> COLOR_SPACES["sum"] = ColorSpace(
    ...     channels=("sum",),
    ...     ranges=((0.0, 766.0),),
    ...     to_rgb=lambda colors: np.repeat(colors / 3, 3, axis=1),
    ...     from_rgb=lambda pixels: pixels.sum(axis=-1)[None].astype(float),
    ... )
    >>> images = np.full((1, 2, 2, 3), 250, dtype=np.uint8)
    >>> ColorHistogram(bins=2, color_space="sum").fit_transform(images)
    array([[0., 1.]], dtype=float32)
    >>> del COLOR_SPACES["sum"]
    """

    channels: tuple[str, ...]
    ranges: tuple[tuple[float, float], ...]
    to_rgb: Callable[[Colors], Colors]
    from_rgb: Callable[[npt.NDArray[np.uint8]], Colors] | None = None
    hue: int | None = None
    bins_of: Binned | None = None

    def __post_init__(self) -> None:
        n_channels = len(self.channels)
        if len(self.ranges) != n_channels:
            raise ValueError(f"{n_channels} channels must have as many ranges, got {self.ranges}")
        if not all(low < high for low, high in self.ranges):
            raise ValueError(f"a range must be (low, high) with low < high, got {self.ranges}")
        if self.from_rgb is None and any(each != (0, 256) for each in self.ranges):
            raise ValueError(f"without from_rgb each range must be (0, 256), got {self.ranges}")
        if self.hue is not None and not 0 <= self.hue < n_channels:
            raise ValueError(f"hue must be one of the {n_channels} channels, got {self.hue}")


def rgb_to_hsv(images: npt.NDArray[np.uint8]) -> Colors:
    """Return hue, saturation and value, each in [0, 1]: those of `skimage.color.rgb2hsv`.

    Parameters
    ----------
    images : uint8 array (..., 3)
        Pixels of 8-bit sRGB.

    Returns
    -------
    float64 array (3, ...)
        Channels first: the histograms go through them one by one.

    Examples
    --------
    >>> rgb_to_hsv(np.array([[255, 0, 0]], dtype=np.uint8)).ravel()
    array([0., 1., 1.])
    """
    return values_of_hsv(images)


def rgb_to_lab(images: npt.NDArray[np.uint8]) -> Colors:
    """Return CIE L*a*b* under D65, 2° observer: that of `skimage.color.rgb2lab` to 1e-9.

    Parameters
    ----------
    images : uint8 array (..., 3)
        sRGB.

    Returns
    -------
    float64 array (3, ...)
        L in [0, 100], a in [-86.2, 98.3], b in [-107.9, 94.5]; channels first.

    Examples
    --------
    >>> rgb_to_lab(np.array([[255, 255, 255]], dtype=np.uint8)).ravel().round(1) + 0.0
    array([100.,   0.,   0.])
    """
    return values_of_lab(images)


COLOR_SPACES: dict[str, ColorSpace] = {
    "rgb": ColorSpace(
        channels=("red", "green", "blue"),
        ranges=((0.0, 256.0), (0.0, 256.0), (0.0, 256.0)),
        to_rgb=lambda colors: colors,
        bins_of=bins_of_bytes,
    ),
    "hsv": ColorSpace(
        channels=("hue", "saturation", "value"),
        ranges=((0.0, 1.0), (0.0, 1.0), (0.0, 1.0)),
        to_rgb=rgb_of_hsv,
        from_rgb=rgb_to_hsv,
        hue=0,
        bins_of=bins_of_hsv,
    ),
    "lab": ColorSpace(
        channels=("L", "a", "b"),
        ranges=((0.0, 100.0), (-87.0, 99.0), (-108.0, 95.0)),
        to_rgb=rgb_of_lab,
        from_rgb=rgb_to_lab,
        bins_of=bins_of_lab,
    ),
}

GREY = ColorSpace(
    channels=("grey",),
    ranges=((0.0, 256.0),),
    to_rgb=lambda colors: np.repeat(colors * (255 / 256), 3, axis=1),
    bins_of=bins_of_bytes,
)
"""The space of images with one channel, whatever colour space was asked for."""
