from __future__ import annotations

import numpy as np
import numpy.typing as npt
from skimage.feature import fisher_vector
from sklearn.mixture import GaussianMixture

from features.extraction.grid import Box
from features.words.learning.gaussian_mixture import Mixture, fit_mixture
from features.words.pooling import Pooling


def clouds() -> npt.NDArray[np.float32]:
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(4, 3)) * 3
    return (centres[rng.integers(0, 4, 4000)] + rng.normal(size=(4000, 3))).astype(np.float32)


def scikit_learns(mixture: Mixture) -> GaussianMixture:
    """The same mixture as scikit-learn's estimator, for its probabilities."""
    model = GaussianMixture(len(mixture.weights), covariance_type="diag")
    model.weights_, model.means_ = mixture.weights, mixture.means
    model.covariances_ = mixture.variances
    model.precisions_cholesky_ = 1 / np.sqrt(mixture.variances)
    return model


def test_posteriors_equal_scikit_learns() -> None:
    mixture = fit_mixture(clouds(), 4, np.random.default_rng(0))
    expected = scikit_learns(mixture).predict_proba(clouds().astype(np.float64))
    np.testing.assert_allclose(mixture.posteriors(clouds()), expected, atol=1e-4)


def test_fisher_vectors_equal_scikit_images() -> None:
    vectors = clouds()
    mixture = fit_mixture(vectors, 4, np.random.default_rng(0))
    spans = [(0, 50), (50, 700)]
    counts = np.array([[last - first] for first, last in spans], dtype=np.float32)
    out = mixture.fisher_vectors(mixture.sums(vectors, spans) / counts)
    for row, (first, last) in zip(out, spans, strict=True):
        exact = vectors[first:last].astype(np.float64)
        expected = fisher_vector(exact, scikit_learns(mixture))  # type: ignore[no-untyped-call]
        np.testing.assert_allclose(row, expected, atol=1e-5)


def test_fit_climbs_to_scikit_learns_likelihood() -> None:
    vectors = clouds().astype(np.float64)
    ours = scikit_learns(fit_mixture(clouds(), 4, np.random.default_rng(0))).score(vectors)
    theirs = GaussianMixture(4, covariance_type="diag", n_init=5, random_state=0).fit(vectors)
    assert ours > theirs.score(vectors) - 0.02


def test_a_value_that_never_varies_is_no_trouble() -> None:
    vectors = clouds()
    vectors[:, 1] = 2
    mixture = fit_mixture(vectors, 3, np.random.default_rng(0))
    assert np.isfinite(mixture.posteriors(vectors)).all()


def test_many_images_have_the_sums_of_each() -> None:
    rng = np.random.default_rng(0)
    mixture = Mixture(np.ones(3) / 3, rng.standard_normal((3, 4)), np.ones((3, 4)))
    vectors = rng.standard_normal((5, 40, 4), dtype=np.float32)
    spans = [(0, 7), (7, 40)]
    expected = [mixture.sums(each, spans) for each in vectors]
    np.testing.assert_array_equal(mixture.sums_of_many(vectors, spans), expected)
    pooling = Pooling([Box("all", 0, 5, 0, 8), Box("part", 1, 3, 0, 8)], 5, 8)
    means = [pooling(each, mixture) for each in vectors]
    np.testing.assert_array_equal(pooling.of_many(vectors, mixture), means)
