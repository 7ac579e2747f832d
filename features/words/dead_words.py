"""Words that no descriptor is about: their columns say nothing."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from data.system.threads import one_blas_thread
from features.words.encoder import Encoder

Vectors = npt.NDArray[np.float32]

_ROWS_AT_ONCE = 2048


def count_dead_words(encoder: Encoder, vectors: Vectors) -> int:
    """Return how many words have no code but zero for any of the descriptors.

    Parameters
    ----------
    encoder : Encoder
        Of the codebook.
    vectors : float32 array (n, d)
        Descriptors as the encoder takes them, one a row.

    Returns
    -------
    int
        From 0 to `encoder.n_words`.

    Examples
    --------
    >>> from features.words.encodings import Hard
    >>> words = np.float32([[0, 0], [1, 0], [9, 9]])
    >>> count_dead_words(Hard(words), np.float32([[0.1, 0], [1, 0.2]]))
    1
    """
    dead = np.ones(encoder.n_words, dtype=bool)
    with one_blas_thread():
        for start in range(0, len(vectors), _ROWS_AT_ONCE):
            codes = encoder.codes(vectors[start : start + _ROWS_AT_ONCE])
            dead &= ~codes.any(axis=0).reshape(-1, encoder.n_words).any(axis=0)
            # Most often all words are alive after a few rounds.
            if not dead.any():
                break
    return int(dead.sum())
