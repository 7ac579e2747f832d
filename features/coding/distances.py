"""Codes of distances from words, summed over spans of descriptors, and the nearest words.

A squared distance is ‖z‖² + (‖w‖² - 2 z·w), and the products give the parenthesis. But a small
distance between long vectors is a small difference of large sums, of which float32 keeps few digits
or none. Such a distance is taken again, from the differences of z and w.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.blocks import BLOCK, array_types, begin, rooms
from features.coding.powers_of_two import LOG2_E, power_of_two
from features.coding.products import multiply

Vectors = npt.NDArray[np.float32]
Spans = npt.NDArray[np.int64]

NEAR = np.float32(1 / 64)
"""A distance below this share of ‖z‖² is taken again: it has lost more than six of its 24 bits."""
SAME = np.float32(1e-13)
"""Float32 cannot tell vectors apart whose distance is below this share of ‖z‖²."""
# What a float32 sum of products is wrong by, as a share of what it adds up.
_ROUNDING = np.float32(2**-21)

_WORDS_PER_PART = 64
# The bits of infinity, as an integer.
_LARGEST_BITS = np.int32(0x7F800000)


def nearest(
    vectors: Vectors,
    mean: Vectors,
    whitening: Vectors,
    panels: Vectors,
    words: Vectors,
    labels: npt.NDArray[np.int64],
    squared: Vectors,
) -> None:
    """Write which word is the nearest to each vector, and the squared distance.

    Parameters
    ----------
    vectors : (n, d)
    mean : (d,), taken off them
    whitening : panels of a matrix (d, m) that makes z of them, or none
    panels : of the words: -2 w, which start from ‖w‖²
    words : (k, m)
    labels, squared : (n,), overwritten
    """
    given, z, tile = rooms(vectors, whitening, panels)
    for start in range(0, len(vectors), BLOCK):
        count = begin(vectors, start, mean, whitening, given, z)
        multiply(z, count, panels, tile)
        for row in range(count):
            label, least = nearest_of(tile[row], z[row], words)
            labels[start + row] = label
            squared[start + row] = least


def hard_sums(
    vectors: Vectors,
    mean: Vectors,
    whitening: Vectors,
    panels: Vectors,
    words: Vectors,
    spans: Spans,
    sums: Vectors,
) -> None:
    """Add how often each word was the nearest, for each span.

    Parameters
    ----------
    vectors, mean, whitening, panels, words
        As of `nearest`.
    spans : (n_spans, 2), each first row and the one after the last
    sums : (n_spans, k), added to
    """
    given, z, tile = rooms(vectors, whitening, panels)
    for start in range(0, len(vectors), BLOCK):
        count = begin(vectors, start, mean, whitening, given, z)
        multiply(z, count, panels, tile)
        for row in range(count):
            label, _ = nearest_of(tile[row], z[row], words)
            for span in range(len(spans)):
                if spans[span, 0] <= start + row < spans[span, 1]:
                    sums[span, label] += np.float32(1)


def triangle_sums(
    vectors: Vectors,
    mean: Vectors,
    whitening: Vectors,
    panels: Vectors,
    words: Vectors,
    spans: Spans,
    sums: Vectors,
) -> None:
    """Add the triangle codes of each span: max(0, mean(d) - d), where d are the distances.

    Parameters
    ----------
    vectors, mean, whitening, panels, words, spans, sums
        As of `hard_sums`.
    """
    zero = np.float32(0)
    given, z, tile = rooms(vectors, whitening, panels)
    means = np.zeros(BLOCK, np.float32)
    for start in range(0, len(vectors), BLOCK):
        count = begin(vectors, start, mean, whitening, given, z)
        multiply(z, count, panels, tile)
        for row in range(count):
            means[row] = roots(tile[row], z[row], words)
        for span in range(len(spans)):
            total = sums[span]
            for row in range(max(spans[span, 0] - start, 0), min(spans[span, 1] - start, count)):
                for word in range(len(total)):
                    value = means[row] - tile[row, word]
                    total[word] += value if value > zero else zero


def soft_sums(
    vectors: Vectors,
    mean: Vectors,
    whitening: Vectors,
    panels: Vectors,
    words: Vectors,
    bandwidth: np.float32,
    resolution: np.float32,
    spans: Spans,
    sums: Vectors,
) -> None:
    """Add the soft codes of each span: exp(-d²/2σ²), divided by the sum over all words.

    Parameters
    ----------
    vectors, mean, whitening, panels, words, spans, sums
        As of `hard_sums`.
    bandwidth : σ
    resolution : float32
        What may be wrong of -d²/2σ².
    """
    given, z, tile = rooms(vectors, whitening, panels)
    shares = np.zeros(BLOCK, np.float32)
    for start in range(0, len(vectors), BLOCK):
        count = begin(vectors, start, mean, whitening, given, z)
        multiply(z, count, panels, tile)
        for row in range(count):
            total = powers(tile[row], z[row], words, bandwidth, resolution)
            shares[row] = np.float32(1) / total
        for span in range(len(spans)):
            total = sums[span]
            for row in range(max(spans[span, 0] - start, 0), min(spans[span, 1] - start, count)):
                for word in range(len(total)):
                    total[word] += tile[row, word] * shares[row]


def nearest_of(products: Vectors, z: Vectors, words: Vectors) -> tuple[int, np.float32]:
    """Return the nearest word, the first of several, and its squared distance.

    Parameters
    ----------
    products : (at least k,), ‖w‖² - 2 z·w; overwritten where z is near a word
    z : (at least m,)
    words : (k, m)
    """
    n_words = len(words)
    length = squared_length(z, words)
    least, label = least_of(products, n_words, length)
    if least < NEAR * length:
        # Words that are so much farther stay so, whatever was lost.
        take_again(products, z, words, length, least + 8 * (least + length) * _ROUNDING)
        least, label = least_of(products, n_words, np.float32(0))
    return label, least


def roots(products: Vectors, z: Vectors, words: Vectors) -> np.float32:
    """Replace products by distances, and return the mean of these.

    Parameters
    ----------
    products, z, words
        As of `nearest_of`.
    """
    n_words = len(words)
    length = squared_length(z, words)
    total, least = np.float32(0), _LARGEST_BITS
    for word in range(n_words):
        # A distance of zero may be a little below zero after rounding.
        distance = np.float32(np.sqrt(abs(products[word] + length)))
        products[word] = distance
        total += distance
        bits = distance.view(np.int32)
        least = bits if bits < least else least
    near = np.sqrt(NEAR * length)
    if np.int32(least).view(np.float32) < near:
        for word in range(n_words):
            if products[word] < near:
                distance = np.sqrt(exactly(z, words[word], length))
                total += distance - products[word]
                products[word] = distance
    return np.float32(total / np.float32(n_words))


def powers(
    products: Vectors, z: Vectors, words: Vectors, bandwidth: np.float32, resolution: np.float32
) -> np.float32:
    """Replace products by exp(-d²/2σ²), up to a factor of the row, and return their sum.

    The least d² is taken off, so that not all of them become zero. The power of an exponent x is
    right to 3e-7 + 1e-7 |x| of itself, and zero where x is below -87. What else is wrong comes from
    the distances, which `resolution` limits.

    Parameters
    ----------
    products, z, words
        As of `nearest_of`.
    bandwidth, resolution
        As of `soft_sums`.
    """
    zero, half, one = np.float32(0), np.float32(0.5), np.float32(1)
    n_words = len(words)
    length = squared_length(z, words)
    least, _ = least_of(products, n_words, length)
    unit = bandwidth * bandwidth
    wrong = (least + length) * _ROUNDING
    if wrong > resolution * unit:
        # Words that are so much farther than the nearest have no share that float32 could hold.
        take_again(products, z, words, length, least + np.float32(80) * unit + 8 * wrong)
        length = np.float32(0)
        least, _ = least_of(products, n_words, length)
    scale = -half * LOG2_E / unit
    total = zero
    for word in range(n_words):
        part, whole = power_of_two((abs(products[word] + length) - least) * scale)
        power = part * whole
        products[word] = power
        total += power
    return total if total > zero else one


def least_of(products: Vectors, n_words: int, length: np.float32) -> tuple[np.float32, int]:
    """Return the least squared distance, and the first word that has it.

    A distance of zero may be a little below zero after rounding, so the sign is dropped.
    """
    # The bits of numbers without a sign are in the order of the numbers. The compiler finds the
    # least of several integers at once, but not of several floats, nor where it is. So one looks
    # for the part of the words that holds it first.
    least, begin = _LARGEST_BITS, 0
    for first in range(0, n_words, _WORDS_PER_PART):
        part = products[first : min(first + _WORDS_PER_PART, n_words)]
        bits = _LARGEST_BITS
        for i in range(len(part)):
            here = np.float32(abs(part[i] + length)).view(np.int32)
            bits = here if here < bits else bits
        if bits < least:
            least, begin = bits, first
    squared = np.int32(least).view(np.float32)
    label = begin
    while label < n_words - 1 and abs(products[label] + length) != squared:
        label += 1
    return squared, label


def squared_length(z: Vectors, words: Vectors) -> np.float32:
    """Return ‖z‖², of as many values as the words have."""
    total = np.float32(0)
    for i in range(words.shape[1]):
        total += z[i] * z[i]
    return total


def take_again(
    products: Vectors, z: Vectors, words: Vectors, length: np.float32, limit: np.float32
) -> None:
    """Replace products by squared distances; those below a limit are taken from differences.

    Parameters
    ----------
    products, z, words
        As of `nearest_of`.
    length : ‖z‖²
    limit : float32
    """
    for word in range(len(words)):
        squared = products[word] + length
        products[word] = exactly(z, words[word], length) if squared < limit else squared


def exactly(z: Vectors, word: Vectors, length: np.float32) -> np.float32:
    """Return a squared distance from the differences; zero where these are rounding only."""
    squared = np.float32(0)
    for i in range(len(word)):
        difference = z[i] - word[i]
        squared += difference * difference
    return squared if squared >= SAME * length else np.float32(0)


HELPERS = (least_of, squared_length, exactly, take_again, nearest_of, roots, powers)


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    one, two, three = array_types(types)
    number, count = types.float32, types.int64
    layout = (two, one, three, three, two)
    spans, sums = types.Array(count, 2, "C"), types.Array(number, 2, "C")
    return {
        nearest: (*layout, types.Array(count, 1, "C"), types.Array(number, 1, "C")),
        hard_sums: (*layout, spans, sums),
        triangle_sums: (*layout, spans, sums),
        soft_sums: (*layout, number, number, spans, sums),
    }
