"""Rows in a byte a value: a quarter of the memory to read, and how far each is from its row."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

from data.system.machine_code import machine_code

Singles = npt.NDArray[np.float32]
Doubles = npt.NDArray[np.float64]

_LEVELS = 127
_MOST = 32767
_FEWEST = 255
_ROUNDING = 1e-6
_LOST = 1e-16
_AT_ONCE = 64


@dataclass(frozen=True)
class CoarseRows:
    """Rows x of (n, d) as x ≈ middle + scale · codes, with a scale for each row.

    Parameters
    ----------
    middle : float32 array (d,)
        The mean of the rows.
    codes : int8 array (n, d)
        From -127 to 127.
    scales : float64 array (n,)
        Half the range of a row's values, in 127 steps.
    squares : float64 array (n,)
        The squared length of scale · codes.
    wrong : float64 array (n,)
        How far a row is from what its codes say, at most.
    """

    middle: Singles
    codes: npt.NDArray[np.int8]
    scales: Doubles
    squares: Doubles
    wrong: Doubles

    @np.errstate(over="ignore", invalid="ignore")
    def bounds(self, row: Singles) -> tuple[Doubles, Doubles] | None:
        """Return what the distance of a row from each of these is at least, and at most.

        By the triangle inequality it is the distance of the codes, give or take how far both are
        from their codes. The products are whole numbers, and so exact on any number of cores.
        None stands for rows of so many values that a sum might not fit into 32 bits. Bounds of
        values that are too large for this are infinite, or NaN.
        """
        levels = min(_MOST, (2**31 - 1) // (_LEVELS * max(1, len(row))))
        if levels < _FEWEST:
            return None
        scale, codes, away = _coded(row[None] - self.middle, levels)
        asked = codes[0].astype(np.int16)
        products = np.empty(len(self.codes), np.int32)
        _kernel()(self.codes, asked, products)
        square = float(scale[0] ** 2 * np.square(codes[0], dtype=np.float64).sum())
        about = self.squares - 2.0 * (self.scales * scale[0]) * products + square
        distance = np.sqrt(np.maximum(about, 0.0))
        wrong = self.wrong + away[0] + _ROUNDING * np.sqrt(square)
        return distance - wrong, distance + wrong


@np.errstate(over="ignore", invalid="ignore")
def coarse(rows: Singles) -> CoarseRows:
    """Return rows (n, d) in a byte a value."""
    n_rows = len(rows)
    middle = rows.mean(axis=0)
    kept = np.empty(rows.shape, np.int8)
    scales, squares, wrong = np.empty(n_rows), np.empty(n_rows), np.empty(n_rows)
    for start in range(0, n_rows, _AT_ONCE):
        some = slice(start, start + _AT_ONCE)
        scales[some], codes, wrong[some] = _coded(rows[some] - middle, _LEVELS)
        kept[some] = codes
        sums = np.einsum("ij,ij->i", codes, codes, dtype=np.float64)
        squares[some] = scales[some] ** 2 * sums
    return CoarseRows(middle, kept, scales, squares, wrong)


def products(codes: npt.NDArray[np.int8], row: npt.NDArray[np.int16], out: Any) -> None:
    """Write the products of codes (n, d) and a row (d,) to out (n,), int32."""
    for i in range(len(codes)):
        total = np.int32(0)
        for j in range(len(row)):
            # The compiler knows an instruction for such products and sums of 32 bits.
            total = np.int32(total + np.int32(codes[i, j]) * np.int32(row[j]))
        out[i] = total


@cache
def _kernel() -> Any:
    from numba import types

    arguments = types.int8[:, ::1], types.int16[::1], types.int32[::1]
    return machine_code(products, types.void(*arguments))


def _coded(differences: Singles, levels: int) -> tuple[Doubles, Singles, Doubles]:
    """Return scales, codes (whole numbers), and how far each row is from them, at most."""
    scales = np.abs(differences).max(axis=1, initial=np.float32(0)) / np.float32(levels)
    codes = np.rint(differences / np.where(scales > 0, scales, np.float32(1))[:, None])
    left = differences - scales[:, None] * codes
    # Single precision is wrong by far less than these shares. Squares below 1e-38 may be lost.
    wrong = 1.001 * _lengths(left) + _ROUNDING * _lengths(differences) + _LOST
    return scales.astype(np.float64), codes, wrong


def _lengths(rows: Singles) -> Doubles:
    squares: Doubles = np.einsum("ij,ij->i", rows, rows).astype(np.float64)
    return np.sqrt(squares)
