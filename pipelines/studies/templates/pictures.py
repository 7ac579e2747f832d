"""Pictures of templates, of hidden units, and of what two poses cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from pipelines.reporting.figures.svg import INK, ROUND_STEPS, SERIES, draw
from pipelines.studies.study import Picture
from pipelines.studies.templates.experiment import TWO, OneTemplateAClass

Floats = npt.NDArray[np.floating]
_N_ROWS, _N_COLUMNS = 4, 16
"""Of the sheet of hidden units."""
_GAP_PX = 1


def pictures(result: OneTemplateAClass) -> list[Picture]:
    """Draw the templates beside the first layer of the network, and what they cost."""
    names, two_posed = result.class_names, result.two_posed
    shown = [*two_posed, *(set(range(len(names))) - set(two_posed))]
    return [
        Picture(
            "The linear classifier's weights, one template a class: light pixels speak for "
            "the class, dark ones against it. The images are grey, and each object was brought to "
            "one place, size and pose; of two poses, half of the images of a class are mirrored.",
            template_picture(
                {poses: w[shown[:10]] for poses, w in result.templates.items()},
                [names[label] for label in shown[:10]],
            ),
        ),
        Picture(
            "First-layer weights of the MLP trained on two poses, the largest first: each "
            "hidden unit is a template of its own.",
            sheet_picture(result.hidden[TWO]),
        ),
        Picture(
            f"Accuracy on the {result.n_test:,} test images of the classes with two poses.",
            accuracy_picture(result.accuracy, result.n_test),
        ),
    ]


def template_picture(templates: Mapping[str, Floats], names: Sequence[str]) -> Markup:
    """Return a row of templates (n_classes, height, width) for each kind of poses."""

    def paint(figure: Figure) -> None:
        all_axes = figure.subplots(len(templates), 1, squeeze=False)[:, 0]
        for axes, (poses, weights) in zip(all_axes, templates.items(), strict=True):
            _show(axes, weights, len(names))
            axes.set_ylabel(poses, color=INK)
        middle = (np.arange(len(names)) + 0.5) * (templates[poses].shape[2] + _GAP_PX) - 1
        all_axes[0].set_xticks(middle, names)
        all_axes[0].tick_params(labeltop=True, labelbottom=False, labelcolor=INK)

    says = f"Linear templates of {', '.join(names)}, as images, for {' and for '.join(templates)}."
    return draw("templates-linear", (720, 190), paint, says=says)


def accuracy_picture(accuracy: Mapping[tuple[str, str], float], n_test: int) -> Markup:
    """Return (classifier, poses) → accuracy as a falling line a classifier."""
    models, poses = (list(dict.fromkeys(key[i] for key in accuracy)) for i in (0, 1))

    def paint(figure: Figure) -> None:
        axes = figure.subplots()
        for model, colour in zip(models, SERIES, strict=False):
            values = [100 * accuracy[model, p] for p in poses]
            axes.plot(range(len(poses)), values, "o-", color=colour, lw=2, ms=7)
            for place, value in enumerate(values):
                axes.annotate(
                    f"{value:.1f}",
                    (place, value),
                    (0, 8),
                    textcoords="offset points",
                    ha="center",
                    color=colour,
                )
            end = (len(poses) - 1, values[-1])
            axes.annotate(
                model, end, (24, 0), textcoords="offset points", va="center", color=colour
            )
        values = [100 * value for value in accuracy.values()]
        axes.set_ylim(min(values) - 2.5, max(values) + 3.5)
        axes.yaxis.set_major_locator(MaxNLocator(4, steps=ROUND_STEPS, integer=True))
        axes.set_xlim(-0.2, len(poses) - 0.7)
        axes.set_xticks(range(len(poses)), poses)
        axes.set_ylabel("accuracy, %")
        axes.grid(visible=False, axis="x")

    said = ", ".join(f"{m} with {p} {100 * value:.1f} %" for (m, p), value in accuracy.items())
    says = f"Accuracy on {n_test} test images of the classes with two poses: {said}."
    return draw("templates-accuracy", (720, 230), paint, says=says)


def sheet_picture(hidden: Floats) -> Markup:
    """Return the largest of the hidden units' weights (n_hidden, height, width) as a sheet."""
    n_shown = min(len(hidden), _N_ROWS * _N_COLUMNS)
    largest = np.argsort(-np.square(hidden).sum(axis=(1, 2)), kind="stable")[:n_shown]

    def paint(figure: Figure) -> None:
        _show(figure.subplots(), hidden[largest], _N_COLUMNS)

    says = f"First-layer weights of {n_shown} hidden units."
    return draw("templates-hidden", (720, 190), paint, says=says)


def _show(axes: Axes, weights: Floats, n_columns: int) -> None:
    """Draw weights (n, height, width) as a sheet of images, zero in middle grey."""
    n, height, width = weights.shape
    tall, wide = height + _GAP_PX, width + _GAP_PX
    sheet = np.full((-(-n // n_columns) * tall - _GAP_PX, n_columns * wide - _GAP_PX), np.nan)
    for place, image in enumerate(weights):
        top, left = place // n_columns * tall, place % n_columns * wide
        sheet[top : top + height, left : left + width] = image / (np.abs(image).max() or 1.0)
    axes.imshow(sheet, cmap="gray", vmin=-1, vmax=1, interpolation="nearest")
    axes.set(xticks=[], yticks=[])
    axes.spines[:].set_visible(False)
    axes.grid(visible=False)
