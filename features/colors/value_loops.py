"""The loops of colours that are shared between bins; `features.extraction.compiled` compiles them.

The functions are plain Python as well, which is how the tests know what they should compute.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Flat = npt.NDArray[np.uint8]
Vectors = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def hsv_values(flat: Flat, unit: Doubles, values: Doubles) -> None:
    """Write hue, saturation and value of each pixel, in the steps of `skimage.color.rgb2hsv`.

    Parameters
    ----------
    flat : (3n,)
        Pixels.
    unit : (256,)
        Each byte as a share of one.
    values : (3, n), overwritten
    """
    none, one = np.float64(0), np.float64(1)
    hues, saturations, brightest = values[0], values[1], values[2]
    for i in range(len(hues)):
        red, green, blue = flat[3 * i], flat[3 * i + 1], flat[3 * i + 2]
        largest = max(max(red, green), blue)
        smallest = min(min(red, green), blue)
        value, spread = unit[largest], unit[largest] - unit[smallest]
        hue, saturation = none, none
        if largest > smallest:
            saturation = spread / value
            if blue == largest:
                hue = 4.0 + (unit[red] - unit[green]) / spread
            elif green == largest:
                hue = 2.0 + (unit[blue] - unit[red]) / spread
            else:
                hue = (unit[green] - unit[blue]) / spread
            hue = hue / 6.0
            hue = hue if hue >= none else hue + one
        hues[i], saturations[i], brightest[i] = hue, saturation, value


def lab_values(
    flat: Flat, linear: Doubles, weights: Doubles, responses: Vectors, values: Doubles
) -> None:
    """Write L*, a* and b* of each pixel, within 1e-10.

    A root r of t is read off a line, and then Halley's step r · (r³ + 2t) / (2r³ + t) makes its
    error the cube of what it was, from 4e-5 of the root to 1e-13.

    Parameters
    ----------
    flat : (3n,)
        Pixels.
    linear : (256,)
        Each byte as linear light.
    weights : (3, 4)
        Of red, green and blue in X, Y and Z, and those of white.
    responses : (n_steps + 1, 2)
        The response to a share of white in each step, as a line: where it starts, and how steep
        it is.
    values : (3, n), overwritten
    """
    of_l, of_a, of_b = values[0], values[1], values[2]
    n_steps = np.float64(len(responses) - 1)
    of_xyz = np.empty(3, dtype=np.float64)
    for i in range(len(of_l)):
        red, green, blue = linear[flat[3 * i]], linear[flat[3 * i + 1]], linear[flat[3 * i + 2]]
        for k in range(3):
            share = red * weights[k, 0] + green * weights[k, 1]
            share = (share + blue * weights[k, 2]) / weights[k, 3]
            if share > 0.008856:
                step = np.uint32(share * n_steps)
                root = np.float64(responses[step, 0]) + np.float64(responses[step, 1]) * (
                    share * n_steps
                )
                cube = root * root * root
                of_xyz[k] = root * (cube + 2.0 * share) / (2.0 * cube + share)
            else:
                of_xyz[k] = 7.787 * share + 16.0 / 116.0
        of_l[i] = 116.0 * of_xyz[1] - 16.0
        of_a[i] = 500.0 * (of_xyz[0] - of_xyz[1])
        of_b[i] = 200.0 * (of_xyz[1] - of_xyz[2])


def soft_shares(
    values: Doubles,
    scales: Doubles,
    hue: int,
    bins: int,
    boxes: npt.NDArray[np.int64],
    room: Doubles,
    shares: Vectors,
) -> None:
    """Write how much of each box lies in each bin, where a pixel is shared between bins.

    In each channel the two bins with the nearest centres share it, each in proportion to how far
    the other centre is; a joint bin has the product.

    Parameters
    ----------
    values : (n_channels, n, height, width)
    scales : (n_channels, 2)
        What is taken off a value, and the factor that makes bins of the rest.
    hue : int
        The channel that goes around, or -1.
    bins : int
        In each channel.
    boxes : (n_boxes, 4), each top, bottom, left and right
    room : (n_bins,), zero before and after
    shares : (n, n_boxes, n_bins), overwritten
    """
    n_channels = len(values)
    corners = np.empty(1 << n_channels, dtype=np.int64)
    weights = np.empty(1 << n_channels, dtype=np.float64)
    zero, none, one = np.int64(0), np.float64(0), np.float64(1)
    for image in range(values.shape[1]):
        for box in range(len(boxes)):
            top, bottom, left, right = boxes[box]
            for row in range(top, bottom):
                for column in range(left, right):
                    corners[0], weights[0] = zero, one
                    for channel in range(n_channels):
                        value = values[channel, image, row, column]
                        position = (value - scales[channel, 0]) * scales[channel, 1] - 0.5
                        below = np.floor(position)
                        beyond = position - below
                        low = np.int64(below)
                        high = low + 1
                        if channel == hue:
                            low = low if 0 <= low < bins else low % bins
                            high = high if 0 <= high < bins else high % bins
                        else:
                            low = min(max(low, zero), np.int64(bins - 1))
                            high = min(max(high, zero), np.int64(bins - 1))
                        for corner in range((1 << channel) - 1, -1, -1):
                            index, weight = corners[corner] * bins, weights[corner]
                            corners[2 * corner + 1] = index + high
                            weights[2 * corner + 1] = weight * beyond
                            corners[2 * corner] = index + low
                            weights[2 * corner] = weight * (one - beyond)
                    for corner in range(len(corners)):
                        room[np.uint64(corners[corner])] += weights[corner]
            out = shares[image, box]
            area = np.float64((bottom - top) * (right - left))
            for i in range(len(out)):
                out[i] = np.float32(room[i] / area)
                room[i] = none


EXACT = (hsv_values, lab_values, soft_shares)
"""Those in which no sum may be taken in another order."""


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""

    def array(kind: Any, n_axes: int, *, read_only: bool = False) -> Any:
        return types.Array(kind, n_axes, "C", readonly=read_only)

    size, number, double = types.int64, types.float32, types.float64
    flat, doubles = array(types.uint8, 1, read_only=True), array(double, 1)
    return {
        hsv_values: (flat, doubles, array(double, 2)),
        lab_values: (flat, doubles, array(double, 2), array(number, 2), array(double, 2)),
        soft_shares: (
            array(double, 4),
            array(double, 2),
            size,
            size,
            array(size, 2),
            doubles,
            array(number, 3),
        ),
    }
