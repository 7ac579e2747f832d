"""Pictures of traffic at gates, of a worked product, and of memory against size."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import FancyBboxPatch, Rectangle
from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

from pipelines.reporting.figures.svg import ACCENT, GROUND, INK, MUTED, RULE, SERIES, draw
from pipelines.reporting.texts.numbers import size as in_units
from pipelines.studies.backpropagation.experiment import Backpropagation
from pipelines.studies.backpropagation.gates import Passed
from pipelines.studies.backpropagation.product import Array, Product
from pipelines.studies.study import Picture

RULES = {
    "add": ("+", "add distributes"),
    "multiply": ("×", "multiply swaps"),
    "copy": ("copy", "copy adds up"),
    "max": ("max", "max routes"),
}
FORWARD, BACKWARD = INK, SERIES[1]
LARGE, _FLOAT64 = 4096, 8


def pictures(result: Backpropagation) -> list[Picture]:
    """Draw the gates, the worked product, and memory against size."""
    return [
        gates(result.gates),
        product(result.product),
        memory(result.sizes, result.bytes_implicit, result.bytes_jacobian),
    ]


def gates(gates: Sequence[Passed]) -> Picture:
    """The four gates, values forward above the wires, gradients backward below them."""

    def paint(figure: Figure) -> None:
        for axes, each in zip(figure.subplots(1, len(gates)), gates, strict=True):
            _gate(axes, each)

    said = "; ".join(
        f"{RULES[each.gate.name][1]}: inputs {each.gate.inputs}, upstream {each.gate.upstream}, "
        f"passed on {each.passed}"
        for each in gates
    )
    return Picture(
        "Traffic at four gates: above each wire the value that comes forward, below it, in orange, "
        "the gradient that goes back.",
        draw("backpropagation-gates", (860, 210), paint, says=said),
    )


def _gate(axes: Axes, each: Passed) -> None:
    symbol, title = RULES[each.gate.name]
    axes.set(xlim=(-2.7, 2.7), ylim=(-1.6, 1.6), title=title)
    axes.axis("off")
    for side, values, gradients in (
        (-1, each.gate.inputs, each.passed),
        (1, each.gate.forward(each.gate.inputs), each.gate.upstream),
    ):
        places = (0.0,) if len(values) == 1 else (0.95, -0.95)
        for y, value, gradient in zip(places, values, gradients, strict=True):
            axes.plot([2.2 * side, 1.3 * side, 0], [y, y, 0], color=MUTED, lw=1.2, zorder=1)
            x = 1.75 * side
            axes.text(x, y + 0.12, _number(value), ha="center", va="bottom", color=FORWARD)
            axes.text(
                x, y - 0.14, _number(gradient), ha="center", va="top", color=BACKWARD,
                fontweight="bold",
            )  # fmt: skip
    axes.add_patch(
        FancyBboxPatch(
            (-0.5, -0.4), 1.0, 0.8, boxstyle="round,pad=0.05", fc=GROUND, ec=MUTED, lw=1.2, zorder=2
        )
    )
    axes.text(0, -0.02, symbol, ha="center", va="center", color=INK, zorder=3, fontsize=12)


def product(worked: Product) -> Picture:
    """The worked entry in its product, and the Jacobian that nobody writes down."""

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        axes.set(xlim=(-0.2, 23.2), ylim=(-8.3, 1.2), aspect="equal")
        axes.axis("off")
        _matrix(axes, (0, -3), worked.dx, "∂L/∂x", {(0, 0)})
        axes.text(3.75, -4, "=", ha="center", va="center", color=INK, fontsize=14)
        _matrix(axes, (4.5, -3), worked.dy, "∂L/∂y", {(0, j) for j in range(4)})
        _matrix(axes, (9.5, -2), worked.w.T, "wᵀ", {(j, 0) for j in range(4)})
        _matrix(axes, (16, 0), worked.jacobian, "∂y/∂x, not needed", set(), zeros=False)

    terms = " + ".join(
        f"{_bracketed(a)}·{_bracketed(b)}" for a, b in zip(worked.w[0], worked.dy[0], strict=True)
    )
    entry = f"∂L/∂x₁,₁ = {terms} = {worked.dx[0, 0]:g}"
    return Picture(
        f"The worked entry, {entry}: the marked row times the marked column. Right: the Jacobian "
        "of the product, w transposed once for each row of x and zeros elsewhere, left empty.",
        draw("backpropagation-product", (860, 360), paint, says=entry),
    )


def _matrix(
    axes: Axes,
    corner: tuple[float, float],
    matrix: Array,
    title: str,
    marked: set[tuple[int, int]],
    *,
    zeros: bool = True,
) -> None:
    left, top = corner
    n_rows, n_columns = matrix.shape
    axes.text(left + n_columns / 2, top + 0.25, title, ha="center", va="bottom", color=MUTED)
    for (i, j), value in np.ndenumerate(matrix):
        shown = zeros or value != 0
        axes.add_patch(
            Rectangle(
                (left + j, top - i - 1), 1, 1, ec=RULE, lw=0.8,
                fc=ACCENT if (i, j) in marked else MUTED if shown and not zeros else "none",
                alpha=0.25 if (i, j) in marked or not zeros else None,
            )
        )  # fmt: skip
        if shown:
            axes.text(
                left + j + 0.5, top - i - 0.53, _number(value), ha="center", va="center", color=INK,
                fontweight="bold" if (i, j) in marked else "normal",
            )  # fmt: skip
    axes.add_patch(Rectangle((left, top - n_rows), n_columns, n_rows, fc="none", ec=MUTED, lw=1.0))


def memory(
    sizes: tuple[int, ...], bytes_implicit: tuple[int, ...], bytes_jacobian: tuple[int, ...]
) -> Picture:
    """Memory against size, with the lines drawn on to a layer of usual width."""
    ways = (
        ("by way of the Jacobian", bytes_jacobian, SERIES[1], 4),
        ("by the product", bytes_implicit, SERIES[0], 2),
    )

    def paint(figure: Figure) -> None:
        axes = figure.add_subplot()
        for name, held, colour, power in ways:
            axes.loglog(sizes, held, "o-", color=colour, ms=4, lw=1.8)
            there = _FLOAT64 * LARGE**power
            axes.loglog(
                [sizes[-1], LARGE],
                [_FLOAT64 * sizes[-1] ** power, there],
                "--",
                color=colour,
                lw=1.2,
            )
            axes.annotate(
                name, (LARGE, there), xytext=(-8, 2), textcoords="offset points", ha="right",
                va="bottom", color=colour,
            )  # fmt: skip
        axes.set(xlabel="n, for two n×n matrices", xlim=(3.5, LARGE * 1.1))
        axes.xaxis.set_major_locator(FixedLocator([4, 16, 64, 256, 1024, 4096]))
        axes.xaxis.set_major_formatter(FixedFormatter(["4", "16", "64", "256", "1,024", "4,096"]))
        powers = range(10, 60, 10)
        axes.yaxis.set_major_locator(FixedLocator([2.0**p for p in powers]))
        axes.yaxis.set_major_formatter(
            FixedFormatter(["1 KiB", "1 MiB", "1 GiB", "1 TiB", "1 PiB"])
        )
        axes.xaxis.set_minor_locator(NullLocator())
        axes.yaxis.set_minor_locator(NullLocator())

    said = "; ".join(
        f"{name}: {in_units(held[0])} at n = {sizes[0]}, {in_units(held[-1])} at n = {sizes[-1]}"
        for name, held, _, _ in ways
    )
    return Picture(
        f"The most memory held while ∂L/∂x is computed; measured up to n = {sizes[-1]}, dashed "
        f"8 n⁴ and 8 n² bytes, which at {LARGE:,} are {_FLOAT64 * LARGE**4 / 2**50:g} PiB and "
        f"{_FLOAT64 * LARGE**2 / 2**20:g} MiB.",
        draw("backpropagation-memory", (640, 340), paint, says=said),
    )


def _number(value: float) -> str:
    return f"{value:g}".replace("-", "−")


def _bracketed(value: float) -> str:
    return f"({_number(value)})" if value < 0 else _number(value)
