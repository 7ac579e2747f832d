from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.cluster import kmeans_plusplus

from features.words.learning.codebook import sample_words
from features.words.learning.seeding import spread_words
from tests.features.words.learning.test_codebook import clouds, inertia


def flat_and_others(n: int = 6000, d: int = 24) -> npt.NDArray[np.float32]:
    """Nine tenths lie in one place, as patches of flat ground do; the others are everywhere."""
    vectors = np.random.default_rng(0).normal(size=(n, d)) * 4
    vectors[: 9 * n // 10] *= 0.01
    return vectors.astype(np.float32)


def test_words_are_spread_and_not_copies_of_the_flat_patch() -> None:
    vectors = flat_and_others()
    drawn = sample_words(vectors, 50, np.random.default_rng(0))
    spread = spread_words(vectors, 50, np.random.default_rng(0))
    assert (np.linalg.norm(drawn, axis=1) < 1).sum() > 30
    assert (np.linalg.norm(spread, axis=1) < 1).sum() <= 2


@pytest.mark.parametrize("n_per_word", [32, 10**6])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_whole_is_as_near_as_with_scikit_learns(seed: int, n_per_word: int) -> None:
    """Also where the words are chosen among fewer than half of the vectors."""
    vectors = clouds(n=3000, n_clouds=40)
    ours = spread_words(vectors, 40, np.random.default_rng(seed), n_per_word=n_per_word)
    theirs, _ = kmeans_plusplus(vectors, 40, random_state=seed)
    assert inertia(vectors, ours) < 1.1 * inertia(vectors, theirs)


def test_a_lone_vector_does_not_win_by_being_near_itself() -> None:
    """Each of ten outliers would save 100; a word for one of the two clouds saves more."""
    rng = np.random.default_rng(0)
    lone = 10 * np.eye(40)[:10]
    clouds = [rng.normal(scale=0.5, size=(200, 40)) + 3 * np.eye(40)[k] for k in (20, 21)]
    vectors = np.concatenate([*clouds, lone]).astype(np.float32)
    for seed in range(5):
        words = spread_words(vectors, 3, np.random.default_rng(seed))
        assert (np.linalg.norm(words, axis=1) > 9).sum() <= 1


def test_words_are_different_vectors_while_there_are_some() -> None:
    vectors = np.array([[0.0]] * 50 + [[1.0], [8.0]], dtype=np.float32) + 4000
    words = spread_words(vectors, 5, np.random.default_rng(0))
    assert set(np.unique(words)) == {4000.0, 4001.0, 4008.0}


def test_threads_change_no_bit() -> None:
    vectors = clouds(30_000)
    one = spread_words(vectors, 30, np.random.default_rng(0), n_per_word=10**4, n_jobs=1)
    two = spread_words(vectors, 30, np.random.default_rng(0), n_per_word=10**4, n_jobs=2)
    np.testing.assert_array_equal(one, two)


def test_more_words_than_vectors_are_refused() -> None:
    with pytest.raises(ValueError, match="n_words is 6 but there are only 5 descriptors"):
        spread_words(clouds(5), 6, np.random.default_rng(0))
