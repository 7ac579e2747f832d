"""Words spread over the descriptors by k-means++: a codebook, or where k-means starts."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.rules import check, whole
from features.threads import one_blas_thread, run_jobs
from features.words.distances import SquaredDistances, extended

Vectors = npt.NDArray[np.float32]

_COLUMNS_PER_JOB = 8192


def spread_words(
    vectors: Vectors,
    n_words: int,
    rng: np.random.Generator,
    *,
    n_per_word: int = 32,
    n_jobs: int | None = None,
) -> Vectors:
    """Return some of the vectors, far from each other and near many others, by greedy k-means++.

    The first is drawn at random. Then 2 + ln k candidates are drawn, each with a probability that
    is proportional to its squared distance from the words so far, and the one that brings the
    other vectors nearest to a word becomes a word. How near it is to itself does not count: in
    many dimensions, that would favour lone vectors, which stand for no others.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One descriptor a row.
    n_words : int
        How many words k, at most n.
    rng : numpy.random.Generator
        Decides which vectors are drawn.
    n_per_word : int, default 32
        Where there are more vectors than so many for each word, this many are drawn at random
        first, and the words are among them. With fewer, words are farther apart; with more, dense
        places get more of them.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    float32 array (n_words, d)
        One word a row. Where there are fewer different vectors than words, some are equal.

    Raises
    ------
    ValueError
        If there are fewer vectors than words.

    References
    ----------
    Arthur and Vassilvitskii, "k-means++: the advantages of careful seeding", SODA 2007; section 7
    has the greedy choice.

    Examples
    --------
    >>> points = np.array([[0.0], [0.0], [0.0], [0.0], [9.0]], dtype=np.float32)
    >>> np.sort(spread_words(points, 2, np.random.default_rng(0)), axis=0).ravel()
    array([0., 9.], dtype=float32)
    """
    n = len(vectors)
    n_words = check({"n_words": n_words}, {"n_words": whole(1)})["n_words"]
    if n_words > n:
        raise ParameterError(f"n_words is {n_words} but there are only {n} descriptors")
    if n > n_per_word * n_words:
        n = n_per_word * n_words
        vectors = vectors[np.sort(rng.choice(len(vectors), n, replace=False, shuffle=False))]
    mean = vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
    columns = np.ascontiguousarray(extended(vectors, mean).T)
    n_candidates = 2 + int(math.log(n_words))
    words = [int(rng.integers(n))]
    with one_blas_thread():
        nearest = _distances(columns, words, n_jobs)[0]
        while len(words) < n_words:
            candidates = _drawn(nearest, n_candidates, rng)
            if candidates is None:  # every vector is a word, or equal to one
                left = np.setdiff1d(np.arange(n), words)
                words += rng.choice(left, n_words - len(words), replace=False).tolist()
                break
            distances = _distances(columns, candidates, n_jobs)
            np.minimum(distances, nearest, out=distances)
            sums = np.add.reduce(distances, axis=1, dtype=np.float64) + nearest[candidates]
            best = int(sums.argmin())
            words.append(int(candidates[best]))
            nearest = distances[best]
    return vectors[words]


def _drawn(weights: Vectors, n: int, rng: np.random.Generator) -> npt.NDArray[np.intp] | None:
    """Return indices drawn in proportion to their weights; None if all weights are zero."""
    sums = np.cumsum(weights, dtype=np.float64)
    if not sums[-1] > 0:
        return None
    drawn = np.searchsorted(sums, rng.random(n) * sums[-1], side="right")
    return np.asarray(np.minimum(drawn, np.searchsorted(sums, sums[-1])))


def _distances(columns: Vectors, words: Any, n_jobs: int | None) -> Vectors:
    """Return the squared distances (k, n) of vectors, which are columns, from some of them."""
    of_words = np.ascontiguousarray(columns[:-2, words].T)
    distances = SquaredDistances(of_words)
    out = np.empty((len(of_words), columns.shape[1]), dtype=np.float32)

    def fill(start: int) -> None:
        some = slice(start, start + _COLUMNS_PER_JOB)
        out[:, some] = distances.of_columns(columns[:, some])

    run_jobs(fill, range(0, columns.shape[1], _COLUMNS_PER_JOB), n_jobs)
    return out
