"""Products of descriptors and words, six by sixteen at a time, summed up in registers.

BLAS lays its operands out anew for every product and writes the result to memory, from where the
next step reads it. Here the words are laid out once, and few enough products are made at a time
that the next step finds them in the processor's cache. Each product is one sum, taken from the
first value to the last, so its bits do not depend on what else is multiplied beside it.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt

Vectors = npt.NDArray[np.float32]

ROWS = 6
"""Descriptors that are multiplied at a time."""
COLUMNS = 16
"""Words that they are multiplied with: 6 · 16 sums fit the registers of AVX2 and of NEON."""
_LANES = 8


def panels_of(matrix: npt.NDArray[np.floating], starts: npt.ArrayLike = 0) -> Vectors:
    """Return a matrix as panels of sixteen columns, as `tile_product` reads them.

    Parameters
    ----------
    matrix : float array (d, k)
        One word a column.
    starts : float array (k,) or float, default 0
        What the sum of each column starts from.

    Returns
    -------
    float32 array (n_panels, d + 1, 16)
        Row 0 holds the starts. The last panel is filled up with zeros.

    Examples
    --------
    >>> panels_of(np.eye(2), [5, 7])[0, :, :3]
    array([[5., 7., 0.],
           [1., 0., 0.],
           [0., 1., 0.]], dtype=float32)
    """
    n_values, n_words = matrix.shape
    n_panels = -(-n_words // COLUMNS)
    whole = np.zeros((n_values + 1, n_panels * COLUMNS), dtype=np.float32)
    whole[0, :n_words] = starts
    whole[1:, :n_words] = matrix
    return np.ascontiguousarray(whole.reshape(-1, n_panels, COLUMNS).swapaxes(0, 1))


def multiply(rows: Vectors, count: int, panels: Vectors, out: Vectors) -> None:
    """Write the products of the first `count` rows with all panels.

    Parameters
    ----------
    rows : (n, at least d), n a multiple of six
    panels : (n_panels, d + 1, 16)
    out : (n, n_panels · 16), overwritten up to the next multiple of six rows
    """
    # A panel and a few rows stay in the first cache.
    for panel in range(len(panels)):
        for first in range(0, count, ROWS):
            tile_product(rows, first, panels, panel, out)


def tile_product(rows: Vectors, first: int, panels: Vectors, panel: int, out: Vectors) -> None:
    """Write the products of six rows, from `first` on, with the sixteen columns of a panel."""
    n_values = panels.shape[1] - 1
    some = slice(first, first + ROWS)
    products = rows[some, :n_values] @ panels[panel, 1:]
    out[some, panel * COLUMNS : (panel + 1) * COLUMNS] = panels[panel, 0] + products


def band_product(
    rows: Vectors, first: int, panels: Vectors, panel: int, low: int, high: int, out: Vectors
) -> None:
    """Write the same of six rows that are zero before the value `low`, and from `high` on.

    There is one value or more between. The bits are those of `tile_product`, unless a sum begins
    with -0 or a product is with what is not finite.
    """
    some = slice(first, first + ROWS)
    products = rows[some, low:high] @ panels[panel, 1 + low : 1 + high]
    out[some, panel * COLUMNS : (panel + 1) * COLUMNS] = panels[panel, 0] + products


@cache
def make_compilable() -> None:
    """Tell the compiler which machine code `tile_product` and `band_product` are."""
    from numba.extending import intrinsic, overload

    in_registers: Any = intrinsic(_band_product)

    def whole(rows: Any, first: Any, panels: Any, panel: Any, out: Any) -> Any:
        def call(rows: Any, first: Any, panels: Any, panel: Any, out: Any) -> Any:
            return in_registers(rows, first, panels, panel, 0, panels.shape[1] - 1, out)

        return call

    def band(rows: Any, first: Any, panels: Any, panel: Any, low: Any, high: Any, out: Any) -> Any:
        def call(
            rows: Any, first: Any, panels: Any, panel: Any, low: Any, high: Any, out: Any
        ) -> Any:
            return in_registers(rows, first, panels, panel, low, high, out)

        return call

    overload(tile_product)(whole)
    overload(band_product)(band)


def _band_product(
    typing_context: Any,
    rows: Any,
    first: Any,
    panels: Any,
    panel: Any,
    low: Any,
    high: Any,
    out: Any,
) -> tuple[Any, Any]:
    """Return the types of `band_product`, and what writes its code: a loop over the values.

    The compiler does not find by itself that all sums can stay in registers.
    """
    from llvmlite import ir  # type: ignore[import-untyped]
    from numba import types
    from numba.core import cgutils

    tools: Any = cgutils

    whole = types.intp
    signature = types.void(rows, whole, panels, whole, whole, whole, out)

    def write(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        rows, panels, out = (
            context.make_array(signature.args[i])(context, builder, arguments[i]) for i in (0, 2, 6)
        )
        first, panel, low, high = (arguments[i] for i in (1, 3, 4, 5))
        index, lane = first.type, ir.IntType(32)
        vector = ir.VectorType(ir.FloatType(), _LANES)
        vectors = range(COLUMNS // _LANES)

        def shape(array: Any, axis: int) -> Any:
            return tools.unpack_tuple(builder, array.shape)[axis]

        def place(array: Any, *steps: tuple[Any, Any]) -> Any:
            """Return where in an array (position · stride), summed over the steps, lies."""
            where = index(0)
            for position, stride in steps:
                where = builder.add(where, builder.mul(position, stride))
            return builder.gep(array.data, [where])

        def eights(start: Any) -> list[Any]:
            """Return where the vectors of sixteen numbers lie."""
            start = builder.bitcast(start, vector.as_pointer())
            return [builder.gep(start, [index(i)]) for i in vectors]

        def in_all_lanes(number: Any) -> Any:
            nothing = ir.Constant(vector, ir.Undefined)
            alone = builder.insert_element(nothing, number, lane(0))
            zeros = ir.Constant(ir.VectorType(lane, _LANES), [0] * _LANES)
            return builder.shuffle_vector(alone, nothing, zeros)

        width, depth = shape(rows, 1), shape(panels, 1)
        columns = index(COLUMNS)
        each_row = [builder.add(first, index(i)) for i in range(ROWS)]
        row_starts = [place(rows, (row, width)) for row in each_row]
        panel_start = place(panels, (builder.mul(panel, depth), columns))
        starts = [builder.load(each, align=4) for each in eights(panel_start)]
        fused = tools.get_or_insert_function(
            builder.module, ir.FunctionType(vector, [vector] * 3), f"llvm.fmuladd.v{_LANES}f32"
        )
        before = builder.block
        loop, after = builder.append_basic_block("values"), builder.append_basic_block("done")
        builder.branch(loop)
        builder.position_at_end(loop)
        value = builder.phi(index)
        value.add_incoming(low, before)
        sums = [[builder.phi(vector) for _ in vectors] for _ in each_row]
        here = builder.add(value, index(1))
        words = eights(builder.gep(panel_start, [builder.mul(here, columns)]))
        words = [builder.load(each, align=4) for each in words]
        totals = []
        for row_start, row_sums in zip(row_starts, sums, strict=True):
            number = in_all_lanes(builder.load(builder.gep(row_start, [value])))
            new = [
                builder.call(fused, [number, word, old])
                for word, old in zip(words, row_sums, strict=True)
            ]
            totals.append(new)
            for old, start, each in zip(row_sums, starts, new, strict=True):
                old.add_incoming(start, before)
                old.add_incoming(each, loop)
        value.add_incoming(here, loop)
        is_left = builder.icmp_signed("<", here, high)
        builder.cbranch(is_left, loop, after)
        builder.position_at_end(after)
        for row, row_totals in zip(each_row, totals, strict=True):
            target = place(out, (row, shape(out, 1)), (panel, columns))
            for each, total in zip(eights(target), row_totals, strict=True):
                builder.store(total, each, align=4)
        return context.get_dummy_value()

    return signature, write


HELPERS = (multiply,)


def signatures(types: Any) -> dict[Any, tuple[Any, ...]]:
    """Return the types of the arguments of each function, in the words of the compiler."""
    two, three = (types.Array(types.float32, n, "C", readonly=True) for n in (2, 3))
    return {multiply: (two, types.int64, three, types.Array(types.float32, 2, "C"))}
