from __future__ import annotations

import numpy as np
import pytest

from features.edges.blocks import BLOCK_LENGTHS, normalize_blocks
from features.edges.loops import block_vectors, byte_votes, cell_means
from features.extraction.compiled import compiled


@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("size", [(5, 4), (1, 3), (3, 1), (5, 600)])
def test_byte_votes_machine_code_does_what_its_python_does(
    size: tuple[int, int], channels: int
) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (2, *size, channels), dtype=np.uint8)
    table = rng.integers(0, 9, (511, 511), dtype=np.uint8)
    results = []
    for function in (compiled(byte_votes), byte_votes):
        magnitudes, bins = np.ones((2, *size), np.float32), np.ones((2, *size), np.uint8)
        function(images, table, magnitudes, bins)
        results.append((magnitudes, bins))
    np.testing.assert_array_equal(results[0][0], results[1][0])
    np.testing.assert_array_equal(results[0][1], results[1][1])
    assert (results[0][0][:, 0, 0] == 0).all()
    assert results[0][0].max() > 10


def test_cell_means_machine_code_does_what_its_python_does() -> None:
    rng = np.random.default_rng(0)
    magnitudes = rng.random((2, 7, 7)).astype(np.float32)
    bins = rng.integers(0, 3, (2, 7, 7), dtype=np.uint8)
    machine, python = np.ones((2, 2, 2, 2, 3), dtype=np.float32)
    compiled(cell_means)(magnitudes, bins, 3, 3, machine)
    cell_means(magnitudes, bins, 3, 3, python)
    np.testing.assert_allclose(machine, python)
    np.testing.assert_allclose(machine.sum() * 9, magnitudes[:, :6, :6].sum(), rtol=1e-6)


@pytest.mark.parametrize("norm", list(BLOCK_LENGTHS))
@pytest.mark.parametrize("n_bins", [1, 3, 9, 10])
def test_block_vectors_are_normalized_blocks(norm: str, n_bins: int) -> None:
    cells = np.random.default_rng(0).random((2, 3, 4, n_bins), dtype=np.float32)
    cells[0, 0] = 0
    results = []
    for function in (compiled(block_vectors), block_vectors):
        out = np.ones((2, 2, 3, 2, 2, n_bins), dtype=np.float32)
        flat = out.reshape(2, 6, 4 * n_bins)
        function(cells, np.array([2, 2]), *BLOCK_LENGTHS[norm], flat)
        results.append(flat)
    np.testing.assert_array_equal(results[0], results[1])
    blocks = np.empty_like(out)
    for i, j in ((0, 0), (0, 1), (1, 0), (1, 1)):
        blocks[:, :, :, i, j] = cells[:, i : i + 2, j : j + 3]
    expected = normalize_blocks(blocks.reshape(2, 6, -1), norm)
    np.testing.assert_allclose(results[0], expected, rtol=1e-6)
