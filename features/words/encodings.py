"""What a descriptor says about each visual word: from one vote to a graded code.

To add an encoding, write its class, with its parameters, and name it in `ENCODERS`: bags of
visual words, the names of their features, their pictures and the specs of comparisons then know it.

Below, x is a descriptor, z is what whitening makes of it, and w_k is word k.
"""

from __future__ import annotations

from collections.abc import Mapping
from statistics import NormalDist
from typing import ClassVar

import numpy as np
import numpy.typing as npt

from data.parameters.rules import number
from features.coding.directions import nearest_sums, two_sided_sums
from features.coding.distances import hard_sums, soft_sums, triangle_sums
from features.coding.products import panels_of
from features.extraction.compiled import compiled
from features.words.distances import LaidOut
from features.words.encoder import Compiled, Encoder, Parameter, Vectors

# Of a soft vote's exponent.
_SOFT_ERROR = np.float32(1e-3)


class _ByDistance(Compiled):
    """An encoding that depends on the distances d_k = ‖z - w_k‖."""

    def _prepare(self, words: Vectors) -> None:
        self._words = LaidOut(words, self.whitening)


class Hard(_ByDistance):
    """The vote of each descriptor for its nearest word: 1 for that word, 0 for the others.

    Examples
    --------
    >>> Hard(np.eye(2, dtype=np.float32)).codes(np.float32([[0.1, 0.9]]))
    array([[0., 1.]], dtype=float32)
    """

    def _add(self, vectors: Vectors, spans: npt.NDArray[np.int64], sums: Vectors) -> None:
        compiled(hard_sums)(vectors, *self._words.arrays, spans, sums)


class Soft(_ByDistance):
    """A vote shared among the words: exp(-d_k²/2σ²), divided by its sum over the words.

    The parameter `bandwidth` is σ, in the unit of the descriptors.

    References
    ----------
    van Gemert et al., "Visual word ambiguity", TPAMI 2010, equation 7 (codeword uncertainty).
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {
        "bandwidth": Parameter(1.0, number(1e-6, 1e6, closed_high=True))
    }

    def _add(self, vectors: Vectors, spans: npt.NDArray[np.int64], sums: Vectors) -> None:
        bandwidth = np.float32(self.options["bandwidth"])
        compiled(soft_sums)(vectors, *self._words.arrays, bandwidth, _SOFT_ERROR, spans, sums)


class Triangle(_ByDistance):
    """How much nearer than the mean each word is: max(0, mean(d) - d_k).

    The code is zero for about half of the words.

    References
    ----------
    Coates, Lee and Ng, "An analysis of single-layer networks in unsupervised feature learning",
    AISTATS 2011, section 3.1.

    Examples
    --------
    >>> Triangle(np.float32([[0, 0], [3, 4]])).codes(np.zeros((1, 2), dtype=np.float32))
    array([[2.5, 0. ]], dtype=float32)
    """

    def _add(self, vectors: Vectors, spans: npt.NDArray[np.int64], sums: Vectors) -> None:
        compiled(triangle_sums)(vectors, *self._words.arrays, spans, sums)


class _ByDirection(Compiled):
    """An encoding that depends on the projections v_k = z·w_k/‖w_k‖, and on their signs."""

    signs = ("+", "-")

    def _prepare(self, words: Vectors) -> None:
        length = np.sqrt(np.einsum("kd,kd->k", words, words))
        directions = (words / np.where(length > 0, length, 1)[:, None]).T
        self._mean = np.zeros(len(directions), dtype=np.float32)
        # Whitening is linear, so it is done to the words once and not to each descriptor.
        if self.whitening is not None:
            self._mean = np.ascontiguousarray(self.whitening.mean)
            directions = self.whitening.matrix @ directions
        self._panels = panels_of(directions)


class TwoSided(_ByDirection):
    """How far each projection exceeds a threshold: max(0, v_k - t), then max(0, -v_k - t).

    The parameter `threshold` is t, in the unit of the whitened descriptors.

    References
    ----------
    Coates and Ng, "The importance of encoding versus training with sparse coding and vector
    quantization", ICML 2011, section 3.2 (soft threshold, split by sign).

    Examples
    --------
    >>> TwoSided(np.eye(2, dtype=np.float32)).codes(np.float32([[1, -2]]))
    array([[0.75, 0.  , 0.  , 1.75]], dtype=float32)
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {"threshold": Parameter(0.25, number(0))}

    def _add(self, vectors: Vectors, spans: npt.NDArray[np.int64], sums: Vectors) -> None:
        threshold = np.float32(self.options["threshold"])
        compiled(two_sided_sums)(vectors, self._mean, self._panels, threshold, spans, sums)


class Nearest(_ByDirection):
    """A mark for the largest projections, then one for the smallest.

    The first k codes are 1 where v_k is among the share q of the largest, and the others are 1
    where it is among the share q of the smallest. The parameter `share` is q. Projections that are
    equal are all marked: a blank patch, if it is not whitened, for every word.

    References
    ----------
    Thiry, Arbel, Belilovsky and Oyallon, "The unreasonable effectiveness of patches in deep
    convolutional kernels methods", ICLR 2021, section 3 (q is 0.4 there).

    Examples
    --------
    >>> Nearest(np.eye(3, dtype=np.float32), share=0.3).codes(np.float32([[1, 0, -1]]))
    array([[1., 0., 0., 0., 0., 1.]], dtype=float32)
    """

    parameters: ClassVar[Mapping[str, Parameter]] = {
        "share": Parameter(0.4, number(0, 1, open_low=True))
    }

    def _prepare(self, words: Vectors) -> None:
        n_words = len(words)
        self._n_marked = max(1, min(n_words - 1, round(self.options["share"] * n_words)))
        # Where the search for the least marked one begins, as if projections were normal.
        share = self._n_marked / max(n_words, 2)
        self._quantile = np.float32(NormalDist().inv_cdf(1 - share))
        super()._prepare(words)

    def _add(self, vectors: Vectors, spans: npt.NDArray[np.int64], sums: Vectors) -> None:
        compiled(nearest_sums)(
            vectors, self._mean, self._panels, self._n_marked, self._quantile, spans, sums
        )


ENCODERS: dict[str, type[Encoder]] = {
    "hard": Hard,
    "soft": Soft,
    "triangle": Triangle,
    "two-sided": TwoSided,
    "nearest": Nearest,
}
"""Name → encoding; the class says everything else about it."""
