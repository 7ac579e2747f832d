from __future__ import annotations

import numpy as np

from features.edges.blocks import BLOCK_NORMS, normalize_blocks


def test_normalize_blocks_agrees_with_its_formulas() -> None:
    vectors = np.random.default_rng(0).random((5, 36)).astype(np.float32)
    exact = vectors.astype(np.float64)
    l1 = exact / (exact.sum(axis=1, keepdims=True) + 1e-5)
    l2 = exact / np.sqrt((exact**2).sum(axis=1, keepdims=True) + 1e-10)
    clipped = np.minimum(l2, 0.2)
    hys = clipped / np.sqrt((clipped**2).sum(axis=1, keepdims=True) + 1e-10)
    expected_of = {"L1": l1, "L1-sqrt": np.sqrt(l1), "L2": l2, "L2-Hys": hys}
    assert set(expected_of) == set(BLOCK_NORMS)
    for norm, expected in expected_of.items():
        np.testing.assert_allclose(normalize_blocks(vectors, norm), expected, atol=1e-6)
