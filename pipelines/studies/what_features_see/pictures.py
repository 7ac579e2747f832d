"""Pictures of images changed, of which features notice, of what that costs, and of words."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from features.explain import codebook_picture
from pipelines.reporting.figures.svg import GROUND, INK, MUTED, ROUND_STEPS, SERIES, draw
from pipelines.studies.study import Picture
from pipelines.studies.what_features_see.changes import SAME, Images
from pipelines.studies.what_features_see.experiment import WhatFeaturesSee


def pictures(result: WhatFeaturesSee) -> list[Picture]:
    """Draw an image changed, which features notice, what that costs, and the words."""
    moves = {key: far for key, far in result.change.items() if key[1] != SAME}
    return [
        Picture("One image, changed in each way.", changes_picture(result.examples)),
        Picture(
            "How far each feature moves: 0 is blind to the change, 1 takes the changed image "
            "for another one.",
            movement_picture(moves),
        ),
        Picture(
            "Accuracy on changed images. Filled: trained on the images as they are. Open: "
            "trained again, on images changed in the same way. Dashed: guessing.",
            accuracy_picture(result.accuracy, result.again, 1 / result.n_classes),
        ),
        Picture(
            "The first of the words, whitened, each stretched to full contrast.",
            words_picture(
                {
                    name: codebook_picture(bag, zoom=4, n_words=64)
                    for name, bag in result.bags.items()
                }
            ),
        ),
    ]


def changes_picture(examples: Mapping[str, Images]) -> Markup:
    """Return one image as it is and changed, side by side."""

    def paint(figure: Figure) -> None:
        all_axes = figure.subplots(1, len(examples), squeeze=False)[0]
        for axes, (name, image) in zip(all_axes, examples.items(), strict=True):
            show_image(axes, image)
            axes.set_title(name)

    says = f"One image {', '.join(examples)}."
    return draw("what-features-see-changes", (720, 200), paint, says=says)


def movement_picture(change: Mapping[tuple[str, str], float]) -> Markup:
    """Return how far each feature moves, a panel a feature, a row a change."""
    names, changes = (list(dict.fromkeys(key[i] for key in change)) for i in (0, 1))

    def paint(figure: Figure) -> None:
        all_axes = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
        for axes, name, colour in zip(all_axes, names, SERIES, strict=False):
            for row, kind in enumerate(changes):
                moves = change[name, kind]
                axes.barh(row, moves, height=0.5, color=colour)
                axes.annotate(
                    f"{moves:.2f}", (moves, row), (5, 0), textcoords="offset points", va="center"
                )
            axes.set_title(name, color=INK)
            axes.set_xlim(0, 1.3 * max(1.0, *change.values()))
            axes.set_xticks([0, 0.5, 1], ["0", "½", "1"])
            axes.set_ylim(len(changes) - 0.4, -0.6)
            axes.set_yticks(range(len(changes)), changes)
            axes.grid(visible=False, axis="y")

    said = "; ".join(
        f"{name}: " + ", ".join(f"{kind} {change[name, kind]:.2f}" for kind in changes)
        for name in names
    )
    says = f"How far each feature moves, from 0, not at all, to 1, another image. {said}."
    return draw("what-features-see-movement", (720, 170), paint, says=says)


def accuracy_picture(
    accuracy: Mapping[tuple[str, str], float],
    again: Mapping[tuple[str, str], float],
    chance: float,
) -> Markup:
    """Return accuracy on changed images, a panel a feature, a row a change."""
    names, changes = (list(dict.fromkeys(key[i] for key in accuracy)) for i in (0, 1))
    most = 100 * max(*accuracy.values(), *again.values())

    def paint(figure: Figure) -> None:
        all_axes = figure.subplots(1, len(names), sharey=True, squeeze=False)[0]
        for axes, name, colour in zip(all_axes, names, SERIES, strict=False):
            for row, change in enumerate(changes):
                there, back = (100 * figures[name, change] for figures in (accuracy, again))
                axes.plot([there, back], [row, row], color=colour, lw=1.5, alpha=0.6, zorder=2)
                axes.plot(back, row, "o", mfc=GROUND, mec=colour, mew=1.8, ms=9, zorder=3)
                axes.plot(there, row, "o", color=colour, ms=6, mew=0, zorder=4)
                axes.annotate(
                    f"{there:.0f}", (there, row), (0, 7), textcoords="offset points", ha="center"
                )
            axes.axvline(100 * chance, color=MUTED, ls="--", lw=1)
            axes.set_title(name, color=INK)
            axes.set_xlim(0, 1.08 * most)
            axes.set_ylim(len(changes) - 0.6, -0.7)
            axes.xaxis.set_major_locator(MaxNLocator(4, steps=ROUND_STEPS, prune="lower"))
            axes.set_yticks(range(len(changes)), changes)
            axes.set_xlabel("accuracy, %")

    said = "; ".join(
        f"{name}: "
        + ", ".join(
            f"{change} {100 * accuracy[name, change]:.0f} ({100 * again[name, change]:.0f})"
            for change in changes
        )
        for name in names
    )
    says = f"Per cent of changed test images right, in brackets when trained again. {said}."
    return draw("what-features-see-accuracy", (720, 230), paint, says=says)


def words_picture(codebooks: Mapping[str, Images]) -> Markup:
    """Return sheets of words side by side."""

    def paint(figure: Figure) -> None:
        all_axes = figure.subplots(1, len(codebooks), squeeze=False)[0]
        for axes, (name, sheet) in zip(all_axes, codebooks.items(), strict=True):
            show_image(axes, _without_paper(sheet))
            axes.set_title(f"learned from {name}")

    says = f"Visual words, learned from {' and from '.join(codebooks)}."
    return draw("what-features-see-words", (720, 360), paint, says=says)


def _without_paper(sheet: Images) -> Images:
    """Return a sheet with the page's ground between its tiles."""
    white = (sheet == 255).all(axis=2)
    between = white.all(axis=1)[:, None] | white.all(axis=0)
    return np.dstack([sheet, np.where(between, 0, 255).astype(np.uint8)])


def show_image(axes: Axes, image: Images) -> None:
    """Draw an image with its pixels as squares and nothing around it."""
    if image.shape[-1] == 1:
        axes.imshow(image[..., 0], cmap="gray", vmin=0, vmax=255, interpolation="nearest")
    else:
        axes.imshow(image, interpolation="nearest")
    axes.set_axis_off()
