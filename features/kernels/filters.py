"""Filters of a layer: directions in which many patches lie, learned without labels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.system.threads import one_blas_thread
from features.words.learning.codebook import nearest_words, sums_of_members

Vectors = npt.NDArray[np.float32]

_SMALLEST = 1e-3


def unit_vectors(vectors: Vectors) -> Vectors:
    """Return vectors scaled to length one; those of no length are left out.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One a row.

    Returns
    -------
    float32 array (m, d)
        Not more than were given.

    Examples
    --------
    >>> unit_vectors(np.float32([[3, 4], [0, 0]]))
    array([[0.6, 0.8]], dtype=float32)
    """
    lengths = np.sqrt(np.einsum("nd,nd->n", vectors, vectors))
    some = lengths > 0
    return np.asarray(vectors[some] / lengths[some, None])


def spherical_kmeans(
    vectors: Vectors,
    n_filters: int,
    rng: np.random.Generator,
    *,
    n_iterations: int = 10,
    n_jobs: int | None = None,
) -> Vectors:
    """Return directions such that each vector has a large product with one of them.

    Each round moves every direction to that of the sum of the vectors which have their largest
    product with it. A direction without any goes to the vector whose product is the smallest.

    Parameters
    ----------
    vectors : float32 array (n, d)
        Each of length one.
    n_filters : int
        How many directions, at most n.
    rng : numpy.random.Generator
        Decides from which vectors the directions start.
    n_iterations : int, default 10
        Rounds.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    float32 array (n_filters, d)
        Each of length one.

    Raises
    ------
    ValueError
        If there are fewer vectors than filters.

    References
    ----------
    Dhillon and Modha, "Concept decompositions for large sparse text data using clustering",
    Machine Learning 2001.

    Examples
    --------
    >>> vectors = unit_vectors(np.float32([[1, 0.1], [1, -0.1], [0, 1]]))
    >>> np.sort(spherical_kmeans(vectors, 2, np.random.default_rng(0)), axis=0).round(3) + 0
    array([[0., 0.],
           [1., 1.]], dtype=float32)
    """
    if n_filters > len(vectors):
        raise ParameterError(
            f"n_filters is {n_filters} but there are only {len(vectors)} patches that are not "
            "blank: take fewer, or a larger n_samples, or fit to more or larger images"
        )
    vectors = np.ascontiguousarray(vectors, dtype=np.float32)
    filters = vectors[rng.choice(len(vectors), n_filters, replace=False)]
    for _ in range(n_iterations):
        labels, scores = nearest_words(vectors, filters, n_jobs=n_jobs)
        sums = sums_of_members(vectors, labels, n_filters, n_jobs=n_jobs)
        lengths = np.sqrt(np.einsum("kd,kd->k", sums, sums))
        filters = (sums / np.where(lengths > 0, lengths, 1)[:, None]).astype(np.float32)
        lost = np.flatnonzero(lengths == 0)
        filters[lost] = vectors[np.argsort(scores, kind="stable")[: len(lost)]]
    return filters


def inverse_root(filters: Vectors, sigma: float) -> Vectors:
    """Return κ(W Wᵀ)^(-1/2), which makes products of codes out of values of the kernel.

    With it, the product of two vectors' codes is near κ of their angle, wherever filters are near
    them: κ(c) = exp((c - 1)/σ²). Eigenvalues have 0.001 added, as in the authors' code.

    Parameters
    ----------
    filters : float32 array (k, d)
        W, each of length one.
    sigma : float
        σ.

    Returns
    -------
    float32 array (k, k)
        Symmetric.

    Examples
    --------
    >>> inverse_root(np.eye(2, dtype=np.float32), 0.1).round(3)
    array([[1., 0.],
           [0., 1.]], dtype=float32)
    """
    with one_blas_thread():
        wide = filters.astype(np.float64)
        values, vectors = np.linalg.eigh(np.exp((wide @ wide.T - 1) / sigma**2))
        scales = 1 / np.sqrt(np.maximum(values, 0) + _SMALLEST)
        return np.asarray((vectors * scales) @ vectors.T, dtype=np.float32)
