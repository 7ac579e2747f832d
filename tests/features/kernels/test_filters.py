from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import make_blobs

from data import PreconvError
from features.kernels.filters import inverse_root, spherical_kmeans, unit_vectors


def test_centres_are_the_directions_of_the_groups() -> None:
    centres = unit_vectors(np.random.default_rng(3).normal(size=(4, 12)).astype(np.float32))
    points, groups = make_blobs(400, centers=centres, cluster_std=0.02, random_state=0)
    points = unit_vectors(points.astype(np.float32))
    found = spherical_kmeans(points, 4, np.random.default_rng(1), n_iterations=20)
    np.testing.assert_allclose(np.linalg.norm(found, axis=1), 1, rtol=1e-5)
    nearest = (points @ found.T).argmax(axis=1)
    # Every direction is that of the sum of the vectors which are nearest to it.
    for each in range(4):
        expected = points[nearest == each].sum(axis=0)
        np.testing.assert_allclose(found[each], expected / np.linalg.norm(expected), atol=1e-5)
    assert len(set(zip(nearest.tolist(), groups.tolist(), strict=True))) == 4


def test_no_direction_is_lost_and_threads_change_no_bit() -> None:
    # Three different vectors, and four directions.
    vectors = unit_vectors(np.eye(3, dtype=np.float32).repeat(5, axis=0))
    one, two = (
        spherical_kmeans(vectors, 4, np.random.default_rng(0), n_jobs=n_jobs) for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one, two)
    np.testing.assert_allclose(np.linalg.norm(one, axis=1), 1, rtol=1e-6)


def test_more_filters_than_patches_are_refused() -> None:
    with pytest.raises(PreconvError, match="n_filters is 3 but there are only 2 patches"):
        spherical_kmeans(np.eye(2, dtype=np.float32), 3, np.random.default_rng(0))


def test_products_of_mixed_codes_are_those_of_the_kernel() -> None:
    filters = unit_vectors(np.random.default_rng(0).normal(size=(20, 30)).astype(np.float32))
    kernel = np.exp((filters @ filters.T - 1) / 0.6**2)
    codes = kernel @ inverse_root(filters, 0.6)
    np.testing.assert_allclose(codes @ codes.T, kernel, atol=2e-3)
