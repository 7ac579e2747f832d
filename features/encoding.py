"""What a descriptor says about each visual word: from one vote to a graded code."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

ENCODINGS = ("hard", "soft", "triangle", "two-sided", "nearest")


class Encoder:
    """Codes of descriptors against a codebook.

    With z a descriptor, w_k the words, d_k = ‖z - w_k‖ and, for the last two, v_k = z·w_k/‖w_k‖:

    ========== ======================================================= =============
    hard       1 for the nearest word, 0 for the others                k values
    soft       exp(-d_k²/2σ²), divided by the sum over the words       k values
    triangle   max(0, mean(d) - d_k)                                   k values
    two-sided  max(0, v_k - t), then max(0, -v_k - t)                  2k values
    nearest    1 where v_k is among the share q largest, then 1        2k values
               where it is among the share q smallest
    ========== ======================================================= =============

    Parameters
    ----------
    words : float32 array (k, d)
    encoding : str
        One of the above.
    bandwidth : float
        σ of "soft".
    threshold : float
        t of "two-sided".
    share : float
        q of "nearest", above 0 and below 1.

    References
    ----------
    van Gemert et al., "Visual word ambiguity", TPAMI 2010 (soft); Coates, Lee and Ng, AISTATS
    2011 (triangle); Coates and Ng, "The importance of encoding versus training with sparse
    coding and vector quantization", ICML 2011 (two-sided); Thiry et al., "The unreasonable
    effectiveness of patches in deep convolutional kernels methods", ICLR 2021 (nearest).

    Examples
    --------
    >>> words = np.array([[0, 0], [3, 4]], dtype=np.float32)
    >>> Encoder(words, "triangle")(np.zeros((1, 2), dtype=np.float32))
    array([[2.5, 0. ]], dtype=float32)
    """

    def __init__(
        self,
        words: Vectors,
        encoding: str,
        *,
        bandwidth: float = 1.0,
        threshold: float = 0.25,
        share: float = 0.4,
    ) -> None:
        if encoding not in ENCODINGS:
            raise ValueError(
                f"encoding must be one of {', '.join(map(repr, ENCODINGS))}, got {encoding!r}"
            )
        self.encoding = encoding
        self.bandwidth = bandwidth
        self.threshold = threshold
        self.n_words = len(words)
        self.two_sided = encoding in ("two-sided", "nearest")
        self.n_codes = self.n_words * (2 if self.two_sided else 1)
        if self.two_sided:
            length = np.sqrt(np.einsum("kd,kd->k", words, words))
            words = np.divide(words, np.where(length > 0, length, 1)[:, None], dtype=np.float32)
            self._count = max(1, min(self.n_words - 1, round(share * self.n_words)))
        self._transposed = np.ascontiguousarray(words.T)
        self._squared = np.einsum("kd,kd->k", words, words)

    def __call__(self, vectors: Vectors) -> Vectors:
        """Codes (n, n_codes) of descriptors (n, d)."""
        products = vectors @ self._transposed
        if self.encoding == "two-sided":
            return self._two_sided(products)
        if self.encoding == "nearest":
            return self._nearest(products)
        if self.encoding == "hard":
            products -= self._squared / 2
            return self._marks(products.argmax(axis=1))
        squared = np.einsum("nd,nd->n", vectors, vectors)[:, None]
        products *= -2
        products += self._squared
        products += squared
        np.maximum(products, 0, out=products)
        return self._soft(products) if self.encoding == "soft" else self._triangle(products)

    def _marks(self, nearest: npt.NDArray[np.intp]) -> Vectors:
        codes = np.zeros((len(nearest), self.n_words), dtype=np.float32)
        codes[np.arange(len(nearest)), nearest] = 1
        return codes

    def _soft(self, squared: Vectors) -> Vectors:
        squared -= squared.min(axis=1, keepdims=True)
        squared *= np.float32(-0.5 / self.bandwidth**2)
        np.exp(squared, out=squared)
        squared /= squared.sum(axis=1, keepdims=True)
        return squared

    def _triangle(self, squared: Vectors) -> Vectors:
        distance = np.sqrt(squared, out=squared)
        np.subtract(distance.mean(axis=1, keepdims=True), distance, out=distance)
        return np.maximum(distance, 0, out=distance)

    def _two_sided(self, products: Vectors) -> Vectors:
        codes = np.empty((len(products), self.n_codes), dtype=np.float32)
        above, below = codes[:, : self.n_words], codes[:, self.n_words :]
        threshold = np.float32(self.threshold)
        np.subtract(products, threshold, out=above)
        np.subtract(-threshold, products, out=below)
        return np.maximum(codes, 0, out=codes)

    def _nearest(self, products: Vectors) -> Vectors:
        low, high = self._count - 1, self.n_words - self._count
        ordered = np.partition(products, (low, high), axis=1)
        codes = np.empty((len(products), self.n_codes), dtype=np.float32)
        np.greater_equal(
            products, ordered[:, high, None], out=codes[:, : self.n_words], casting="unsafe"
        )
        np.less_equal(
            products, ordered[:, low, None], out=codes[:, self.n_words :], casting="unsafe"
        )
        return codes
