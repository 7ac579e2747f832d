"""A picture of accuracy against the number of training images."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from markupsafe import Markup
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from pipelines.reporting.figures.svg import INK, SERIES, draw
from pipelines.studies.feature_or_layer.experiment import (
    BOTH,
    DESIGN,
    LEARNING,
    Curve,
    FeatureOrLayer,
)
from pipelines.studies.line_names import name_lines
from pipelines.studies.study import Picture


def pictures(result: FeatureOrLayer) -> list[Picture]:
    """Draw accuracy against training images, with the crossings marked."""
    pairs = [(BOTH, DESIGN), (LEARNING, DESIGN)]
    crossings = {pair: at for pair in pairs if (at := result.crossing(*pair)) is not None}
    caption = f"Accuracy on {result.n_test:,} test images against the number of training images"
    caption += f", mean of {result.n_draws[0]} draws of {result.sizes[0]} to "
    caption += f"{result.n_draws[-1]} of {result.sizes[-1]:,}."
    if crossings:
        caption += " Rings: where a learned layer overtakes features with a linear classifier."
    return [Picture(caption, curves_picture(result.sizes, result.accuracy, crossings))]


def curves_picture(
    sizes: Sequence[int],
    accuracy: Mapping[str, Curve],
    crossings: Mapping[tuple[str, str], float],
) -> Markup:
    """Return a line a method, each named at its end, and a ring at each crossing."""
    ends = [100 * float(curve[-1]) for curve in accuracy.values()]

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for (name, curve), colour in zip(accuracy.items(), SERIES, strict=False):
            style = "o--" if name.endswith("nearest") else "o-"
            axes.plot(sizes, 100 * curve, style, color=colour, lw=2, ms=5)
        names = [f"{name} {end:.0f}" for name, end in zip(accuracy, ends, strict=True)]
        name_lines(axes, names, SERIES[: len(ends)], sizes[-1], ends, 0.055 * max(ends))
        for (overtaker, _), n in crossings.items():
            height = 100 * np.interp(np.log(n), np.log(sizes), accuracy[overtaker])
            axes.plot(n, height, "o", mfc="none", mec=INK, ms=15, mew=1.5)
            axes.annotate(
                f"{n:,.0f} images", (n, height), (-10, 10), textcoords="offset points", ha="right"
            )
        axes.set_xscale("log")
        axes.set_xticks(sizes, [f"{n:,}" for n in sizes])
        axes.xaxis.set_minor_locator(NullLocator())
        axes.set_xlabel("training images")
        axes.set_ylabel("accuracy, %")
        axes.set_ylim(0, None)

    said = "; ".join(
        f"{name} from {100 * curve[0]:.0f} to {100 * curve[-1]:.0f} %"
        for name, curve in accuracy.items()
    )
    crossed = "".join(
        f" {overtaker} overtakes {overtaken} at {n:,.0f} images."
        for (overtaker, overtaken), n in crossings.items()
    )
    says = f"Accuracy with {sizes[0]} to {sizes[-1]} training images: {said}.{crossed}"
    return draw("feature-or-layer-curves", (720, 380), paint, says=says)
