from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from features.coding.distances import nearest
from features.coding.products import (
    COLUMNS,
    ROWS,
    band_product,
    multiply,
    panels_of,
    tile_product,
)
from features.extraction.compiled import compiled
from features.words.distances import LaidOut

RNG = np.random.default_rng(0)


@pytest.mark.parametrize(("n_values", "n_words"), [(1, 1), (5, 16), (108, 40)])
def test_products_of_panels_are_those_of_the_matrix(n_values: int, n_words: int) -> None:
    matrix = RNG.normal(size=(n_values, n_words)).astype(np.float32)
    starts = RNG.normal(size=n_words).astype(np.float32)
    panels = panels_of(matrix, starts)
    rows = RNG.normal(size=(2 * ROWS, n_values + 3)).astype(np.float32)
    out = np.full((2 * ROWS, len(panels) * COLUMNS + 5), 7, dtype=np.float32)
    multiply(rows, 2 * ROWS, panels, out)
    expected = rows[:, :n_values].astype(np.float64) @ matrix + starts
    np.testing.assert_allclose(out[:, :n_words], expected, atol=1e-4)
    assert (out[:, n_words : len(panels) * COLUMNS] == 0).all()
    assert (out[:, len(panels) * COLUMNS :] == 7).all()


def squares(vectors: npt.NDArray[np.float32], words: npt.NDArray[np.float32]) -> list[float]:
    laid_out = LaidOut(words)
    squared = np.empty(len(vectors), np.float32)
    compiled(nearest)(vectors, *laid_out.arrays, np.empty(len(vectors), np.int64), squared)
    return [float(each) for each in squared]


def test_bits_do_not_depend_on_what_is_multiplied_beside() -> None:
    vectors = RNG.normal(size=(61, 33)).astype(np.float32)
    words = RNG.normal(size=(47, 33)).astype(np.float32)
    together = squares(vectors, words)
    assert together == [each for vector in vectors for each in squares(vector[None], words)]
    assert together[7:] == squares(vectors[7:], words)


@pytest.mark.parametrize(("low", "high"), [(0, 33), (0, 1), (12, 20), (32, 33)])
def test_a_band_gives_the_bits_of_the_whole(low: int, high: int) -> None:
    rows = np.zeros((ROWS, 33), dtype=np.float32)
    rows[:, low:high] = RNG.random((ROWS, high - low))
    panels = panels_of(RNG.random((33, COLUMNS)), RNG.random(COLUMNS))
    whole, band = np.empty((2, ROWS, COLUMNS), dtype=np.float32)
    tile_product(rows, 0, panels, 0, whole)
    band_product(rows, 0, panels, 0, low, high, band)
    np.testing.assert_allclose(band, whole, rtol=1e-6)
