from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from features.words.distances import LaidOut
from features.words.encodings import ENCODERS
from features.words.learning.codebook import kmeans, nearest_words
from features.words.learning.whitening import Whitening

Vectors = npt.NDArray[np.float32]


def bright_flat(n: int = 600, d: int = 108) -> Vectors:
    """Raw patches: white and black ground with levels that differ by one or two, and strokes."""
    rng = np.random.default_rng(0)
    vectors = rng.integers(0, 256, (n, d)).astype(np.float32)
    vectors[: n // 2] = 255 - rng.integers(0, 3, (n // 2, 1)) - (rng.random((n // 2, d)) < 0.02)
    vectors[n // 2 : 2 * n // 3] = rng.integers(0, 3, (n // 6, 1))
    # Sums of squares of whole numbers would be exact.
    return vectors * np.float32(0.997)


def exact(vectors: Vectors, words: Vectors) -> npt.NDArray[np.float64]:
    each = vectors[:, None].astype(np.float64) - words
    return np.asarray(np.einsum("nkd,nkd->nk", each, each))


def assert_nearest(labels: npt.NDArray[np.intp], squared: npt.NDArray[np.float64]) -> None:
    """Of words that are equally near, any will do."""
    chosen = np.take_along_axis(squared, labels[:, None], axis=1)[:, 0]
    np.testing.assert_allclose(chosen, squared.min(axis=1), rtol=1e-6)


def test_each_nearest_distance_has_a_small_relative_error() -> None:
    vectors = bright_flat()
    words = vectors[::7]
    expected = exact(vectors, words)
    labels, squared = LaidOut(words).nearest(vectors)
    assert_nearest(labels, expected)
    np.testing.assert_allclose(squared, expected.min(axis=1), rtol=2e-4)


def test_nearest_words_are_those_of_whitened_descriptors() -> None:
    rng = np.random.default_rng(0)
    vectors, words = (rng.normal(size=(n, 7)).astype(np.float32) for n in (50, 20))
    matrix = rng.normal(size=(7, 7)).astype(np.float32)
    whitening = Whitening(rng.normal(size=7).astype(np.float32), matrix)
    labels, squared = LaidOut(words, whitening).nearest(vectors)
    expected = exact(whitening(vectors), words)
    np.testing.assert_array_equal(labels, expected.argmin(axis=1))
    np.testing.assert_allclose(squared, expected.min(axis=1), rtol=1e-4)


def test_nearest_words_of_bright_patches_are_the_nearest() -> None:
    vectors = bright_flat()
    words = vectors[::7]
    labels, _ = nearest_words(vectors, words)
    assert_nearest(labels, exact(vectors, words))


def test_kmeans_of_bright_patches_is_that_of_the_same_in_double() -> None:
    vectors = bright_flat()
    near = kmeans(vectors, 40, np.random.default_rng(0), n_iterations=5)
    moved = kmeans(vectors - 128, 40, np.random.default_rng(0), n_iterations=5)
    np.testing.assert_allclose(near - 128, moved, atol=1e-2)


@pytest.mark.parametrize("bandwidth", [1.0, 30.0])
@pytest.mark.parametrize("encoding", ["soft", "triangle"])
def test_codes_of_bright_patches_are_those_of_exact_distances(
    encoding: str, bandwidth: float
) -> None:
    vectors = bright_flat()
    words = vectors[::7]
    squared = exact(vectors, words)
    if encoding == "soft":
        expected = np.exp(-(squared - squared.min(axis=1, keepdims=True)) / 2 / bandwidth**2)
        expected /= expected.sum(axis=1, keepdims=True)
    else:
        roots = np.sqrt(squared)
        expected = np.maximum(roots.mean(axis=1, keepdims=True) - roots, 0)
    options: dict[str, Any] = {"bandwidth": bandwidth} if encoding == "soft" else {}
    encoder = ENCODERS[encoding](words, **options)
    np.testing.assert_allclose(encoder.codes(vectors), expected, rtol=2e-3, atol=1e-3)
    sums = encoder.sums(vectors, [(0, 250), (250, 600)])
    parts = np.stack([expected[:250].sum(axis=0), expected[250:].sum(axis=0)])
    np.testing.assert_allclose(sums, parts, rtol=2e-3, atol=0.05)


def test_votes_of_bright_patches_are_for_a_nearest_word() -> None:
    vectors = bright_flat()
    words = vectors[::7]
    codes = ENCODERS["hard"](words).codes(vectors)
    assert_nearest(codes.argmax(axis=1), exact(vectors, words))
