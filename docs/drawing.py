"""The pictures of the pages on the science, drawn from the built-in images and from equations.

`python -m tests.docs.keep` writes them into the folder `pictures`. They are kept, so that the pages
read well where nothing is built, too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

Drawing = npt.NDArray[np.uint8]

_N_IMAGES = 300
_SHOWN = (1, 3, 7, 4)
_GAP = 10


@cache
def _images() -> Drawing:
    from data import load_dataset

    return load_dataset("builtin", n_train=_N_IMAGES, n_test=10, cache=False).images_train


def _sheet(rows: list[list[Drawing]]) -> Drawing:
    """Return drawings in rows on white paper."""
    lines = []
    for row in rows:
        height = max(len(each) for each in row)
        padded = [
            np.pad(each, ((0, height - len(each)), (0, _GAP), (0, 0)), constant_values=255)
            for each in row
        ]
        lines.append(np.concatenate(padded, axis=1)[:, :-_GAP])
    width = max(line.shape[1] for line in lines)
    padded = [
        np.pad(line, ((0, _GAP), (0, width - line.shape[1]), (0, 0)), constant_values=255)
        for line in lines
    ]
    return np.concatenate(padded)[:-_GAP]


def _large(image: Drawing, zoom: int = 4) -> Drawing:
    shown = image.reshape(*image.shape[:2], -1)
    shown = shown.repeat(3, axis=2) if shown.shape[2] == 1 else shown
    return shown.repeat(zoom, axis=0).repeat(zoom, axis=1)


def _beside_each(extractor: Any, zoom: int) -> Drawing:
    """Return images, and below each the picture that a fitted extractor draws of it."""
    images = _images()[list(_SHOWN)]
    drawn = extractor.fit(_images()).pictures(images)[: len(images)]
    return _sheet([[_large(each) for each in images], [_large(each.image, zoom) for each in drawn]])


def _colors() -> Drawing:
    from features import ColorHistogram
    from features.explain import color_picture

    images = _images()
    histogram = ColorHistogram(bins=4).fit(images)
    return _sheet(
        [
            [color_picture(images[place], histogram, zoom=4) for place in _SHOWN[i : i + 2]]
            for i in (0, 2)
        ]
    )


def _edges() -> Drawing:
    from features import HOG
    from features.explain import hog_picture

    hog = HOG().fit(_images())
    rows = [_SHOWN[:2], _SHOWN[2:]]
    return _sheet([[hog_picture(_images()[place], hog, zoom=6) for place in row] for row in rows])


def _patterns() -> Drawing:
    from features import LocalBinaryPatterns

    return _beside_each(LocalBinaryPatterns(), 4)


def _pairs() -> Drawing:
    from features import CoOccurrence

    return _beside_each(CoOccurrence(), 1)


@cache
def _bag() -> Any:
    from features import BagOfVisualWords

    return BagOfVisualWords(n_words=64, n_iterations=10, n_samples=20_000).fit(_images())


def _codebook() -> Drawing:
    from features.explain import codebook_picture

    return codebook_picture(_bag(), zoom=6)


def _words() -> Drawing:
    from features.explain import words_picture

    return words_picture(_bag(), _images()[_SHOWN[1]], zoom=3)


def _filters() -> Drawing:
    from features import ConvolutionalKernelNetwork

    network = ConvolutionalKernelNetwork(n_filters=(64, 16), n_samples=20_000).fit(_images())
    (picture,) = network.pictures(_images()[:1])
    return _large(picture.image, 2)


def _words_of_edges() -> Drawing:
    from features import VLAD

    (picture,) = VLAD(n_samples=20_000, n_iterations=10).fit(_images()).pictures(_images()[:1])
    return _large(picture.image, 1)


def _views() -> Drawing:
    from data.pixels.views import views_of

    views = [_large(view[0], 3) for view in views_of(_images()[[_SHOWN[1]]], 10, 3)]
    return _sheet([views[:5], views[5:]])


def _plot(draw: Callable[[Any], None], width: float = 5.0) -> Any:
    from matplotlib import rc_context
    from matplotlib.figure import Figure

    with rc_context({"svg.hashsalt": "preconv", "svg.fonttype": "path", "font.size": 9}):
        figure = Figure(figsize=(width, 2.8), layout="constrained")
        axes = figure.subplots()
        draw(axes)
        axes.spines[["top", "right"]].set_visible(False)
        axes.legend(frameon=False)
        return figure


def _losses(axes: Any) -> None:
    margin = np.linspace(-2, 3, 101)
    axes.plot(margin, np.log1p(np.exp(-margin)), "-", label="softmax")
    axes.plot(margin, np.maximum(0, 1 - margin), "--", label="hinge")
    axes.plot(margin, 0.25 * (1 - margin) ** 2, ":", label="squared")
    axes.set(xlabel="score of the right class − score of the other", ylabel="loss", ylim=(0, 2.4))


def _kernels(axes: Any) -> None:
    angle = np.linspace(0, np.pi, 101)
    cosine = np.cos(angle)
    axes.plot(np.degrees(angle), np.exp(-(2 - 2 * cosine)), "-", label="rbf, γ = 1")
    axes.plot(np.degrees(angle), (1 + cosine) ** 2 / 4, "--", label="polynomial, degree 2")
    arc = (np.sin(angle) + (np.pi - angle) * cosine) / np.pi
    axes.plot(np.degrees(angle), arc, ":", label="arc-cosine")
    axes.set(xlabel="angle between two rows of length one, degrees", ylabel="kernel, 1 at angle 0")


def _codes(axes: Any) -> None:
    projection = np.linspace(-2, 2, 101)
    axes.plot(projection, np.maximum(0, projection - 0.25), "-", label="two-sided, first code")
    axes.plot(projection, np.maximum(0, -projection - 0.25), "--", label="two-sided, second code")
    axes.set(xlabel="projection of the descriptor on the word", ylabel="code")


def _intervals(axes: Any) -> None:
    from scipy.stats import binomtest

    sizes = np.unique(np.logspace(1.5, 4, 40).astype(int))
    for share, style in ((0.5, "-"), (0.8, "--"), (0.95, ":")):
        tests = [binomtest(round(share * n), n).proportion_ci(method="wilson") for n in sizes]
        half = [50 * (each.high - each.low) for each in tests]
        axes.plot(sizes, half, style, label=f"accuracy about {share:.0%}")
    axes.set(xscale="log", xlabel="test images", ylabel="half of the interval, points")


DRAWINGS: dict[str, Callable[[], Drawing]] = {
    "colors.png": _colors,
    "edges.png": _edges,
    "patterns.png": _patterns,
    "pairs.png": _pairs,
    "codebook.png": _codebook,
    "words.png": _words,
    "filters.png": _filters,
    "words_of_edges.png": _words_of_edges,
    "views.png": _views,
}
"""File → the function that draws it, from the built-in images."""

PLOTS: dict[str, Callable[[Any], None]] = {
    "losses.svg": _losses,
    "kernels.svg": _kernels,
    "codes.svg": _codes,
    "intervals.svg": _intervals,
}
"""File → the function that plots it, from an equation."""


def draw_all(folder: Path) -> list[str]:
    """Draw every picture into a folder.

    Parameters
    ----------
    folder : Path
        It is made where it is missing.

    Returns
    -------
    list of str
        The names of the files.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for name, drawn in DRAWINGS.items():
        Image.fromarray(drawn()).save(folder / name, optimize=True)
    for name, plotted in PLOTS.items():
        _plot(plotted).savefig(folder / name, metadata={"Date": None, "Creator": None})
    return [*DRAWINGS, *PLOTS]
