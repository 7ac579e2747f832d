from __future__ import annotations

import numpy as np

from features.coding.members import member_sums
from features.extraction.compiled import compiled


def test_each_vector_is_added_to_its_word_in_some_columns() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 9)).astype(np.float32)
    labels = rng.integers(0, 4, 50)
    machine, python = np.zeros((2, 4, 9))
    compiled(member_sums)(vectors, labels, 2, 8, machine)
    member_sums(vectors, labels, 2, 8, python)
    np.testing.assert_array_equal(machine, python)
    expected = np.stack([vectors[labels == k].sum(axis=0, dtype=np.float64) for k in range(4)])
    np.testing.assert_allclose(machine[:, 2:8], expected[:, 2:8])
    assert not machine[:, [0, 1, 8]].any()
