"""What is done to the features of an image after they are made: powers, then a common scale."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Features = npt.NDArray[np.float32]

NORMS = ("none", "l2", "standard")
"""Names of what `normalized` can do last."""


def normalized(features: Features, power: float, norm: str) -> Features:
    """Return features with powers in place of their values, each image then scaled.

    Parameters
    ----------
    features : float32 array (..., d)
        One image, or one view of it, a row; overwritten.
    power : float
        Each v becomes sign(v)·abs(v)^power; 1 leaves it.
    norm : {"none", "l2", "standard"}
        "l2": each row to length one. "standard": each row to mean 0 and standard deviation 1. A
        row that cannot be scaled stays zero.

    Returns
    -------
    float32 array (..., d)

    References
    ----------
    Perronnin, Sánchez and Mensink, "Improving the Fisher kernel for large-scale image
    classification", ECCV 2010 (powers and "l2"); Coates, Lee and Ng, "An analysis of single-layer
    networks in unsupervised feature learning", AISTATS 2011.

    Examples
    --------
    >>> normalized(np.float32([[9, -16]]), 0.5, "none")
    array([[ 3., -4.]], dtype=float32)
    >>> normalized(np.float32([[1, 3]]), 1, "standard")
    array([[-1.,  1.]], dtype=float32)
    """
    if power != 1:
        signs = np.sign(features)
        np.abs(features, out=features)
        if power == 0.5:
            np.sqrt(features, out=features)
        else:
            np.power(features, np.float32(power), out=features)
        features *= signs
    if norm == "standard":
        features -= features.mean(axis=-1, keepdims=True, dtype=np.float64).astype(np.float32)
    if norm != "none":
        squares = np.einsum("...d,...d->...", features, features, dtype=np.float64)
        lengths = np.sqrt(squares / (features.shape[-1] if norm == "standard" else 1))
        features /= np.where(lengths > 0, lengths, 1).astype(np.float32)[..., None]
    return features
