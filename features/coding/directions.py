"""Codes of projections on words, summed over spans of descriptors."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from features.coding.blocks import BLOCK, array_types, begin, rooms
from features.coding.products import multiply

Vectors = npt.NDArray[np.float32]
Spans = npt.NDArray[np.int64]

_GUESSES = 8


def two_sided_sums(
    vectors: Vectors,
    offset: Vectors,
    panels: Vectors,
    threshold: np.float32,
    spans: Spans,
    sums: Vectors,
) -> None:
    """Add the two-sided codes of each span: max(0, v - t), and in the second half max(0, -v - t).

    Parameters
    ----------
    vectors : (n, d)
    offset : (d,), taken off them
    panels : of a matrix (d, k), whose products with the vectors are v
    threshold : t
    spans : (n_spans, 2), each first row and the one after the last
    sums : (n_spans, 2k), added to
    """
    zero = np.float32(0)
    n_words = sums.shape[1] // 2
    none = panels[:0]
    given, _, tile = rooms(vectors, none, panels)
    for start in range(0, len(vectors), BLOCK):
        count = begin(vectors, start, offset, none, given, given)
        multiply(given, count, panels, tile)
        for span in range(len(spans)):
            above = sums[span, :n_words]
            below = sums[span, n_words:]
            for row in range(max(spans[span, 0] - start, 0), min(spans[span, 1] - start, count)):
                for word in range(n_words):
                    value = tile[row, word]
                    above[word] += max(value - threshold, zero)
                    below[word] += max(-value - threshold, zero)


def nearest_sums(
    vectors: Vectors,
    offset: Vectors,
    panels: Vectors,
    n_marked: int,
    quantile: np.float32,
    spans: Spans,
    sums: Vectors,
) -> None:
    """Add a mark for each of the largest projections and, in the second half, of the smallest.

    Parameters
    ----------
    vectors, offset, panels, spans, sums
        As of `two_sided_sums`.
    n_marked : int
        How many of the largest and how many of the smallest, less than k.
    quantile : float32
        What so large a share of normal values exceeds: where the search begins.
    """
    zero, one = np.float32(0), np.float32(1)
    n_words = sums.shape[1] // 2
    none = panels[:0]
    given, _, tile = rooms(vectors, none, panels)
    highest, lowest = np.zeros(BLOCK, np.float32), np.zeros(BLOCK, np.float32)
    for start in range(0, len(vectors), BLOCK):
        count = begin(vectors, start, offset, none, given, given)
        multiply(given, count, panels, tile)
        for row in range(count):
            values = tile[row, :n_words]
            mean, reach = middle(values)
            highest[row] = least_of_largest(values, one, mean, reach, n_marked, quantile)
            lowest[row] = -least_of_largest(values, -one, -mean, reach, n_marked, quantile)
        for span in range(len(spans)):
            above = sums[span, :n_words]
            below = sums[span, n_words:]
            for row in range(max(spans[span, 0] - start, 0), min(spans[span, 1] - start, count)):
                for word in range(n_words):
                    value = tile[row, word]
                    above[word] += one if value >= highest[row] else zero
                    below[word] += one if value <= lowest[row] else zero


def middle(values: Vectors) -> tuple[np.float32, np.float32]:
    """Return the mean of values, and the root of the sum of their squared differences from it."""
    total, squares = np.float32(0), np.float32(0)
    for i in range(len(values)):
        total += values[i]
    mean = np.float32(total / np.float32(len(values)))
    for i in range(len(values)):
        squares += (values[i] - mean) * (values[i] - mean)
    return mean, np.sqrt(squares)


def least_of_largest(
    values: Vectors,
    sign: np.float32,
    mean: np.float32,
    reach: np.float32,
    n_marked: int,
    quantile: np.float32,
) -> np.float32:
    """Return a number that `n_marked` of the values, times the sign, reach; with equal ones, more.

    Nothing is sorted: values are counted that reach a guess. The first guess is that of a normal
    distribution, and the next ones follow from the count. Most often four or five are enough. After
    eight, an interval is halved until it holds one number.

    Parameters
    ----------
    values : (k,)
    sign : 1 or -1
    mean, reach
        As `middle` returns them; the mean times the sign.
    n_marked : int
        From 1 to k - 1.
    quantile : float32
        What so large a share of normal values exceeds.
    """
    zero, half, one = np.float32(0), np.float32(0.5), np.float32(1)
    n_values, wanted = np.float32(len(values)), np.float32(n_marked)
    # No value is farther from the mean than the root of all squares. So all values reach `low`,
    # which are too many, and none reaches `high`.
    reach = reach * np.float32(1.001) + abs(mean) * np.float32(1e-6)
    low, high, n_low, n_high = mean - reach, mean + reach, n_values, zero
    spread = reach / np.sqrt(n_values)
    guess = mean + quantile * spread
    # How far the guess moves for each value too many, where the normal density is.
    slope = spread / (n_values * np.float32(0.4) * np.exp(-half * quantile * quantile))
    n_guesses = 0
    while True:
        if n_guesses >= _GUESSES:
            guess = low + half * (high - low)
        elif n_low - n_high < n_values / 4 or not low < guess < high:
            guess = low + (high - low) * ((n_low - wanted) / (n_low - n_high))
        if not low < guess < high:
            guess = low + half * (high - low)
        if not low < guess < high:
            return np.float32(low)
        reached = zero
        for i in range(len(values)):
            reached += one if sign * values[i] >= guess else zero
        if reached == wanted:
            return np.float32(guess)
        if reached > wanted:
            low, n_low = guess, reached
        else:
            high, n_high = guess, reached
        guess += (reached - wanted) * slope
        n_guesses += 1


HELPERS = (middle, least_of_largest)


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    one, two, three = array_types(types)
    spans, sums = types.Array(types.int64, 2, "C"), types.Array(types.float32, 2, "C")
    number = types.float32
    return {
        two_sided_sums: (two, one, three, number, spans, sums),
        nearest_sums: (two, one, three, types.int64, number, spans, sums),
    }
