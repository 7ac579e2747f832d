"""Visual words: k-means centres of descriptors, or some of the descriptors."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from data.parameters.rules import check, whole
from data.system.threads import run_jobs
from features.coding.members import member_sums
from features.extraction.compiled import compiled
from features.words.distances import LaidOut
from features.words.learning.seeding import spread_words, too_few_descriptors

Vectors = npt.NDArray[np.float32]
_ROWS_PER_JOB = 2048
_COLUMNS_PER_JOB = 64


def sample_words(vectors: Vectors, n_words: int, rng: np.random.Generator) -> Vectors:
    """Return some of the vectors, drawn at random without repeating one.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One descriptor a row.
    n_words : int
        How many, at most n.
    rng : numpy.random.Generator
        Decides which.

    Returns
    -------
    float32 array (n_words, d)
        One word a row.

    Raises
    ------
    ValueError
        If there are fewer vectors than words.

    Examples
    --------
    >>> sample_words(np.eye(3, dtype=np.float32), 3, np.random.default_rng(0)).sum(axis=0)
    array([1., 1., 1.], dtype=float32)
    """
    n_words = check({"n_words": n_words}, {"n_words": whole(1)})["n_words"]
    if n_words > len(vectors):
        raise too_few_descriptors(n_words, len(vectors))
    return vectors[rng.choice(len(vectors), n_words, replace=False)]


def kmeans(
    vectors: Vectors,
    n_words: int,
    rng: np.random.Generator,
    *,
    n_iterations: int = 50,
    n_jobs: int | None = None,
) -> Vectors:
    """Return the centres that Lloyd's algorithm reaches from words that k-means++ spread.

    Each round moves every centre to the mean of the vectors that are nearest to it; a centre
    without any goes to the vector farthest from its own centre. The rounds end early when no
    vector changes its centre. Threads share distances only, so the result is the same for any
    number of them.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One descriptor a row.
    n_words : int
        How many centres, at most n.
    rng : numpy.random.Generator
        Decides from which vectors the centres start, see `spread_words`.
    n_iterations : int, default 50
        Rounds at most.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    float32 array (n_words, d)
        One centre a row.

    Raises
    ------
    ValueError
        If there are fewer vectors than words.

    References
    ----------
    Lloyd, "Least squares quantization in PCM", IEEE Trans. Information Theory 1982.

    Examples
    --------
    >>> points = np.array([[0.0], [1.0], [10.0], [11.0]], dtype=np.float32)
    >>> np.sort(kmeans(points, 2, np.random.default_rng(0)), axis=0).ravel()
    array([ 0.5, 10.5], dtype=float32)
    """
    given = check(
        {"n_words": n_words, "n_iterations": n_iterations},
        {"n_words": whole(1), "n_iterations": whole(0)},
    )
    n_words, n_iterations = given["n_words"], given["n_iterations"]
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    centres = spread_words(vectors, n_words, rng, n_jobs=n_jobs)
    labels = np.full(len(vectors), -1, dtype=np.int64)
    for _ in range(n_iterations):
        nearest, squared = _nearest(vectors, centres, n_jobs)
        if np.array_equal(nearest, labels):
            break
        labels = nearest
        centres = _means(vectors, labels, squared, n_words, n_jobs)
    return centres


def nearest_words(
    vectors: Vectors, words: Vectors, *, n_jobs: int | None = None
) -> tuple[npt.NDArray[np.int64], Vectors]:
    """Return the word nearest to each vector, and its score x·w - ‖w‖²/2, the largest of all.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One descriptor a row.
    words : float32 array (k, d)
        One word a row.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    labels : int array (n,)
        0 … k-1; of words equally near, the first.
    scores : float32 array (n,)
        With ‖x‖² they give the squared distance, ‖x‖² - 2 · score.

    Examples
    --------
    >>> nearest_words(np.float32([[1.0, 0.2]]), np.eye(2, dtype=np.float32))[0]
    array([0])
    """
    labels, squared = _nearest(vectors, words, n_jobs)
    return labels, (np.einsum("nd,nd->n", vectors, vectors) - squared) / 2


def sums_of_members(
    vectors: Vectors,
    labels: npt.NDArray[np.int64],
    n_words: int,
    *,
    n_jobs: int | None = None,
) -> npt.NDArray[np.float64]:
    """Return the sums (n_words, d) of the vectors (n, d) of each word, in float64.

    Each is taken in the order of the vectors, whatever the number of threads. `labels` (n,) are
    int64, from 0 to n_words - 1.

    Examples
    --------
    >>> vectors = np.float32([[1, 2], [3, 4], [5, 6]])
    >>> sums_of_members(vectors, np.array([2, 0, 2]), 3)
    array([[3., 4.],
           [0., 0.],
           [6., 8.]])
    """
    n_values = vectors.shape[1]
    sums = np.zeros((n_words, n_values))

    # Threads share columns, so that every sum is taken in the order of the vectors.
    def add(first: int) -> None:
        last = min(first + _COLUMNS_PER_JOB, n_values)
        compiled(member_sums)(vectors, labels, first, last, sums)

    run_jobs(add, range(0, n_values, _COLUMNS_PER_JOB), n_jobs)
    return sums


def _nearest(
    vectors: Vectors, words: Vectors, n_jobs: int | None
) -> tuple[npt.NDArray[np.int64], Vectors]:
    """Return the word nearest to each vector, and its squared distance."""
    laid_out = LaidOut(words)
    labels = np.empty(len(vectors), dtype=np.int64)
    squared = np.empty(len(vectors), dtype=np.float32)

    def assign(start: int) -> None:
        rows = slice(start, start + _ROWS_PER_JOB)
        labels[rows], squared[rows] = laid_out.nearest(vectors[rows])

    run_jobs(assign, range(0, len(vectors), _ROWS_PER_JOB), n_jobs)
    return labels, squared


def _means(
    vectors: Vectors,
    labels: npt.NDArray[np.int64],
    squared: Vectors,
    n_words: int,
    n_jobs: int | None,
) -> Vectors:
    """Return the mean of the vectors of each word; of a word without any, one far from its own."""
    counts = np.bincount(labels, minlength=n_words)
    sums = sums_of_members(vectors, labels, n_words, n_jobs=n_jobs)
    centres = (sums / np.maximum(counts, 1)[:, None]).astype(np.float32)
    empty = np.flatnonzero(counts == 0)
    if len(empty):
        farthest = np.argsort(-squared, kind="stable")[: len(empty)]
        centres[empty] = vectors[farthest]
    return centres


def _sampled(
    vectors: Vectors,
    n_words: int,
    rng: np.random.Generator,
    *,
    n_iterations: int = 0,
    n_jobs: int | None = None,
) -> Vectors:
    """Return some of the vectors; there is nothing to iterate over or to share among threads."""
    return sample_words(vectors, n_words, rng)


def _spread(
    vectors: Vectors,
    n_words: int,
    rng: np.random.Generator,
    *,
    n_iterations: int = 0,
    n_jobs: int | None = None,
) -> Vectors:
    """Return words that k-means++ spread, as they are: there is nothing to iterate over."""
    return spread_words(vectors, n_words, rng, n_jobs=n_jobs)


CODEBOOKS: dict[str, Callable[..., Vectors]] = {
    "kmeans": kmeans,
    "kmeans++": _spread,
    "sampled": _sampled,
}
"""Name → what learns the words (n_words, d) of descriptors, called like `kmeans`."""
