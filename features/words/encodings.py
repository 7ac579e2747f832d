"""What a descriptor says about each visual word: from one vote to a graded code.

To add an encoding, write its class, with its parameters, and name it in `ENCODERS`: bags of
visual words, the names of their features, their pictures and the specs of comparisons then know it.

Below, x is a descriptor, z is what whitening makes of it, and w_k is word k.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import ClassVar

import numpy as np

from data.rules import number
from features.compiled import compiled, triangle_sums, two_sided_sums
from features.words.distances import SquaredDistances, extended, room, with_squares
from features.words.encoder import Encoder, Parameter, Span, Vectors, checked_spans

# Of a soft vote's exponent.
_SOFT_ERROR = 1e-3


class _ByDistance(Encoder):
    """An encoding that depends on the distances d_k = ‖z - w_k‖."""

    def _prepare(self, words: Vectors) -> None:
        # Whitened descriptors have a mean of zero already.
        centre = words.mean(axis=0) if self.whitening is None else None
        self._distances = SquaredDistances(words, centre=centre)

    def _extended(self, vectors: Vectors) -> Vectors:
        """Return [z, ‖z‖², 1] of each descriptor."""
        if self.whitening is None:
            return extended(vectors, self._distances.centre)
        out = room(*vectors.shape)
        np.matmul(vectors - self.whitening.mean, self.whitening.matrix, out=out[:, :-2])
        return with_squares(out)


class Hard(_ByDistance):
    """The vote of each descriptor for its nearest word: 1 for that word, 0 for the others.

    Examples
    --------
    >>> Hard(np.eye(2, dtype=np.float32)).codes(np.float32([[0.1, 0.9]]))
    array([[0., 1.]], dtype=float32)
    """

    def codes(self, vectors: Vectors) -> Vectors:
        """Return the codes (n, k) of descriptors (n, d)."""
        nearest, _ = self._distances.nearest(self._extended(vectors))
        codes = np.zeros((len(vectors), self.n_words), dtype=np.float32)
        codes[np.arange(len(vectors)), nearest] = 1
        return codes

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Vectors:
        """Return how often each word was the nearest, in each span of the descriptors."""
        nearest, _ = self._distances.nearest(self._extended(vectors))
        counts = [np.bincount(nearest[a:b], minlength=self.n_words) for a, b in spans]
        return np.array(counts, dtype=np.float32)


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

    def codes(self, vectors: Vectors) -> Vectors:
        """Return the codes (n, k) of descriptors (n, d)."""
        # The smallest distance cancels; it is taken off so that not all of exp become zero.
        unit = self.options["bandwidth"] ** 2
        codes = self._distances.beyond_nearest(self._extended(vectors), _SOFT_ERROR * unit)
        codes *= np.float32(-0.5 / unit)
        np.exp(codes, out=codes)
        codes /= np.einsum("nk->n", codes)[:, None]
        return codes


class Triangle(_ByDistance):
    """How much nearer than the mean each word is: max(0, mean(d) - d_k).

    The code is zero for about half of the words.

    References
    ----------
    Coates, Lee and Ng, "An analysis of single-layer networks in unsupervised feature learning",
    AISTATS 2011, section 3.2.2.

    Examples
    --------
    >>> Triangle(np.float32([[0, 0], [3, 4]])).codes(np.zeros((1, 2), dtype=np.float32))
    array([[2.5, 0. ]], dtype=float32)
    """

    def codes(self, vectors: Vectors) -> Vectors:
        """Return the codes (n, k) of descriptors (n, d)."""
        distances = self._distances(self._extended(vectors))
        # A distance of zero may be a little below zero after rounding.
        np.abs(distances, out=distances)
        np.sqrt(distances, out=distances)
        means = np.einsum("nk->n", distances)
        means /= self.n_words
        np.subtract(means[:, None], distances, out=distances)
        return np.maximum(distances, 0, out=distances)

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Vectors:
        """Return the codes, summed over each span of the descriptors."""
        sums = np.zeros((len(spans), self.n_codes), dtype=np.float32)
        squared = self._distances(self._extended(vectors))
        compiled(triangle_sums)(squared, checked_spans(spans, len(squared)), sums)
        return sums


class _ByDirection(Encoder):
    """An encoding that depends on the projections v_k = z·w_k/‖w_k‖, and on their signs."""

    signs = ("+", "-")

    def _prepare(self, words: Vectors) -> None:
        length = np.sqrt(np.einsum("kd,kd->k", words, words))
        directions = (words / np.where(length > 0, length, 1)[:, None]).T
        # Whitening is linear, so it is done to the words once and not to each descriptor.
        self._offsets = np.zeros(self.n_words, dtype=np.float32)
        if self.whitening is not None:
            directions = self.whitening.matrix @ directions
            self._offsets[:] = self.whitening.mean @ directions
        self._matrix = np.ascontiguousarray(directions, dtype=np.float32)

    def _projections(self, vectors: Vectors) -> Vectors:
        projections: Vectors = vectors @ self._matrix
        projections -= self._offsets
        return projections


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

    def codes(self, vectors: Vectors) -> Vectors:
        """Return the codes (n, 2k) of descriptors (n, d)."""
        projections = self._projections(vectors)
        codes = np.empty((len(vectors), self.n_codes), dtype=np.float32)
        threshold = np.float32(self.options["threshold"])
        np.subtract(projections, threshold, out=codes[:, : self.n_words])
        np.subtract(-threshold, projections, out=codes[:, self.n_words :])
        return np.maximum(codes, 0, out=codes)

    def sums(self, vectors: Vectors, spans: Sequence[Span]) -> Vectors:
        """Return the codes, summed over each span of the descriptors."""
        sums = np.zeros((len(spans), self.n_codes), dtype=np.float32)
        products, threshold = vectors @ self._matrix, np.float32(self.options["threshold"])
        where = checked_spans(spans, len(products))
        compiled(two_sided_sums)(products, self._offsets, threshold, where, sums)
        return sums


class Nearest(_ByDirection):
    """A mark for the largest projections, then one for the smallest.

    The first k codes are 1 where v_k is among the share q of the largest, and the others are 1
    where it is among the share q of the smallest. The parameter `share` is q.

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
        super()._prepare(words)

    def codes(self, vectors: Vectors) -> Vectors:
        """Return the codes (n, 2k) of descriptors (n, d)."""
        projections = self._projections(vectors)
        # NumPy sorts faster than it finds two places in the order.
        ordered = np.sort(projections, axis=1)
        highest = ordered[:, self.n_words - self._n_marked, None]
        lowest = ordered[:, self._n_marked - 1, None]
        codes = np.empty((len(vectors), self.n_codes), dtype=np.float32)
        codes[:, : self.n_words] = projections >= highest
        codes[:, self.n_words :] = projections <= lowest
        return codes


ENCODERS: dict[str, type[Encoder]] = {
    "hard": Hard,
    "soft": Soft,
    "triangle": Triangle,
    "two-sided": TwoSided,
    "nearest": Nearest,
}
"""Name → encoding; the class says everything else about it."""
