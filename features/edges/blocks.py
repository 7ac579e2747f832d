"""How a block of votes is normalised, so that lighting and contrast count less."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

BLOCK_NORMS = ("L1", "L1-sqrt", "L2", "L2-Hys")
_EPS = 1e-5
_CLIP = 0.2
BLOCK_LENGTHS = {
    "L2": (np.float32(_EPS**2), np.float32(0)),
    "L2-Hys": (np.float32(_EPS**2), np.float32(_CLIP)),
}
"""Of the norms that are a length: what is added to its square, and the clip, if there is one."""


def normalize_blocks(vectors: npt.NDArray[np.float32], norm: str) -> npt.NDArray[np.float32]:
    """Return each vector of votes, divided by its length in the sense of a norm.

    Parameters
    ----------
    vectors : float32 array (..., d)
        At least 0.
    norm : {"L1", "L1-sqrt", "L2", "L2-Hys"}

    Returns
    -------
    float32 array (..., d)

    Examples
    --------
    >>> normalize_blocks(np.array([[3.0, 4.0]], dtype=np.float32), "L2")
    array([[0.6, 0.8]], dtype=float32)
    """
    if norm in ("L1", "L1-sqrt"):
        # Votes are never negative, so their sum is the L1 norm.
        out: npt.NDArray[np.float32] = vectors / (
            vectors.sum(axis=-1, keepdims=True) + np.float32(_EPS)
        )
        return np.sqrt(out, out=out) if norm == "L1-sqrt" else out
    out = vectors / _length(vectors)
    if norm == "L2-Hys":
        np.minimum(out, np.float32(_CLIP), out=out)
        out /= _length(out)
    return out


def _length(vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
    squared = np.einsum("...d,...d->...", vectors, vectors)[..., None]
    return np.asarray(np.sqrt(squared + np.float32(_EPS**2)))
