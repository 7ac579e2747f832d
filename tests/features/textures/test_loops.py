from __future__ import annotations

import numpy as np

from features.extraction.compiled import compiled
from features.textures.loops import binary_codes, code_counts, matrix_properties, pair_counts


def test_binary_codes_machine_code_does_what_its_python_does() -> None:
    rng = np.random.default_rng(0)
    padded = np.zeros((2, 9, 8))
    padded[:, 2:7, 2:6] = rng.integers(0, 4, (2, 5, 4))
    corners = np.array([[2, 3], [0, 1], [3, 2]])
    down = np.array([[0.0], [0.3], [0.0]]).repeat(5, axis=1)
    across = np.array([[0.0], [0.7], [0.5]]).repeat(4, axis=1)
    machine, python = np.zeros((2, 2, 5, 4), np.uint32)
    compiled(binary_codes)(padded, corners, down, across, 2, np.empty(4), machine)
    binary_codes(padded, corners, down, across, 2, np.empty(4), python)
    np.testing.assert_array_equal(machine, python)
    assert len(np.unique(machine)) > 5


def test_code_counts_machine_code_does_what_its_python_does() -> None:
    codes = np.random.default_rng(0).integers(0, 6, (2, 4, 5)).astype(np.uint32)
    table, boxes = np.array([0, 1, 2, 2, 1, 0], np.int32), np.array([[0, 4, 0, 5], [1, 3, 2, 5]])
    machine, python = np.zeros((2, 2, 2, 3), np.int32)
    compiled(code_counts)(codes, table, boxes, machine)
    code_counts(codes, table, boxes, python)
    np.testing.assert_array_equal(machine, python)
    assert machine.sum(axis=2).tolist() == [[20, 6], [20, 6]]


def test_pair_counts_machine_code_does_what_its_python_does() -> None:
    levels = np.random.default_rng(0).integers(0, 3, (2, 6, 5), dtype=np.uint8)
    box, offsets = np.array([1, 6, 0, 4]), np.array([[0, 1], [2, -1], [-1, -3], [9, 0]])
    machine, python = np.zeros((2, 2, 4, 3, 3), np.int32)
    compiled(pair_counts)(levels, box, offsets, machine)
    pair_counts(levels, box, offsets, python)
    np.testing.assert_array_equal(machine, python)
    assert machine.sum(axis=(2, 3)).tolist() == [[15, 9, 4, 0]] * 2


def test_matrix_properties_machine_code_does_what_its_python_does() -> None:
    counts = np.random.default_rng(0).integers(0, 3, (4, 5, 5)).astype(np.int32)
    counts[0] = 0
    machine, python = np.ones((2, 4, 10))
    compiled(matrix_properties)(counts, machine)
    matrix_properties(counts, python)
    np.testing.assert_allclose(machine, python, rtol=1e-12)
    assert machine[0].tolist() == [0, 0, 0, 0, 0, 1, 0, 0, 0, 0]
