"""What a fit with a kernel ends in, and the scores that follow from it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from data.system.threads import run_jobs
from models.kernels.rows import KernelRows
from models.layers.layer import Array

ROWS, COLUMNS = 512, 2048
"""Rows and columns of the kernel that are held at once: fixed, so that scores of some rows are the
same on any number of threads."""


@dataclass(frozen=True)
class Solution:
    """A function of a row x: the sum over known rows of k(x, z_j) A_j, and b.

    Attributes
    ----------
    dual : ndarray (m, k)
        A, a row for each known row.
    intercept : ndarray (k,)
        The bias b.
    is_close : bool, default True
        Whether rounding has left these as close to the minimum as is asked for.
    """

    dual: Array
    intercept: Array
    is_close: bool = True


def scores(rows: KernelRows, known: KernelRows, dual: Array, intercept: Array) -> Array:
    """Return the scores of rows, (n, k), in the dtype of the rows.

    Parameters
    ----------
    rows : KernelRows
        The rows that are asked for.
    known : KernelRows
        The m rows that were learned from.
    dual : ndarray (m, k)
    intercept : ndarray (k,)

    Returns
    -------
    ndarray (n, k)
        Not finite where the dtype does not hold them.
    """
    found = np.empty((len(rows), dual.shape[1]), rows.Z.dtype)
    A = dual.astype(rows.Z.dtype, copy=False)
    rows.squares, known.squares  # noqa: B018 - before threads ask for them

    def score(first: int) -> None:
        some = slice(first, min(first + ROWS, len(rows)))
        total = np.tile(intercept.astype(np.float64), (some.stop - some.start, 1))
        for start in range(0, len(known), COLUMNS):
            part = slice(start, min(start + COLUMNS, len(known)))
            with np.errstate(over="ignore", invalid="ignore"):
                total += rows.block(some, known, part) @ A[part]
        with np.errstate(over="ignore"):
            found[some] = total

    run_jobs(score, range(0, len(rows), ROWS), None)
    return found
