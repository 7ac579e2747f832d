"""The compiled inner loops of pixels and colours; compiled by `features.extraction.compiled`.

The functions are plain Python as well, which is how the tests know what they should compute.
They find the bin of a pixel in single precision. Where that may be wrong, because the value is
near the edge of a bin, they take the steps of `skimage.color` in double precision.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

Flat = npt.NDArray[np.uint8]
Joint = npt.NDArray[np.uint32]
Vectors = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]


def byte_shares(flat: Flat, shares: Vectors) -> None:
    """Write each byte (n,) as a share of 255, into (n,).

    NumPy converts some thousand bytes to a place aside and divides them from there; this does
    both at once.
    """
    for i in range(len(flat)):
        shares[i] = np.float32(flat[i]) / np.float32(255)


def byte_bins(flat: Flat, n_channels: int, bins: int, joint: Joint) -> None:
    """Write the joint bin of each pixel: bin i holds the bytes with floor(v · bins / 256) = i.

    Parameters
    ----------
    flat : (n · n_channels,)
        Pixels, of one or three channels.
    n_channels, bins : int
    joint : (n,), overwritten
    """
    step, shift = np.uint32(bins), np.uint32(8)
    if n_channels == 3:
        for i in range(len(joint)):
            first = (np.uint32(flat[3 * i]) * step) >> shift
            second = (np.uint32(flat[3 * i + 1]) * step) >> shift
            third = (np.uint32(flat[3 * i + 2]) * step) >> shift
            joint[i] = np.uint32(np.uint32(first * step + second) * step + third)
    else:
        for i in range(len(joint)):
            joint[i] = (np.uint32(flat[i]) * step) >> shift


def hsv_bins(
    flat: Flat,
    unit: Doubles,
    value_bins: npt.NDArray[np.uint8],
    saturation_bins: npt.NDArray[np.uint8],
    hues: Vectors,
    turn: np.float32,
    edges: Doubles,
    margin: np.float32,
    room: npt.NDArray[np.int32],
    joint: Joint,
) -> None:
    """Write the joint bin of hue, saturation and value of each pixel.

    Parameters
    ----------
    flat : (3n,)
        Pixels.
    unit : (256,)
        Each byte as a share of one.
    value_bins : (256,)
        The bin of each largest byte.
    saturation_bins : (65536,)
        The bin of each largest byte, times 256, plus the smallest.
    hues, turn : (4,) and float32
        Hue, in bins, is the entry of `hues` for red, green, blue, or red where green is below
        blue, plus a difference of bytes times `turn`, by the largest difference.
    edges : (bins + 1,)
        Of the bins of hue.
    margin : float32
        So near an edge, in bins, hue is taken again in double precision.
    room : (2, n_at_once)
        Overwritten.
    joint : (n,), overwritten
    """
    bins, top = np.uint32(len(edges) - 1), np.int32(len(edges) - 2)
    lowest, highest = np.int32(0), np.float32(1) - margin
    of_red, of_green, of_blue, below_blue = hues[0], hues[1], hues[2], hues[3]
    size = room.shape[1]
    levels, extremes = room[0], room[1]
    for first in range(0, len(joint), size):
        count = min(size, len(joint) - first)
        pixels, out = flat[3 * first : 3 * (first + count)], joint[first : first + count]
        # Without any table, this loop is one of vectors.
        for i in range(count):
            red = np.int32(pixels[3 * i])
            green = np.int32(pixels[3 * i + 1])
            blue = np.int32(pixels[3 * i + 2])
            largest = max(max(red, green), blue)
            smallest = min(min(red, green), blue)
            spread = np.int32(largest - smallest)
            difference = blue - red if green == largest else green - blue
            difference = red - green if blue == largest else difference
            hue = of_red if difference >= 0 else below_blue
            hue = of_green if green == largest else hue
            hue = of_blue if blue == largest else hue
            # A grey has hue 0 exactly.
            hue = hue if spread > 0 else of_red
            position = hue + np.float32(difference) * (turn / np.float32(max(spread, np.int32(1))))
            level = max(min(np.int32(position), top), lowest)
            beyond = position - np.float32(level)
            near = ((beyond < margin) & (level > 0)) | ((beyond > highest) & (level < top))
            near &= spread > 0
            levels[i] = np.int32(~level) if near else level
            extremes[i] = largest * 256 + smallest
        for i in range(count):
            extreme, level = np.uint32(extremes[i]), levels[i]
            largest_byte, smallest_byte = extreme >> np.uint32(8), extreme & np.uint32(255)
            if level < 0:
                level = np.int32(~level)
                r, g, b = unit[pixels[3 * i]], unit[pixels[3 * i + 1]], unit[pixels[3 * i + 2]]
                apart = unit[largest_byte] - unit[smallest_byte]
                turns = (g - b) / apart
                if pixels[3 * i + 2] == largest_byte:
                    turns = 4.0 + (r - g) / apart
                elif pixels[3 * i + 1] == largest_byte:
                    turns = 2.0 + (b - r) / apart
                turns = (turns / 6.0) % 1.0
                while level > 0 and turns < edges[level]:
                    level -= np.int32(1)
                while level < top and turns >= edges[level + 1]:
                    level += np.int32(1)
            two = np.uint32(np.uint32(level) * bins + np.uint32(saturation_bins[extreme]))
            out[i] = np.uint32(two * bins + np.uint32(value_bins[largest_byte]))


def lab_bins(
    flat: Flat,
    shares: Vectors,
    responses: Vectors,
    scales: Vectors,
    linear: Doubles,
    weights: Doubles,
    edges: Doubles,
    room: Vectors,
    joint: Joint,
) -> None:
    """Write the joint bin of L*, a* and b* of each pixel.

    Parameters
    ----------
    flat : (3n,)
        Pixels.
    shares : (9, 256)
        What each byte of red, green and blue adds to X, to Y and to Z, each as a share of white
        times the number of steps in `responses`.
    responses : (n_steps + 1, 2)
        The response to a share in each step, as a line: where it starts, and how steep it is.
    scales : (3, 3)
        For L, a and b: factor and summand that make bins of them, and how near to an edge, in
        bins, they are taken again in double precision.
    linear : (256,)
        Each byte as linear light.
    weights : (3, 4)
        Of red, green and blue in X, Y and Z, and those of white.
    edges : (3, bins + 1)
        Of the bins.
    room : (3, n_at_once)
        Overwritten.
    joint : (n,), overwritten
    """
    n_bins, top = np.int32(edges.shape[1] - 1), np.int32(edges.shape[1] - 2)
    lowest, one, doubt = np.int32(0), np.float32(1), np.uint32(1 << 31)
    l_factor, l_start, l_near = scales[0, 0], scales[0, 1], scales[0, 2]
    a_factor, a_start, a_near = scales[1, 0], scales[1, 1], scales[1, 2]
    b_factor, b_start, b_near = scales[2, 0], scales[2, 1], scales[2, 2]
    l_far, a_far, b_far = one - l_near, one - a_near, one - b_near
    size = room.shape[1]
    of_x, of_y, of_z = room[0], room[1], room[2]
    for first in range(0, len(joint), size):
        count = min(size, len(joint) - first)
        pixels, out = flat[3 * first : 3 * (first + count)], joint[first : first + count]
        for i in range(count):
            red, green, blue = pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]
            x = shares[0, red] + shares[1, green] + shares[2, blue]
            y = shares[3, red] + shares[4, green] + shares[5, blue]
            z = shares[6, red] + shares[7, green] + shares[8, blue]
            x_step, y_step, z_step = np.uint32(x), np.uint32(y), np.uint32(z)
            of_x[i] = responses[x_step, 0] + responses[x_step, 1] * x
            of_y[i] = responses[y_step, 0] + responses[y_step, 1] * y
            of_z[i] = responses[z_step, 0] + responses[z_step, 1] * z
        # Without any table, this loop is one of vectors.
        for i in range(count):
            x, y, z = of_x[i], of_y[i], of_z[i]
            at_l = y * l_factor + l_start
            at_a = (x - y) * a_factor + a_start
            at_b = (y - z) * b_factor + b_start
            in_l = max(min(np.int32(at_l), top), lowest)
            in_a = max(min(np.int32(at_a), top), lowest)
            in_b = max(min(np.int32(at_b), top), lowest)
            at_l -= np.float32(in_l)
            at_a -= np.float32(in_a)
            at_b -= np.float32(in_b)
            # A value beyond the first or the last edge counts in the first or the last bin.
            near = ((at_l < l_near) & (in_l > 0)) | ((at_l > l_far) & (in_l < top))
            near |= ((at_a < a_near) & (in_a > 0)) | ((at_a > a_far) & (in_a < top))
            near |= ((at_b < b_near) & (in_b > 0)) | ((at_b > b_far) & (in_b < top))
            code = np.uint32((in_l * n_bins + in_a) * n_bins + in_b)
            out[i] = doubt if near else code
        for i in range(count):
            if out[i] != doubt:
                continue
            red, green, blue = pixels[3 * i], pixels[3 * i + 1], pixels[3 * i + 2]
            place, middle = lowest, 0.0
            for channel in range(3):
                # L is of Y, a of X and Y, and b of Y and Z.
                k = 1 - channel if channel < 2 else 2
                share = linear[red] * weights[k, 0] + linear[green] * weights[k, 1]
                share = (share + linear[blue] * weights[k, 2]) / weights[k, 3]
                response = share ** (1 / 3) if share > 0.008856 else 7.787 * share + 16.0 / 116.0
                if channel == 0:
                    middle, value = response, 116.0 * response - 16.0
                elif channel == 1:
                    value = 500.0 * (response - middle)
                else:
                    value = 200.0 * (middle - response)
                level = lowest
                while level < top and value >= edges[channel, level + 1]:
                    level += np.int32(1)
                place = np.int32(place * n_bins + level)
            out[i] = np.uint32(place)


def bin_shares(
    joint: npt.NDArray[np.uint32],
    boxes: npt.NDArray[np.int64],
    room: npt.NDArray[np.int32],
    shares: Vectors,
) -> None:
    """Write how much of each box lies in each bin.

    Parameters
    ----------
    joint : (n, height, width)
        The bin of each pixel.
    boxes : (n_boxes, 4), each top, bottom, left and right
    room : (2, n_bins), zero before and after
    shares : (n, n_boxes, n_bins), overwritten
    """
    # Two histograms take turns: to add to the place that was just written takes a while.
    evens, odds = room[0], room[1]
    none = np.int32(0)
    for image in range(len(joint)):
        for box in range(len(boxes)):
            top, bottom, left, right = boxes[box]
            pairs = (right - left) // 2
            for row in range(top, bottom):
                pixels = joint[image, row, left:right]
                for pair in range(pairs):
                    evens[pixels[2 * pair]] += 1
                    odds[pixels[2 * pair + 1]] += 1
                for last in range(2 * pairs, len(pixels)):
                    evens[pixels[last]] += 1
            out = shares[image, box]
            area = np.float32((bottom - top) * (right - left))
            for i in range(len(out)):
                out[i] = np.float32(evens[i] + odds[i]) / area
                evens[i] = none
                odds[i] = none


EXACT = (byte_shares, byte_bins, hsv_bins, lab_bins, bin_shares)
"""Those in which no sum may be taken in another order."""


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""

    def array(kind: Any, n_axes: int, *, read_only: bool = False) -> Any:
        return types.Array(kind, n_axes, "C", readonly=read_only)

    size, number, double = types.int64, types.float32, types.float64
    flat, joint = array(types.uint8, 1, read_only=True), array(types.uint32, 1)
    table = array(types.uint8, 1)
    numbers, doubles = array(number, 1), array(double, 1)
    return {
        byte_shares: (flat, numbers),
        byte_bins: (flat, size, size, joint),
        hsv_bins: (
            flat,
            doubles,
            table,
            table,
            numbers,
            number,
            doubles,
            number,
            array(types.int32, 2),
            joint,
        ),
        lab_bins: (
            flat,
            array(number, 2),
            array(number, 2),
            array(number, 2),
            doubles,
            array(double, 2),
            array(double, 2),
            array(number, 2),
            joint,
        ),
        bin_shares: (
            array(types.uint32, 3),
            array(size, 2),
            array(types.int32, 2),
            array(number, 3),
        ),
    }
