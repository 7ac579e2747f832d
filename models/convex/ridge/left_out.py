"""What the columns are like without the held-out samples: their means and their variances."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from models.convex.ridge.scaled_rows import ScaledRows
from models.layers.layer import Array
from models.layers.standardize import column_moments, is_constant

BLOCK = 1024
"""Samples or columns that are read at once in float64."""

LEAST_VARIANCE = 1e-3
"""Share of a column's variance that the samples kept must have for differences to be exact."""


@dataclass(frozen=True)
class LeftOut:
    """A part of the samples is left out: what the rest is like, in the units of all samples.

    Attributes
    ----------
    held_out : ndarray (n,)
        The mask of what is left out.
    share : float
        Weight of the samples that are kept.
    mean, variance : ndarray (d,)
        Those of the scaled columns, over the samples kept. The variance is one where columns are
        not standardised, or have none.
    constant : ndarray (d,)
        Mask of the columns without variance there; nothing can be learned from them.
    by_difference : bool
        Whether sums over the samples kept are, to within rounding, those over all samples less
        those left out. Not so where nearly all variance of a column was in what is left out.
    """

    held_out: Array
    share: float
    mean: Array
    variance: Array
    constant: Array
    by_difference: bool


def left_out(
    rows: ScaledRows, held_out: Array, mean: Array, variance: Array, *, standardized: bool
) -> LeftOut:
    """Return what is left without held-out samples, a mask (n,); only these are read.

    Parameters
    ----------
    rows : ScaledRows
        The rows, as all samples scale them.
    mean, variance : ndarray (d,)
        Those of the columns of X over all samples, in float64.
    standardized : bool
        Whether the samples that are kept have a scale of their own.
    """
    X, weights = rows.X, rows.weights
    first, second = np.zeros(X.shape[1]), np.zeros(X.shape[1])
    index = np.flatnonzero(held_out)
    for start in range(0, len(index), BLOCK):
        some = index[start : start + BLOCK]
        away = X[some] - mean
        first += weights[some] @ away
        second += weights[some] @ np.square(away, out=away)
    share = float(weights[~held_out].sum())
    shift = -first / share
    kept = (variance - second) / share - shift**2
    constant = np.zeros(len(kept), dtype=bool)
    faint = np.flatnonzero((kept < LEAST_VARIANCE * variance) & (variance > 0))
    # A difference of large sums does not tell a small variance from none: these are read.
    for start in range(0, len(faint), BLOCK):
        some = faint[start : start + BLOCK]
        own = column_moments(X[:, some], np.where(held_out, 0.0, weights))
        shift[some], kept[some] = own[0] - mean[some], own[1]
        constant[some] = is_constant(*own, X.dtype)
    scale = rows.scale.astype(np.float64)
    in_units = kept * scale**2 if standardized else np.ones(len(kept))
    return LeftOut(
        held_out=held_out,
        share=share,
        mean=(mean + shift - rows.mean) * scale,
        variance=np.where(constant | (variance <= 0) | (in_units <= 0), 1.0, in_units),
        constant=constant,
        by_difference=bool(constant[faint].all()),
    )
