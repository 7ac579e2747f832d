"""Receptive fields: the squares of a grid that the units of a layer see, each its own."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array
from models.layers.products import SHARED_FROM, SUMMED_FROM, share, spans

_PARTS = 8
"""Into how many jobs the fields are divided, whatever the threads: each is a product of its own."""

_ROWS = 32
"""Rows of a batch that a thread adds to at a time."""


@dataclass(frozen=True)
class ReceptiveFields:
    """Squares at regular places of rows that are grids (height, width, channels), flattened.

    Neighbours overlap where the step is less than the side. All values of the grid are seen.

    Parameters
    ----------
    grid : (int, int, int)
        Height, width and channels of the input.
    side : int
        Rows, and columns, of a square.
    step : int
        How far a square is from the next, at most its side.

    Raises
    ------
    ModelError
        If a square is larger than the grid, or the squares do not end where it ends.

    Examples
    --------
    >>> fields = ReceptiveFields((32, 32, 3), side=8, step=4)
    >>> fields.shape, len(fields), fields.n_values
    ((7, 7), 49, 192)
    """

    grid: tuple[int, int, int]
    side: int
    step: int

    def __post_init__(self) -> None:
        h, w, _ = self.grid
        side, step = self.side, self.step
        if step > side:
            raise ModelError(f"receptive fields of side {side} and step {step} leave out values")
        if side > min(h, w):
            raise ModelError(f"receptive fields of side {side} are larger than a grid of {h} × {w}")
        if (h - side) % step or (w - side) % step:
            raise ModelError(
                f"receptive fields of side {side} and step {step} do not end where a grid of "
                f"{h} × {w} ends: its height and width less {side} must be multiples of {step}"
            )

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of fields."""
        h, w, _ = self.grid
        return (h - self.side) // self.step + 1, (w - self.side) // self.step + 1

    def __len__(self) -> int:
        rows, columns = self.shape
        return rows * columns

    @property
    def alone(self) -> bool:
        """Whether each field is one place of the grid, so that none overlaps with another."""
        return self.side == 1

    @property
    def n_values(self) -> int:
        """Values of one field."""
        return self.side**2 * self.grid[2]

    def square(self, field: int) -> tuple[slice, slice, slice]:
        """Return where a field lies in grids (n, height, width, channels).

        Parameters
        ----------
        field : int
            Which one; they are counted row by row.

        Returns
        -------
        tuple of slice
            Of samples, rows and columns.
        """
        row, column = divmod(field, self.shape[1])
        i, j = row * self.step, column * self.step
        return slice(None), slice(i, i + self.side), slice(j, j + self.side)

    def taken(self, x: Array, out: Array, some: slice) -> Array:
        """Write what some fields see of rows that are grids.

        Parameters
        ----------
        x : ndarray (n, h·w·c)
            The rows.
        out : ndarray (fields, n, n_values)
            Memory for all fields; it is not used where each field is one place of the grid.
        some : slice
            The fields.

        Returns
        -------
        ndarray (some, n, n_values)
            A part of `out`, or a view of `x`.
        """
        if self.alone:
            return by_field(x, len(self))[some]
        pixels = x.reshape(len(x), *self.grid)
        for field in range(len(self))[some]:
            there = pixels[self.square(field)]
            out[field].reshape(there.shape)[:] = there
        return out[some]

    def put_back(self, seen: Array, out: Array) -> Array:
        """Write the sum of what all fields say of each value of the grid.

        Parameters
        ----------
        seen : ndarray (fields, n, n_values)
            What they say.
        out : ndarray (n, h·w·c)
            The array to write to.

        Returns
        -------
        ndarray (n, h·w·c)
            The array that was written to.
        """
        pixels = out.reshape(len(out), *self.grid)

        def add(rows: slice) -> None:
            pixels[rows] = 0
            for field in range(len(self)):
                there = pixels[rows][self.square(field)]
                there += seen[field, rows].reshape(there.shape)

        if out.size < SUMMED_FROM:
            add(slice(None))
        else:
            share(add, spans(len(out), _ROWS))
        return out

    def parts(self, multiplications: int) -> list[slice]:
        """Return the jobs that products of all fields are divided into.

        Parameters
        ----------
        multiplications : int
            Of all products. Few of them are one job.

        Returns
        -------
        list of slice
            Parts of the fields, which do not depend on the number of threads.
        """
        if multiplications < SHARED_FROM:
            return [slice(0, len(self))]
        starts = np.linspace(0, len(self), min(_PARTS, len(self)) + 1).astype(int).tolist()
        return [slice(first, last) for first, last in pairwise(starts)]


def by_field(x: Array, n_fields: int) -> Array:
    """Return rows (n, fields · values) as a view (fields, n, values)."""
    return x.reshape(len(x), n_fields, -1).transpose(1, 0, 2)
