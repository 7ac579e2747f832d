"""With few images a designed feature beats a learned layer; learning needs data to catch up.

A histogram of oriented gradients and of colours carries what its designers knew about images, and a
linear classifier has only to weigh it. A network on pixels must find out for itself, and a nearest
neighbour must have seen something like it. So all are given the same training images, from a few
to all there are, and asked about the same test images:

    overtaking = the smallest n with accuracy(pixels + MLP, n) ≥ accuracy(features + linear, n)

which may lie beyond the images at hand. The network on the features shows that the two ways past
a linear classifier on pixels add up.

Source: Stanford CS231n, "Neural networks and backpropagation": the two ways past a linear
classifier; k nearest neighbours as in Cover and Hart, "Nearest neighbor pattern classification",
IEEE Transactions on Information Theory 13(1), 1967.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.figure import Figure
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion
from threadpoolctl import threadpool_limits

from data import Dataset
from features import HOG, ColorHistogram, RawPixels
from models import LinearClassifier, MLPClassifier
from pipelines.reporting.figure import SERIES, draw
from pipelines.studies.study import Finding, Picture

DESIGNED, LEARNED, BOTH, NEIGHBOURS = (
    "features + linear",
    "pixels + MLP",
    "features + MLP",
    "pixels + k nearest neighbours",
)
FEWEST = 50


@dataclass(frozen=True)
class AccuracyByImages:
    """Accuracy on the test images against the number of training images.

    Parameters
    ----------
    n_images : tuple of int
        Training images, rising.
    accuracy : dict of str to tuple of float
        One accuracy for each number of images, by pairing.
    n_test : int
    chance : float
        Accuracy of always naming the commonest class.
    """

    n_images: tuple[int, ...]
    accuracy: Mapping[str, tuple[float, ...]]
    n_test: int
    chance: float

    @property
    def standard_error(self) -> float:
        """Of a difference of two accuracies, at most: that of two independent coins."""
        return float(np.sqrt(0.5 / self.n_test))

    def overtaking(self, pairing: str) -> int | None:
        """The fewest images with which a pairing is level with design, and stays so."""
        ahead = np.greater_equal(self.accuracy[pairing], self.accuracy[DESIGNED])
        last_behind = max(np.flatnonzero(~ahead), default=-1)
        return self.n_images[last_behind + 1] if last_behind + 1 < len(ahead) else None

    def findings(self) -> Sequence[Finding]:
        """Who leads with few images, how the lead shrinks, and what both give together."""
        few, many = self.n_images[0], self.n_images[-1]
        designed, learned = self.accuracy[DESIGNED], self.accuracy[LEARNED]
        lead = np.subtract(designed, learned)
        both, neighbours = self.accuracy[BOTH][-1], self.accuracy[NEIGHBOURS][-1]
        crossings = [
            f"overtakes design with {n:,} images" if n else "never overtakes design here"
            for n in (self.overtaking(LEARNED), self.overtaking(BOTH))
        ]
        best_alone = max(designed[-1], learned[-1])
        return [
            Finding(
                f"With {few:,} images, {DESIGNED} names {designed[0]:.1%} of the test images "
                f"rightly and {LEARNED} {learned[0]:.1%}: design leads by "
                f"{100 * lead[0]:.1f} points.",
                bool(lead[0] > 2 * self.standard_error),
            ),
            Finding(
                f"Learning lives on data: from {few:,} to {many:,} images {LEARNED} gains "
                f"{100 * (learned[-1] - learned[0]):.1f} points; it {crossings[0]}.",
                bool(learned[-1] - learned[0] > 4 * self.standard_error),
            ),
            Finding(
                f"Features and a layer add up: with {many:,} images {BOTH} is right "
                f"{both:.1%} of the time, against {best_alone:.1%} for the better of the two "
                f"alone; it {crossings[1]}.",
                bool(both > best_alone - self.standard_error),
            ),
            Finding(
                f"{NEIGHBOURS.capitalize()} ends at {neighbours:.1%}, "
                f"{100 * (both - neighbours):.1f} points behind.",
                bool(both - neighbours > 2 * self.standard_error),
            ),
        ]

    def pictures(self) -> Sequence[Picture]:
        """Accuracy against the number of training images."""

        def paint(figure: Figure) -> None:
            axes = figure.subplots()
            for colour, (name, values) in zip(SERIES, self.accuracy.items(), strict=False):
                axes.plot(
                    self.n_images, np.multiply(values, 100), "o-", color=colour, label=name, ms=4
                )
            axes.axhline(100 * self.chance, color=SERIES[7], lw=1, ls=":", label="commonest class")
            axes.set_xscale("log")
            axes.set_xticks(self.n_images, [f"{n:,}" for n in self.n_images])
            axes.minorticks_off()
            axes.set_xlabel("training images")
            axes.set_ylabel("accuracy, %")
            axes.legend(frameon=False, loc="upper left")

        ends = ", ".join(f"{name} {values[-1]:.1%}" for name, values in self.accuracy.items())
        says = f"Accuracy against training images; with {self.n_images[-1]:,}: {ends}."
        markup = draw("feature-or-layer", (620, 400), paint, says=says)
        return [Picture("The same test images, more and more training images", markup)]


def run(
    dataset: Dataset, size: float = 1.0, seed: int = 0, *, designed: bool = True
) -> AccuracyByImages:
    """Accuracy of four pairings on growing parts of the training images.

    Parameters
    ----------
    dataset
        With at least 100 training images.
    size
        The part of the training images that counts as all, from 0.1 to 1.
    seed
        Decides the order of the training images and the weights of the networks.
    designed
        Without it, raw pixels take the place of the designed features: the effect is gone.
    """
    n_all = round(min(1.0, max(0.25, size)) * dataset.n_train)
    if n_all < 2 * FEWEST:
        raise ValueError(
            f"this study needs {2 * FEWEST} training images or more, got {n_all} of {dataset.name}"
        )
    order = np.random.default_rng(seed).permutation(dataset.n_train)[:n_all]
    n_steps = 3 if size < 0.5 else 6
    n_images = tuple(int(n) for n in np.geomspace(FEWEST, n_all, n_steps).round())
    pixels = _extracted(RawPixels(), dataset, order)
    union = FeatureUnion([("hog", HOG()), ("color", ColorHistogram(bins=4, norm="hellinger"))])
    features = _extracted(union, dataset, order) if designed else pixels
    labels = dataset.labels_train[order]
    pairings: dict[str, tuple[Any, Any]] = {
        DESIGNED: (features, LinearClassifier(alpha=1e-2, standardize=True)),
        LEARNED: (pixels, _network(size, seed)),
        BOTH: (features, _network(size, seed)),
        NEIGHBOURS: (pixels, KNeighborsClassifier(5)),
    }
    accuracy = {}
    with threadpool_limits(1, user_api="blas"):
        for name, ((train, test), model) in pairings.items():
            accuracy[name] = tuple(
                float(model.fit(train[:n], labels[:n]).score(test, dataset.labels_test))
                for n in n_images
            )
    counts = np.bincount(dataset.labels_test)
    return AccuracyByImages(
        n_images, accuracy, len(dataset.labels_test), float(counts.max() / counts.sum())
    )


def _network(size: float, seed: int) -> MLPClassifier:
    return MLPClassifier(
        (128,),
        standardize=True,
        dropout=0.3,
        batch_size=32,
        learning_rate="cosine",
        max_iter=30 if size >= 0.5 else 12,
        n_iter_no_change=1000,
        random_state=seed,
    )


def _extracted(
    extractor: Any, dataset: Dataset, order: npt.NDArray[np.intp]
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.float32]]:
    train = extractor.fit_transform(dataset.images_train[order])
    return np.asarray(train), np.asarray(extractor.transform(dataset.images_test))
