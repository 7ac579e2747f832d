from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.decomposition import PCA

from features.words.descriptors.patches import normalize_contrast
from features.words.learning.whitening import fit_pca, fit_whitening


def correlated(n: int = 3000, d: int = 7) -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(0)
    return (rng.normal(size=(n, d)) @ rng.normal(size=(d, d)) + 5).astype(np.float32)


@pytest.mark.parametrize("epsilon", [0.0, 0.1])
def test_matrix_is_the_inverse_root_of_the_covariance(epsilon: float) -> None:
    vectors = correlated()
    whitening = fit_whitening(vectors, epsilon)
    covariance = np.cov(vectors.T.astype(np.float64), bias=True)
    eigenvalues, axes = np.linalg.eigh(covariance)
    expected = axes @ np.diag(1 / np.sqrt(eigenvalues + epsilon)) @ axes.T
    np.testing.assert_allclose(whitening.matrix, expected, rtol=1e-4, atol=1e-5)
    np.testing.assert_allclose(whitening.mean, vectors.mean(axis=0), rtol=1e-5)
    exact = (vectors - vectors.mean(axis=0)) @ expected
    np.testing.assert_allclose(whitening(vectors), exact, atol=1e-3)


def test_whitened_values_are_uncorrelated() -> None:
    vectors = correlated()
    covariance = np.cov(fit_whitening(vectors, 0.0)(vectors).T, bias=True)
    np.testing.assert_allclose(covariance, np.eye(7), atol=1e-3)


def test_values_that_never_vary_are_dropped_without_epsilon() -> None:
    vectors = correlated()
    vectors[:, 3] = 9
    assert np.isfinite(fit_whitening(vectors, 0.0).matrix).all()


@pytest.mark.parametrize("kind", ["fewer than values", "grey in three channels", "contrast"])
def test_rounding_in_directions_without_variance_is_not_enlarged(kind: str) -> None:
    vectors, rank = correlated(3000, 12), 11
    if kind == "fewer than values":
        vectors = vectors[:9]
        rank = 8
    elif kind == "grey in three channels":
        vectors = vectors[:, :4].repeat(3, axis=1)
        rank = 4
    else:
        vectors = normalize_contrast(vectors, 10.0)
    whitening = fit_whitening(vectors, 0.0)
    assert np.linalg.matrix_rank(whitening.matrix.astype(np.float64), tol=1e-4) == rank
    # Each row has that many values of variance one, and nothing else.
    out = whitening(vectors)
    np.testing.assert_allclose((out**2).sum(axis=1).mean(), rank, rtol=1e-3)
    moved = whitening(vectors + np.float32(1e-6) * vectors[::-1])
    np.testing.assert_allclose(moved, out, atol=1e-3)


def test_negative_epsilon_is_refused() -> None:
    with pytest.raises(
        ValueError, match=r"whitening must be a finite number from 0 up.* got -0\.1"
    ):
        fit_whitening(correlated(10), -0.1)


def test_principal_components_equal_scikit_learns() -> None:
    vectors = correlated()
    ours = fit_pca(vectors, 3)(vectors)
    theirs = PCA(3).fit_transform(vectors.astype(np.float64))
    np.testing.assert_allclose(np.abs(ours), np.abs(theirs), atol=1e-3)


def test_more_principal_components_than_values_are_refused() -> None:
    with pytest.raises(ValueError, match="n_dimensions"):
        fit_pca(np.eye(3, 2, dtype=np.float32), 5)
