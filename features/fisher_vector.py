"""Fisher vectors: how the descriptors of an image would change a mixture of Gaussians."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt

from data.errors import ParameterError
from data.parameters.rules import Rule, number, whole
from features.extraction.grid import GridLike
from features.extraction.learned import LearnedArrays, learned_array
from features.extractor import Features, Images
from features.pictures.picture import Picture
from features.words.described_images import DescribedImages
from features.words.learning.gaussian_mixture import Mixture, fit_mixture


class FisherVector(DescribedImages):
    """Gradient of a mixture's log-likelihood under an image's descriptors, in each grid cell.

    Descriptors are rotated and shortened by principal components, and a mixture of Gaussians is
    fitted to them without labels. The feature is the gradient with respect to its weights, means
    and variances (`features.words.Mixture.fisher_vectors`): each value v becomes
    sign(v)·|v|^power, and then each cell's vector is scaled to length one.

    Parameters
    ----------
    n_components : int, default 32
        Gaussians k. Each cell has k·(1 + 2d) values, d the length of the shortened descriptors.
    descriptor : {"hog", "patches"}, default "hog"
        A block of 2×2 HoG cells, or pixels.
    patch_size : int, default 8
        Side of the square described, in pixels.
    stride : int, default 1
        Pixels from one position to the next.
    contrast : float or None, default 10.0
        Of patches, see `features.words.normalize_contrast`.
    n_dimensions : int or None, default 24
        Principal components kept; None keeps all.
    power : float, default 0.5
        Above 0 and at most 1; 0.5 is the usual signed square root, 1 leaves the values.
    grid : int, (rows, columns), or a list of pairs, default (1, 1)
        Cells of positions as `numpy.array_split` cuts them; a list is a spatial pyramid.
    n_samples : int, default 100_000
        Descriptors to learn from.
    n_iterations : int, default 30
        Rounds of expectation maximisation at most.
    random_state : int, numpy.random.Generator or None, default 0
        Decides which descriptors are drawn.
    n_jobs : int or None, default None
        Threads; None and -1 are all cores. The result does not depend on it.

    Attributes
    ----------
    projection_ : Whitening
        Mean and principal components.
    mixture_ : Mixture
        The Gaussians.

    References
    ----------
    Perronnin, Sánchez and Mensink, "Improving the Fisher kernel for large-scale image
    classification", ECCV 2010.

    Sánchez, Perronnin, Mensink and Verbeek, "Image classification with the Fisher vector: theory
    and practice", International Journal of Computer Vision 105, 2013 (the gradient by the weights).

    Examples
    --------
    >>> import numpy as np
    >>> from features import FisherVector
    >>> images = np.random.default_rng(0).integers(0, 256, (4, 16, 16, 3), dtype=np.uint8)
    >>> FisherVector(n_components=2, n_dimensions=5).fit_transform(images).shape
    (4, 22)
    """

    _rules: ClassVar[Mapping[str, Rule]] = {
        "n_components": whole(1),
        **DescribedImages._rules,
        "power": number(0, 1, open_low=True, closed_high=True),
    }

    def __init__(
        self,
        *,
        n_components: int = 32,
        descriptor: str = "hog",
        patch_size: int = 8,
        stride: int = 1,
        contrast: float | None = 10.0,
        n_dimensions: int | None = 24,
        power: float = 0.5,
        grid: GridLike = (1, 1),
        n_samples: int = 100_000,
        n_iterations: int = 30,
        random_state: int | np.random.Generator | None = 0,
        n_jobs: int | None = None,
    ) -> None:
        self.n_components = n_components
        self.descriptor = descriptor
        self.patch_size = patch_size
        self.stride = stride
        self.contrast = contrast
        self.n_dimensions = n_dimensions
        self.power = power
        self.grid = grid
        self.n_samples = n_samples
        self.n_iterations = n_iterations
        self.random_state = random_state
        self.n_jobs = n_jobs

    def _learn_from(self, vectors: npt.NDArray[np.float32], rng: np.random.Generator) -> None:
        if self.n_components > len(vectors):
            raise ParameterError(
                f"n_components is {self.n_components} but there are only {len(vectors)} "
                "descriptors: take fewer, or a larger n_samples, or fit to more or larger images"
            )
        if len(vectors) < 2:
            raise ParameterError(
                "a mixture needs two descriptors or more, got 1: take a larger n_samples, or fit "
                "to more or larger images"
            )
        self.mixture_: Mixture = fit_mixture(
            vectors, self.n_components, rng, n_iterations=self.n_iterations, n_jobs=self.n_jobs
        )

    def learned(self) -> dict[str, npt.NDArray[Any]]:
        """Return the principal components, and the weights, means and variances of the mixture.

        Returns
        -------
        dict of str to array
            Named "mean" and "matrix", "weights", "means" and "variances".
        """
        learned, mixture = super().learned(), self.mixture_
        return learned | {
            "weights": mixture.weights,
            "means": mixture.means,
            "variances": mixture.variances,
        }

    def _learned_again(self, learned: LearnedArrays) -> None:
        super()._learned_again(learned)
        n_dimensions = self.projection_.matrix.shape[1]
        weights = learned_array(learned, "weights", (int(self.n_components),), np.float64)
        means = learned_array(learned, "means", (len(weights), n_dimensions), np.float64)
        variances = learned_array(learned, "variances", means.shape, np.float64)
        if not (weights.min() > 0 and variances.min() > 0):
            raise ValueError("weights and variances of a mixture must be above 0")
        self.mixture_ = Mixture(weights, means, variances)

    def _features(self, images: Images) -> Features:
        described = self._descriptor(images)
        # Each product is of one image's descriptors, and so has the same shape in every batch.
        vectors = self.projection_(described.reshape(len(images), -1, described.shape[-1]))
        means = self._pooling.of_many(vectors, self.mixture_)
        gradients = self.mixture_.fisher_vectors(means.reshape(-1, self.mixture_.n_codes))
        gradients = np.sign(gradients) * np.abs(gradients) ** self.power
        length = np.sqrt(np.einsum("bd,bd->b", gradients, gradients))[:, None]
        gradients /= np.where(length > 0, length, 1)
        return gradients.reshape(len(images), -1).astype(np.float32)

    def _n_columns(self) -> int:
        n_values: int = self.mixture_.n_codes
        return len(self._boxes) * n_values

    def _names(self) -> list[str]:
        n_components, n_dimensions = self.mixture_.means.shape
        names = [f"weight{k}" for k in range(n_components)]
        for what in ("mean", "variance"):
            names += [f"{what}{k}_{d}" for k in range(n_components) for d in range(n_dimensions)]
        return [f"{box.name}_{name}" for box in self._boxes for name in names]

    def pictures(self, images: Images) -> list[Picture]:
        """Return no picture: a gradient with respect to a mixture does not look like anything.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Any images.

        Returns
        -------
        list of Picture
            Empty.
        """
        return []
