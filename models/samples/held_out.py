"""Samples that are held out to choose by: as indices, as a mask, or every tenth of each class."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array


def held_out_mask(held_out: Any, n: int) -> Array:
    """Return held-out samples as a mask (n,).

    Parameters
    ----------
    held_out : array-like
        Indices, or a mask (n,) of True and False.
    n : int
        The number of samples.

    Raises
    ------
    ModelError
        If it is neither, or names none of the samples, or all.
    """
    given = np.asarray(held_out)
    mask = np.zeros(n, dtype=bool)
    if given.dtype == bool and given.shape == (n,):
        mask = given.copy()
    elif given.ndim == 1 and (given.dtype.kind in "iu" or not len(given)):
        if len(given) and not (-n <= given.min() and given.max() < n):
            raise ModelError(
                f"held_out must be indices of the {n} samples, got {given.min()} … {given.max()}"
            )
        mask[given.astype(np.intp)] = True
    else:
        raise ModelError(
            f"held_out must be indices or a mask of the {n} samples, "
            f"got {given.dtype} {given.shape}"
        )
    if mask.all() or not mask.any():
        raise ModelError(
            f"held_out must name some of the {n} samples and not all, got {mask.sum()}"
        )
    return mask


def tenth_of_each(labels: Array) -> Array:
    """Return a mask (n,) of every tenth sample of each class."""
    mask = np.zeros(len(labels), dtype=bool)
    for label in np.unique(labels):
        mask[np.flatnonzero(labels == label)[9::10]] = True
    if not mask.any():
        raise ModelError(
            "choosing among several alpha needs ten samples of a class, or held_out samples"
        )
    return mask
