from __future__ import annotations

import numpy as np
import pytest

from features.words.residuals import NORMS, Residuals, normalized_residuals

RNG = np.random.default_rng(0)


@pytest.mark.parametrize("mean", [0, 3000])
def test_sums_are_those_of_a_loop(mean: int) -> None:
    vectors = (mean + RNG.normal(size=(50, 7))).astype(np.float32)
    words = (mean + RNG.normal(size=(5, 7))).astype(np.float32)
    sums = np.zeros((2, 5, 7))
    for position, vector in enumerate(vectors.astype(np.float64)):
        distances = ((vector - words) ** 2).sum(axis=1)
        nearest = int(distances.argmin())
        sums[int(position >= 20), nearest] += vector - words[nearest]
    found = Residuals(words).sums(vectors, [(0, 20), (20, 50)])
    np.testing.assert_allclose(found.reshape(2, 5, 7), sums, atol=1e-5 * max(1, mean))


def test_each_norm_does_what_it_says() -> None:
    sums = RNG.normal(size=(3, 4, 5))
    sums[0], sums[1, 2] = 0, 0
    for norm in NORMS:
        out = normalized_residuals(sums, norm)
        assert not out[0].any()
        lengths = np.linalg.norm(out.reshape(3, -1), axis=1)
        if norm == "none":
            np.testing.assert_array_equal(out, sums)
        else:
            np.testing.assert_allclose(lengths, [0, 1, 1])
    intra = np.linalg.norm(normalized_residuals(sums, "intra"), axis=2)
    np.testing.assert_allclose(intra[1:], [[3**-0.5, 3**-0.5, 0, 3**-0.5], [0.5] * 4])
    roots = normalized_residuals(sums, "power")[2]
    np.testing.assert_allclose(roots**2 * np.abs(sums[2]).sum(), np.abs(sums[2]))
    np.testing.assert_array_equal(np.sign(roots), np.sign(sums[2]))
