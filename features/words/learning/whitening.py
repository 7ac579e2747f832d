"""Whitening: descriptors whose values are uncorrelated, so that edges count and not brightness."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import check, number, optional, whole
from data.system.threads import one_blas_thread, run_jobs

Doubles = npt.NDArray[np.float64]
_ROWS_PER_TILE = 8192


@dataclass(frozen=True)
class Whitening:
    """A linear map of descriptors: z = (x - mean) @ matrix.

    Parameters
    ----------
    mean : float32 array (d,)
        Taken off first.
    matrix : float32 array (d, m)
        Here m is d for whitening, or smaller for principal components.

    Examples
    --------
    >>> halved = Whitening(np.float32([1, 1]), np.float32([[0.5, 0], [0, 0.5]]))
    >>> halved(np.float32([[1, 3]]))
    array([[0., 1.]], dtype=float32)
    """

    mean: npt.NDArray[np.float32]
    matrix: npt.NDArray[np.float32]

    def __call__(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        """Return the mapped vectors (n, m) of vectors (n, d)."""
        centred: npt.NDArray[np.float32] = vectors - self.mean
        whitened: npt.NDArray[np.float32] = centred @ self.matrix
        return whitened

    def of_many(
        self, vectors: npt.NDArray[np.float32], *, n_jobs: int | None = None
    ) -> npt.NDArray[np.float32]:
        """Return the same for so many vectors that threads share them.

        Parameters
        ----------
        vectors : float32 array (n, d)
            One descriptor a row.
        n_jobs : int or None, default None
            Threads; None and -1 are all cores. The result does not depend on it.

        Returns
        -------
        float32 array (n, m)
            One descriptor a row.
        """
        out = np.empty((len(vectors), self.matrix.shape[1]), dtype=np.float32)

        def fill(start: int) -> None:
            some = slice(start, start + _ROWS_PER_TILE)
            out[some] = self(vectors[some])

        run_jobs(fill, range(0, len(vectors), _ROWS_PER_TILE), n_jobs)
        return out

    def undone(self, vectors: npt.NDArray[np.floating]) -> Doubles:
        """Return the vectors whose map is nearest to those given.

        Parameters
        ----------
        vectors : array (n, m)
            One descriptor a row.

        Returns
        -------
        float64 array (n, d)
            One descriptor a row, not whitened.
        """
        inverse = np.linalg.pinv(self.matrix.astype(np.float64))
        return np.asarray(vectors.astype(np.float64) @ inverse + self.mean)


def fit_whitening(vectors: npt.NDArray[np.float32], epsilon: float) -> Whitening:
    """Return the ZCA whitening of descriptors, after which their values are uncorrelated.

    Its matrix is V (Λ + ε)^(-1/2) Vᵀ, where V Λ Vᵀ is the covariance of the descriptors.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One descriptor a row.
    epsilon : float
        Added to every eigenvalue, at least 0: directions in which the descriptors hardly vary
        hold noise, and would be enlarged most. With 0, those in which they vary no more than
        numbers are rounded are dropped.

    Returns
    -------
    Whitening
        With a matrix (d, d).

    Raises
    ------
    ValueError
        If epsilon is negative.

    References
    ----------
    Coates, Lee and Ng, AISTATS 2011, section 3.1.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> vectors = rng.normal(size=(1000, 2)).astype(np.float32) @ np.float32([[3, 0], [2, 1]])
    >>> np.abs(np.cov(fit_whitening(vectors, 1e-6)(vectors).T, bias=True) - np.eye(2)).max() < 1e-4
    np.True_
    """
    epsilon = check({"whitening": epsilon}, {"whitening": number(0)})["whitening"]
    with one_blas_thread():
        mean, eigenvalues, eigenvectors = _principal_axes(vectors)
        scales = np.maximum(eigenvalues, 0) + epsilon
        if epsilon == 0:
            # What is left of a direction in which nothing varies is the rounding of the others.
            least = len(scales) * np.finfo(np.float32).eps * scales[-1]
            scales = np.where(scales > least, scales, np.inf)
        matrix = (eigenvectors * (1 / np.sqrt(scales))) @ eigenvectors.T
    return Whitening(mean.astype(np.float32), matrix.astype(np.float32))


def fit_pca(vectors: npt.NDArray[np.float32], n_dimensions: int) -> Whitening:
    """Return the mean and the directions in which descriptors vary most, without scaling.

    Parameters
    ----------
    vectors : float32 array (n, d)
        One descriptor a row.
    n_dimensions : int
        How many directions, at most d.

    Returns
    -------
    Whitening
        With a matrix (d, n_dimensions).

    Examples
    --------
    >>> vectors = np.float32([[0, 0], [1, 2], [2, 4]])
    >>> np.abs(fit_pca(vectors, 1)(vectors)).round(3).ravel()
    array([2.236, 0.   , 2.236], dtype=float32)
    """
    n_dimensions = check_n_dimensions(n_dimensions, np.shape(vectors)[-1])
    with one_blas_thread():
        mean, _, eigenvectors = _principal_axes(vectors)
    matrix = np.ascontiguousarray(eigenvectors[:, ::-1][:, :n_dimensions], dtype=np.float32)
    return Whitening(mean.astype(np.float32), matrix)


def check_n_dimensions(n_dimensions: Any, n_values: int) -> int:
    """Return how many principal components of descriptors with so many values are kept.

    Parameters
    ----------
    n_dimensions : int or None
        What was asked for; None is all.
    n_values : int
        Length of a descriptor.

    Returns
    -------
    int
        1 … n_values.

    Raises
    ------
    ValueError
        If it is no such number.

    Examples
    --------
    >>> check_n_dimensions(None, 36), check_n_dimensions(24, 36)
    (36, 24)
    """
    given = check({"n_dimensions": n_dimensions}, {"n_dimensions": optional(whole(1))})
    kept: int = n_values if n_dimensions is None else given["n_dimensions"]
    if kept > n_values:
        raise ParameterError(f"n_dimensions is {kept} but the descriptors have {n_values} values")
    return kept


def _principal_axes(vectors: npt.NDArray[np.float32]) -> tuple[Doubles, Doubles, Doubles]:
    """Return the mean, the eigenvalues and eigenvectors of the covariance, smallest first."""
    n, n_values = vectors.shape
    mean = vectors.mean(axis=0, dtype=np.float64)
    covariance = np.zeros((n_values, n_values))
    for start in range(0, n, _ROWS_PER_TILE):
        centred = vectors[start : start + _ROWS_PER_TILE] - mean
        covariance += centred.T @ centred
    eigenvalues, eigenvectors = np.linalg.eigh(covariance / n)
    return mean, eigenvalues, eigenvectors
