"""Images come in many shapes and ranges; what is unambiguous is converted, the rest is refused."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from data.errors import DataError
from data.keeping.room import Room
from data.keeping.row_sets import blocks_of
from data.pixels.resizing import Fit, resized_batch

Channels = Literal["first", "last"] | None
ValueRange = tuple[float, float] | None

_CHANNELS = (1, 3)
_BLOCK = 1 << 22
# The brightest pixel of all images is rarely darker; sets with other ranges, as 0 … 16, are.
_BRIGHT = 128


class TwoReadingsError(DataError):
    """Images can be read in two ways, and an argument that the message names settles it."""


@dataclass(frozen=True)
class Reading:
    """How pixels are to be read, as far as a caller has said it.

    `channels` says where the channels are, `value_range` which values are black and white, and
    `image_size` to which (height, width) images are brought, and `fit` how.
    """

    channels: Channels = None
    value_range: ValueRange = None
    image_size: tuple[int, int] | None = None
    fit: Fit = "stretch"


def channels_last(images: NDArray[Any], field: str, channels: Channels) -> NDArray[Any]:
    """Return images as (n, height, width, channels), a view of what is given.

    Raises
    ------
    DataError
        If the shape is not that of images, or fits two readings and `channels` does not decide.

    Examples
    --------
    >>> channels_last(np.zeros((5, 3, 32, 32)), "images", None).shape
    (5, 32, 32, 3)
    >>> channels_last(np.zeros((5, 28, 28)), "images", None).shape
    (5, 28, 28, 1)
    """
    shape = images.shape
    if images.ndim == 3:
        if shape[2] in _CHANNELS:
            raise DataError(
                f"{field} of shape {shape} may be {shape[0]} grey images of width {shape[2]}, or "
                "one image; give images[..., None] for grey images, images[None] for one"
            )
        return images[..., None]
    if images.ndim != 4:
        flat = "; flat pixels need reshape(-1, height, width, channels)" if images.ndim == 2 else ""
        raise DataError(
            f"{field} must have shape (n, height, width), (n, height, width, 1 or 3) or (n, "
            f"1 or 3, height, width), got {shape}{flat}"
        )
    first, last = shape[1] in _CHANNELS, shape[3] in _CHANNELS
    if channels is None and first and last:
        raise TwoReadingsError(
            f"{field} of shape {shape} may have its channels first or last; say which with "
            'channels="first" or channels="last"'
        )
    if (channels == "first" and not first) or (channels == "last" and not last):
        raise DataError(f"{field} of shape {shape} has not 1 or 3 channels {channels}")
    if first and channels != "last":
        return images.transpose(0, 2, 3, 1)
    if not last:
        hint = "; take the colours alone, images[..., :3]" if shape[3] == 4 else ""
        hint = "; take the colours alone, images[:, :3]" if shape[1] == 4 else hint
        raise DataError(
            f"{field} must have 1 or 3 channels, first or last, got shape {shape}{hint}"
        )
    return images


def common_range(
    fields: Sequence[tuple[str, NDArray[Any]]], given: ValueRange
) -> tuple[float, float] | None:
    """Return which values are black and white in all these arrays; None if they are 0 … 255 bytes.

    Raises
    ------
    DataError
        If the values fit two readings, and none is given; or do not lie in the range given.
    """
    kinds = {_kind(name, array): f"{array.dtype} in {name}" for name, array in fields}
    if len(kinds) > 1:
        found = ", ".join(kinds.values())
        raise DataError(f"all images must be of one kind of number, got {found}")
    (kind,) = kinds
    if given is not None:
        low, high = _checked_range(given)
        for name, array in fields:
            _check_inside(name, array, low, high)
        return low, high
    if kind == "bool":
        return 0.0, 1.0
    if all(array.dtype == np.uint8 for _, array in fields):
        return None
    ends = [_ends(name, array) for name, array in fields]
    low, high = min(end[0] for end in ends), max(end[1] for end in ends)
    names = " and ".join(name for name, _ in fields[:2])
    if low < 0:
        raise TwoReadingsError(
            f"{names} hold values from {low:g} to {high:g}; say which are black and white, as in "
            "value_range=(-1, 1); undo a standardisation first"
        )
    if kind == "float" and high <= 1:
        return 0.0, 1.0
    if high > 255:
        raise TwoReadingsError(
            f"{names} hold values up to {high:g}; say which are black and white, as in "
            "value_range=(0, 65535)"
        )
    if 0 < high < _BRIGHT:
        top = "1" if high < 2 else f"{high:g}"
        raise TwoReadingsError(
            f"{names} hold values up to {high:g}, which fits two ranges; say which with "
            f"value_range=(0, {top}) or value_range=(0, 255)"
        )
    return 0.0, 255.0


def as_bytes(images: NDArray[Any], ends: tuple[float, float] | None) -> NDArray[np.uint8]:
    """Return images as uint8; `ends` become 0 and 255, what lies between is rounded.

    Examples
    --------
    >>> as_bytes(np.array([0.0, 0.5, 1.0]).reshape(1, 1, 3, 1), (0.0, 1.0)).ravel()
    array([  0, 128, 255], dtype=uint8)
    """
    if ends is None or (ends == (0.0, 255.0) and images.dtype == np.uint8):
        return images if images.dtype == np.uint8 else images.astype(np.uint8)
    low, high = ends
    out = Room(images.shape)
    step = max(1, _BLOCK // max(1, images[:1].size))
    for start in range(0, len(images), step):
        block = images[start : start + step].astype(np.float64)
        # Exact for k / 255 in float32, as people's own divisions leave it.
        out[start : start + step] = np.floor((block - low) * (255.0 / (high - low)) + 0.5)
    return out.array()


def to_size(
    images: NDArray[np.uint8], size: tuple[int, int] | None, fit: Fit = "stretch"
) -> NDArray[np.uint8]:
    """Return images (n, height, width, channels) at a size; without one, as they are."""
    if size is None or images.shape[1:3] == size:
        return images
    return resized_batch(images, size, fit)


def _kind(name: str, array: NDArray[Any]) -> str:
    kinds = {"b": "bool", "u": "integer", "i": "integer", "f": "float"}
    if array.dtype.kind not in kinds:
        raise DataError(f"{name} must be numbers, got {array.dtype}")
    if not array.size:
        raise DataError(f"{name} must not be empty, got shape {array.shape}")
    return kinds[array.dtype.kind]


def _checked_range(given: object) -> tuple[float, float]:
    try:
        low, high = (float(end) for end in given)  # type: ignore[attr-defined]
    except (TypeError, ValueError):
        low = high = 0.0
    if not (np.isfinite([low, high]).all() and low < high):
        raise DataError(f"value_range must be (black, white), as (0, 1), got {given!r}")
    return low, high


def _ends(name: str, array: NDArray[Any]) -> tuple[float, float]:
    low, high = float(array.min()), float(array.max())
    if not np.isfinite([low, high]).all():
        at = _first_infinite(array)
        raise DataError(f"{name}{list(at)} is {array[at]}; images must be finite")
    return low, high


def _first_infinite(array: NDArray[Any]) -> tuple[int, ...]:
    for block in blocks_of(array):
        if len(found := np.argwhere(~np.isfinite(array[block]))):
            first, *inner = map(int, found[0])
            return block.start + first, *inner
    raise AssertionError("all are finite")


def _check_inside(name: str, array: NDArray[Any], low: float, high: float) -> None:
    least, most = _ends(name, array)
    if least < low or most > high:
        raise DataError(
            f"{name} hold values from {least:g} to {most:g}, outside value_range "
            f"({low:g}, {high:g})"
        )
