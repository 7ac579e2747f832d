from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.cluster import KMeans

from features.words.learning.codebook import kmeans, nearest_words, sample_words
from features.words.learning.seeding import spread_words


def clouds(n: int = 5000, n_clouds: int = 20, d: int = 6) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(n_clouds, d)) * 4
    return (centres[rng.integers(0, n_clouds, n)] + rng.normal(size=(n, d))).astype(np.float32)


def inertia(vectors: npt.NDArray[np.float32], words: npt.NDArray[np.float32]) -> float:
    distances = np.linalg.norm(vectors[:, None].astype(np.float64) - words, axis=2)
    return float((distances.min(axis=1) ** 2).sum())


def test_nearest_words_equal_the_distances_one_by_one() -> None:
    vectors = clouds()
    words = vectors[:17]
    labels, score = nearest_words(vectors, words)
    distances = np.linalg.norm(vectors[:, None].astype(np.float64) - words, axis=2)
    np.testing.assert_array_equal(labels, distances.argmin(axis=1))
    squared = (vectors.astype(np.float64) ** 2).sum(axis=1) - 2 * score
    np.testing.assert_allclose(squared, distances.min(axis=1) ** 2, atol=1e-3)


def test_vectors_are_as_long_as_words_and_of_any_dtype() -> None:
    vectors = clouds(n=300)
    for n_values in (2, 5, 7):
        with pytest.raises(ValueError, match="rows of 6 values, got an array"):
            nearest_words(np.zeros((30, n_values), np.float32), vectors[:4])
    for learn in (kmeans, spread_words):
        single, double = (
            learn(each, 5, np.random.default_rng(0)) for each in (vectors, vectors.astype(float))
        )
        np.testing.assert_array_equal(single, double)


def test_kmeans_takes_lloyds_rounds() -> None:
    vectors = clouds()
    start = spread_words(vectors, 20, np.random.default_rng(3))
    for rounds in (1, 2, 7):
        ours = kmeans(vectors, 20, np.random.default_rng(3), n_iterations=rounds)
        expected = start.astype(np.float64)
        for _ in range(rounds):
            distances = np.linalg.norm(vectors[:, None] - expected, axis=2)
            labels = distances.argmin(axis=1)
            expected = np.stack([vectors[labels == k].mean(axis=0) for k in range(20)])
        np.testing.assert_allclose(ours, expected, atol=1e-4)


def test_kmeans_is_as_tight_as_scikit_learns() -> None:
    vectors = clouds()
    start = spread_words(vectors, 20, np.random.default_rng(3))
    ours = kmeans(vectors, 20, np.random.default_rng(3), n_iterations=300)
    theirs = KMeans(20, init=start, n_init=1, tol=0).fit(vectors).inertia_
    np.testing.assert_allclose(inertia(vectors, ours), theirs, rtol=1e-4)


def test_centres_without_vectors_go_to_the_farthest() -> None:
    """Three equal points hold all starting centres but cannot keep them."""
    vectors = np.array([[0.0]] * 50 + [[1.0], [8.0]], dtype=np.float32)
    words = np.sort(kmeans(vectors, 3, np.random.default_rng(0)), axis=0).ravel()
    np.testing.assert_array_equal(words, [0, 1, 8])


def test_threads_change_no_bit() -> None:
    vectors = clouds(9000)
    one = kmeans(vectors, 40, np.random.default_rng(0), n_jobs=1)
    for n_jobs in (2, 4, 16):
        some = kmeans(vectors, 40, np.random.default_rng(0), n_jobs=n_jobs)
        np.testing.assert_array_equal(some, one)


def test_sampled_words_are_distinct_rows() -> None:
    vectors = np.arange(40, dtype=np.float32).reshape(20, 2)
    words = sample_words(vectors, 20, np.random.default_rng(0))
    np.testing.assert_array_equal(np.sort(words, axis=0), vectors)
    with pytest.raises(ValueError, match="n_words is 21 but there are only 20 descriptors"):
        sample_words(vectors, 21, np.random.default_rng(0))
