from __future__ import annotations

import mmap
from pathlib import Path

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from models.tiles import tiled_matrix
from models.tiles.tiled_matrix import TiledMatrix

SIZES = [1, 7, 8, 9, 30]


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tiled_matrix, "SIDE", 8)


def _made(n: int) -> tuple[TiledMatrix, np.ndarray]:
    panels = np.random.default_rng(n).standard_normal((3, n, 5))
    matrix = TiledMatrix(n, np.dtype(np.float64))
    for panel in panels:
        matrix.add_product(panel)
    matrix.add_to_diagonal(0.5)
    return matrix, sum(p @ p.T for p in panels) + 0.5 * np.eye(n)


@pytest.mark.parametrize("n", SIZES)
def test_tiles_hold_the_sum_of_products(n: int) -> None:
    matrix, whole = _made(n)
    assert_allclose(matrix.whole(), whole, rtol=1e-12, atol=1e-12)
    right = np.random.default_rng(0).standard_normal((n, 2))
    assert_allclose(matrix.product(right), whole @ right, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("n", SIZES)
def test_solution_is_numpys(n: int) -> None:
    matrix, whole = _made(n)
    right = np.random.default_rng(1).standard_normal((n, 3))
    solved = matrix.factorize().solve(right)
    assert_allclose(solved, np.linalg.solve(whole, right), rtol=1e-9, atol=1e-10)


def test_zeros_and_differences() -> None:
    matrix, whole = _made(20)
    where = np.arange(20) % 3 == 0
    whole[where] = 0
    whole[:, where] = 0
    assert_allclose(matrix.with_zeros(where).whole(), whole)
    assert_array_equal(matrix.without(matrix).whole(), 0)


def test_a_matrix_that_is_not_positive_definite_is_refused() -> None:
    matrix, _ = _made(20)
    matrix.add_to_diagonal(-1e3)
    with pytest.raises(np.linalg.LinAlgError):
        matrix.factorize()


def test_threads_make_no_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    found = []
    for n_threads in (1, 3):
        monkeypatch.setattr(joblib, "cpu_count", lambda n=n_threads: n)
        matrix = _made(30)[0]
        found.append(matrix.factorize().solve(np.ones((30, 1))))
    assert_array_equal(found[0], found[1])


@pytest.mark.skipif(
    not Path("/proc/self/statm").exists(), reason="what is in memory is read from /proc"
)
def test_the_memory_of_a_large_matrix_goes_back_to_the_system() -> None:
    """Also where something small was made after it, which is still held."""

    def resident() -> int:
        return int(Path("/proc/self/statm").read_text().split()[1]) * mmap.PAGESIZE

    np.ones(1 << 21)  # What was let go of once is afterwards taken from a heap by the C library.
    before = resident()
    matrix = TiledMatrix(12288, np.dtype(np.float32), 1024)
    matrix.add_to_diagonal(1.0)
    for tile in matrix.tiles.values():
        tile += 1
    held, still_here = resident() - before, np.ones(1 << 19)
    del matrix, tile
    assert held > 200e6
    assert resident() - before < 0.6 * held
    assert still_here.size
