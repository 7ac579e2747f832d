from __future__ import annotations

import numpy as np

from features.coding.products import panels_of
from features.coding.spreading import brought_near
from features.extraction.compiled import compiled


def test_machine_code_and_python_bring_vectors_as_near_as_a_loop() -> None:
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(40, 7)).astype(np.float32)
    vectors[3:9] = 1000 + vectors[3:9] / 100
    lengths = np.einsum("nd,nd->n", vectors, vectors)
    panels = panels_of(vectors.T, lengths)
    chosen = [0, 3, 5, 20, 30, 31, 39]
    candidates = np.zeros((12, 7), np.float32)
    candidates[:7] = -2 * vectors[chosen]
    nearest = np.zeros(48, np.float32)
    nearest[:40] = rng.random(40) * 20
    away = vectors[chosen, None].astype(np.float64) - vectors
    expected = np.minimum((away**2).sum(axis=2), nearest[:40])
    for function in (compiled(brought_near), brought_near):
        distances, sums = np.empty((12, 48), np.float32), np.zeros(7)
        function(panels, 0, 2, candidates, lengths[chosen], nearest, distances, sums)
        function(panels, 2, 3, candidates, lengths[chosen], nearest, distances, sums)
        np.testing.assert_allclose(distances[:7, :40], expected, rtol=2e-4, atol=1e-6)
        np.testing.assert_allclose(sums, expected.sum(axis=1), rtol=1e-4)
