"""Words spread over the descriptors by k-means++: a codebook, or where k-means starts."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import check, whole
from data.system.threads import crew, n_threads
from features.coding.products import COLUMNS, ROWS, panels_of
from features.coding.spreading import brought_near
from features.extraction.compiled import compiled

Vectors = npt.NDArray[np.float32]

_VECTORS_PER_TILE = 8192
_N_CANDIDATES = 8


def too_few_descriptors(n_words: int, n: int) -> ParameterError:
    """Return the error that there are fewer descriptors than words, with the ways out."""
    return ParameterError(
        f"n_words is {n_words} but there are only {n} descriptors: take fewer words, or a larger "
        "n_samples, or fit to more or larger images"
    )


def spread_words(
    vectors: Vectors,
    n_words: int,
    rng: np.random.Generator,
    *,
    n_per_word: int = 32,
    n_jobs: int | None = None,
) -> Vectors:
    """Return some of the vectors, far from each other and near many others, by greedy k-means++.

    The first is drawn at random. Then, for each further word, eight candidates are drawn, each with
    a probability that is proportional to its squared distance from the words so far, and the one
    that brings the other vectors nearest to a word becomes a word. How near it is to itself does
    not count: in many dimensions, that would favour lone vectors, which stand for no others.

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
        first, and the words are among them.
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
    has the greedy choice. scikit-learn's `kmeans_plusplus` draws 2 + ln k candidates.

    Examples
    --------
    >>> points = np.array([[0.0], [0.0], [0.0], [0.0], [9.0]], dtype=np.float32)
    >>> np.sort(spread_words(points, 2, np.random.default_rng(0)), axis=0).ravel()
    array([0., 9.], dtype=float32)
    """
    n = len(vectors)
    n_words = check({"n_words": n_words}, {"n_words": whole(1)})["n_words"]
    if n_words > n:
        raise too_few_descriptors(n_words, n)
    if n > n_per_word * n_words:
        n = n_per_word * n_words
        vectors = vectors[np.sort(rng.choice(len(vectors), n, replace=False, shuffle=False))]
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    tiles = range(0, n, _VECTORS_PER_TILE)
    with crew(min(n_threads(n_jobs), len(tiles))) as run:
        spread = _Spread(vectors, tiles, run)
        words = [int(rng.integers(n))]
        spread.add(words)
        while len(words) < n_words:
            candidates = spread.drawn(rng)
            if candidates is None:  # every vector is a word, or equal to one
                left = np.setdiff1d(np.arange(n), words)
                words += rng.choice(left, n_words - len(words), replace=False).tolist()
                break
            words.append(spread.add(candidates))
    return vectors[words]


class _Spread:
    """Vectors, and how far each is from the words so far, in tiles that threads share."""

    def __init__(self, vectors: Vectors, tiles: range, run: Callable[..., None]) -> None:
        self.tiles, self.run = tiles, run
        # Without the mean, less cancels in a distance.
        self.vectors = vectors - vectors.mean(axis=0, dtype=np.float64).astype(np.float32)
        self.lengths = np.einsum("nd,nd->n", self.vectors, self.vectors)
        self.panels = panels_of(self.vectors.T, self.lengths)
        n_rows = ROWS * -(-_N_CANDIDATES // ROWS)
        self.candidates = np.zeros((n_rows, vectors.shape[1]), dtype=np.float32)
        # Rows that lie a multiple of 4096 bytes apart would share few places of the cache.
        columns = (len(self.panels) | 1) * COLUMNS
        self.distances = np.empty((n_rows, columns), dtype=np.float32)
        # What fills the last panel up is near.
        self._nearest = np.zeros(columns, dtype=np.float32)
        self.nearest = self._nearest[: len(vectors)]
        self.nearest[:] = np.inf

    def drawn(self, rng: np.random.Generator) -> npt.NDArray[np.intp] | None:
        """Return vectors drawn in proportion to their distances; None if all of these are zero."""
        sums = np.cumsum(self.nearest, dtype=np.float64)
        if not sums[-1] > 0:
            return None
        drawn = np.searchsorted(sums, rng.random(_N_CANDIDATES) * sums[-1], side="right")
        return np.asarray(np.minimum(drawn, np.searchsorted(sums, sums[-1])))

    def add(self, candidates: npt.ArrayLike) -> int:
        """Return the candidate that brings the others nearest, after making it a word."""
        candidates = np.asarray(candidates)
        self.candidates[: len(candidates)] = -2 * self.vectors[candidates]
        lengths = self.lengths[candidates]
        sums = np.zeros((len(self.tiles), len(candidates)))

        def fill(start: int) -> None:
            first = start // COLUMNS
            last = min(first + _VECTORS_PER_TILE // COLUMNS, len(self.panels))
            compiled(brought_near)(
                self.panels,
                first,
                last,
                self.candidates,
                lengths,
                self._nearest,
                self.distances,
                sums[start // _VECTORS_PER_TILE],
            )

        self.run(fill, self.tiles)
        best = int((sums.sum(axis=0) + self.nearest[candidates]).argmin())
        self._nearest[:] = self.distances[best]
        return int(candidates[best])
