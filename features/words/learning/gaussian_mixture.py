"""A mixture of Gaussians over descriptors, and the Fisher vector of a set of descriptors."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data.system.threads import one_blas_thread
from features.words.encoder import Span
from features.words.learning.codebook import kmeans, nearest_words

Vectors = npt.NDArray[np.float32]
Floats = npt.NDArray[np.floating]
_LEAST_VARIANCE = 1e-6
# Up to so many times its variance, what is squared of a value leaves enough digits in float32.
_MOST_IN_FLOAT32 = 100


class Mixture:
    """A mixture of Gaussians whose covariances are diagonal.

    Parameters
    ----------
    weights : array (k,)
        They sum to one.
    means : array (k, d)
        The centre of each Gaussian.
    variances : array (k, d)
        The diagonal of each covariance; above 0.

    Examples
    --------
    >>> mixture = Mixture(np.ones(2) / 2, np.array([[-5.0], [5.0]]), np.ones((2, 1)))
    >>> mixture.posteriors(np.float32([[4.0]])).round(3)
    array([[0., 1.]], dtype=float32)
    """

    def __init__(
        self,
        weights: npt.NDArray[np.floating],
        means: npt.NDArray[np.floating],
        variances: npt.NDArray[np.floating],
    ) -> None:
        self.weights = np.asarray(weights, dtype=np.float64)
        self.means = np.asarray(means, dtype=np.float64)
        self.variances = np.asarray(variances, dtype=np.float64)
        n_components, n_values = self.means.shape
        self.n_codes = n_components * (1 + 2 * n_values)
        squares = self.weights @ (self.means**2 + self.variances) + self.means**2
        self._is_narrow = bool((squares > _MOST_IN_FLOAT32 * self.variances).any())
        # One product gives log p_k(x) up to a constant that all k share: [x, x², 1] @ matrix.
        precisions = 1 / self.variances
        constant = np.log(self.weights) - 0.5 * np.sum(
            np.log(self.variances) + self.means**2 * precisions, axis=1
        )
        rows = [(self.means * precisions).T, -0.5 * precisions.T, constant[None]]
        self._matrix = np.concatenate(rows).astype(self.dtype)

    @property
    def dtype(self) -> np.dtype[Any]:
        """What products and sums are taken in: float32, or float64 if a Gaussian is narrow.

        Beside how far it lies from zero it may be so narrow that squares in float32 would leave no
        digits of (x - μ)²/σ². Flat ground makes such Gaussians.
        """
        return np.dtype(np.float64 if self._is_narrow else np.float32)

    def posteriors(self, vectors: Vectors) -> Vectors:
        """Return the probability of each component for each descriptor.

        Parameters
        ----------
        vectors : float32 array (n, d)
            One descriptor a row.

        Returns
        -------
        float32 array (n, k)
            Rows sum to one.
        """
        return self._posteriors(self._with_squares(vectors)).astype(np.float32)

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Floats:
        """Return the sums Σ γ_k x, Σ γ_k x² and Σ γ_k over each span of the descriptors.

        Parameters
        ----------
        vectors : float32 array (n, d)
            One descriptor a row.
        spans : sequence of (first, last)
            `last` is the one after the last descriptor of the span.

        Returns
        -------
        array (n_spans, n_codes)
            Of `dtype`. The γ are the posteriors. For each k the 2d + 1 sums stand together: x, x²
            and 1.
        """
        return np.asarray(self.sums_of_many(vectors[None], spans)[0])

    def sums_of_many(self, vectors: Vectors, spans: Sequence[Span]) -> Floats:
        """Return the sums of several images' descriptors, over the same spans of each.

        Parameters
        ----------
        vectors : float32 array (m, n, d)
            The descriptors of m images.
        spans : sequence of (first, last)
            As of `sums`.

        Returns
        -------
        array (m, n_spans, n_codes)
            For each image the bits of `sums`.
        """
        extended = self._with_squares(vectors)
        posteriors = self._posteriors(extended).swapaxes(1, 2)
        sums = np.empty((len(vectors), len(spans), self.n_codes), dtype=self.dtype)
        for span, (first, last) in enumerate(spans):
            products = posteriors[..., first:last] @ extended[:, first:last]
            sums[:, span] = products.reshape(len(vectors), -1)
        return sums

    def _with_squares(self, vectors: Vectors) -> Floats:
        n_values = vectors.shape[-1]
        extended = np.empty((*vectors.shape[:-1], 2 * n_values + 1), dtype=self.dtype)
        extended[..., :n_values] = vectors
        np.square(vectors, out=extended[..., n_values : 2 * n_values], dtype=self.dtype)
        extended[..., 2 * n_values] = 1
        return extended

    def _posteriors(self, extended: Floats) -> Floats:
        logarithms: Floats = extended @ self._matrix
        logarithms -= logarithms.max(axis=-1, keepdims=True)
        np.exp(logarithms, out=logarithms)
        logarithms /= np.einsum("...k->...", logarithms)[..., None]
        return logarithms

    def fisher_vectors(self, means: Floats) -> npt.NDArray[np.float64]:
        """Return the gradients of the log-likelihood, whitened by the Fisher information.

        Parameters
        ----------
        means : array (n, n_codes)
            `sums` divided by the number of descriptors.

        Returns
        -------
        array (n, k + 2kd)
            With γ averaged over the descriptors: (γ_k - w_k)/√w_k; γ_k (x - μ_k)/(σ_k √w_k);
            γ_k (1 - (x - μ_k)²/σ_k²)/√(2 w_k), whose sign is scikit-image's.

        References
        ----------
        Perronnin, Sánchez and Mensink, "Improving the Fisher kernel for large-scale image
        classification", ECCV 2010, section 2.

        Sánchez, Perronnin, Mensink and Verbeek, "Image classification with the Fisher vector:
        theory and practice", International Journal of Computer Vision 105, 2013 (for weights).
        """
        n_components, n_values = self.means.shape
        moments = means.astype(np.float64).reshape(len(means), n_components, -1)
        first, second, zeroth = np.split(moments, [n_values, 2 * n_values], axis=2)
        root = np.sqrt(self.weights)[:, None]
        to_weights = (zeroth[..., 0] - self.weights) / root[:, 0]
        to_means = (first - zeroth * self.means) / (root * np.sqrt(self.variances))
        spread = second - 2 * first * self.means + zeroth * self.means**2
        to_variances = (zeroth * self.variances - spread) / (np.sqrt(2) * root * self.variances)
        parts = [to_weights, to_means, to_variances]
        return np.concatenate([part.reshape(len(means), -1) for part in parts], axis=1)


def fit_mixture(
    vectors: Vectors,
    n_components: int,
    rng: np.random.Generator,
    *,
    n_iterations: int = 50,
    n_jobs: int | None = None,
) -> Mixture:
    """Return the mixture that expectation maximisation reaches from k-means.

    Parameters
    ----------
    vectors : float32 array (n, d)
        Descriptors, two or more.
    n_components : int
        Gaussians, at most n.
    rng : numpy.random.Generator
        Decides from which vectors k-means starts.
    n_iterations : int, default 50
        Rounds of expectation maximisation at most.
    n_jobs : int or None, default None
        Threads of k-means; None and -1 are all cores. The result does not depend on it.

    Returns
    -------
    Mixture
        With `n_components` Gaussians.

    Raises
    ------
    ValueError
        If there are fewer vectors than components.

    Examples
    --------
    >>> rng = np.random.default_rng(0)
    >>> points = np.concatenate([rng.normal(-5, 1, (500, 1)), rng.normal(5, 2, (500, 1))])
    >>> mixture = fit_mixture(points.astype(np.float32), 2, rng)
    >>> np.sort(np.sqrt(mixture.variances), axis=0).round().ravel()
    array([1., 2.])
    """
    # Importing it takes long, so it is imported where a mixture is fitted.
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    n_components, n_iterations = int(n_components), int(n_iterations)
    centres = kmeans(vectors, n_components, rng, n_iterations=10, n_jobs=n_jobs)
    labels, _ = nearest_words(vectors, centres, n_jobs=n_jobs)
    counts = np.bincount(labels, minlength=n_components)
    overall = vectors.var(axis=0, dtype=np.float64) + _LEAST_VARIANCE
    variances = np.stack(
        [
            vectors[labels == k].var(axis=0, dtype=np.float64) if counts[k] > 1 else overall
            for k in range(n_components)
        ]
    )
    # scikit-learn's own k-means adds up in the order in which its threads finish. It does not
    # run where all three starting points are given.
    model = GaussianMixture(
        n_components,
        covariance_type="diag",
        max_iter=n_iterations,
        reg_covar=_LEAST_VARIANCE,
        weights_init=(counts + 1) / (counts + 1).sum(),
        means_init=centres.astype(np.float64),
        precisions_init=1 / (variances + _LEAST_VARIANCE),
    )
    with one_blas_thread(), warnings.catch_warnings():
        # The number of rounds is the caller's choice.
        warnings.simplefilter("ignore", ConvergenceWarning)
        model.fit(vectors.astype(np.float64))
    return Mixture(model.weights_, model.means_, model.covariances_)
