"""Rows between which a kernel is taken, one block of the kernel's matrix at a time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from models.errors import ModelError
from models.kernels.names import KERNELS, Shape
from models.layers.layer import Array


@dataclass(frozen=True)
class KernelRows:
    r"""Rows with a kernel: :math:`k(x, y) = \frac1m\sum_c \kappa(x_c, y_c)` over m cells.

    Parameters
    ----------
    Z : ndarray (n, d)
        The rows, C-contiguous, with means of the columns near zero.
    kernel : str
        The name of κ.
    shape : Shape
        Its numbers.
    n_cells : int
        Into how many blocks of neighbouring columns a row falls; d is a multiple of it.

    Examples
    --------
    >>> rows = KernelRows(np.float32([[1, 2], [3, 4]]), "polynomial", Shape(1.0, 2, 1.0), 2)
    >>> rows.block(slice(0, 1), rows, slice(1, 2))  # ((1 + 1·3)² + (1 + 2·4)²) / 2
    array([[48.5]], dtype=float32)
    """

    Z: Array
    kernel: str
    shape: Shape
    n_cells: int

    @cached_property
    def squares(self) -> Array:
        """The squared length of each cell of each row, (n_cells, n)."""
        cells = self.Z.reshape(len(self.Z), self.n_cells, -1)
        return np.ascontiguousarray(np.einsum("ncd,ncd->cn", cells, cells))

    def __len__(self) -> int:
        """How many rows there are."""
        return len(self.Z)

    def check_size(self) -> None:
        """Raise ModelError if the kernel of a row with itself is more than its dtype can hold."""
        if self.kernel != "polynomial":
            return
        longest = int(self.squares.max(axis=0).argmax())
        square = float(self.squares[:, longest].max())
        largest = np.finfo(self.Z.dtype).max
        base = self.shape.coef0 + self.shape.gamma * square
        if base > 1 and self.shape.degree * np.log(base) > np.log(largest):
            mean = float(self.squares.mean())
            raise ModelError(
                f"degree={self.shape.degree} is too much for row {longest}, whose squared length "
                f"is {square / mean:,.0f} times the mean: {self.Z.dtype} holds no such number. "
                "Lower degree or gamma, or look at that row"
            )

    def some(self, index: Array) -> KernelRows:
        """Return some of the rows, as a copy."""
        return replace(self, Z=self.Z[index])

    def block(self, rows: slice, others: KernelRows, columns: slice) -> Array:
        """Return the kernel of some rows with some other rows, (n_rows, n_columns)."""
        kappa, width = KERNELS[self.kernel], self.Z.shape[1] // self.n_cells
        total: Array | None = None
        for c in range(self.n_cells):
            cell = slice(c * width, (c + 1) * width)
            products = self.Z[rows, cell] @ others.Z[columns, cell].T
            left = self.squares[c, rows, None]
            right = others.squares[c, None, columns]
            found = kappa(products, left, right, self.shape)
            if total is None:
                total = found
            else:
                total += found
        assert total is not None
        if self.n_cells > 1:
            total /= self.n_cells
        return total
