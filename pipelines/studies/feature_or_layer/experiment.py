"""Train five methods on more and more images, and find where one overtakes another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.neighbors import KNeighborsClassifier
from threadpoolctl import threadpool_limits

from data import Dataset
from features import HOG, ColorHistogram, RawPixels
from models import LinearClassifier, MLPClassifier
from pipelines.errors import StudyError
from pipelines.reporting.texts.numbers import percent
from pipelines.studies.sample import balanced_order, cell_of, sample
from pipelines.studies.study import Finding

Floats = npt.NDArray[np.floating]
Curve = npt.NDArray[np.float64]

DESIGN, LEARNING, BOTH = "features + linear", "pixels + MLP", "features + MLP"
NEAR_PIXELS, NEAR_FEATURES = "pixels + nearest", "features + nearest"
_FEWEST = 50
_MOST = 8000


@dataclass(frozen=True)
class FeatureOrLayer:
    """Accuracy against the number of training images.

    Parameters
    ----------
    sizes
        Numbers of training images, rising.
    accuracy
        Method → share of test images right at each size, mean over draws of the images.
    n_draws
        Draws of the images at each size: more of the smaller ones, which differ more.
    n_test
        Test images.
    """

    sizes: tuple[int, ...]
    accuracy: dict[str, Curve]
    n_draws: tuple[int, ...]
    n_test: int

    def crossing(self, overtaker: str, overtaken: str) -> float | None:
        """Images from which on one method is ahead of another, which led before; None if never."""
        return crossing(self.sizes, self._lead(overtaker, overtaken))

    def _lead(self, method: str, other: str) -> Curve:
        return self.accuracy[method] - self.accuracy[other]

    def crossing_level(self, method: str, accuracy: float) -> float | None:
        """Images from which on a method is more accurate than this; None if never, or always."""
        return crossing(self.sizes, self.accuracy[method] - accuracy)

    def findings(self) -> list[Finding]:
        """Who leads on few images, who overtakes, what design is worth, what neighbours owe."""
        return [self._few(), self._overtaken(), self._worth(), self._neighbours()]

    def _few(self) -> Finding:
        """On few images a layer that is learned buys nothing."""
        design, both, learning = (self.accuracy[m][0] for m in (DESIGN, BOTH, LEARNING))
        says = (
            f"With {self.sizes[0]} training images, {DESIGN} is right for {percent(design)} %, "
            f"{BOTH} for {percent(both)} %, {LEARNING} for {percent(learning)} %."
        )
        return Finding(says, bool(design > both - 0.01 and design > learning + 0.05))

    def _overtaken(self) -> Finding:
        """A layer learned on the features overtakes the features alone."""
        at = self.crossing(BOTH, DESIGN)
        design, both = self.accuracy[DESIGN][-1], self.accuracy[BOTH][-1]
        says = (
            f"{_where(BOTH, DESIGN, at, self._lead(BOTH, DESIGN))}; with "
            f"{self.sizes[-1]:,} it is right for {percent(both)} % against {percent(design)} %."
        )
        return Finding(says, bool(at is not None and both > design + 0.02))

    def _worth(self) -> Finding:
        """What a layer learns from pixels, the features know from fewer images."""
        design, learning = self.accuracy[DESIGN], self.accuracy[LEARNING]
        overtakes = self.crossing(LEARNING, DESIGN)
        enough = self.crossing_level(DESIGN, learning[-1])
        says = (
            f"{_where(LEARNING, DESIGN, overtakes, self._lead(LEARNING, DESIGN))}: with "
            f"{self.sizes[-1]:,} it is right for "
        )
        says += f"{percent(learning[-1])} % against {percent(design[-1])} %"
        if (design > learning[-1]).all():
            says += f"; {DESIGN} is right for more than that with {self.sizes[0]} already"
            worth = True
        else:
            worth = enough is not None and enough < self.sizes[-1] / 2
        if enough is not None:
            says += f", as many as {DESIGN} is right for with about {enough:,.0f} images"
        return Finding(f"{says}.", bool(design[0] > learning[0] + 0.05 and worth))

    def _neighbours(self) -> Finding:
        pixels, features = (self.accuracy[m][-1] for m in (NEAR_PIXELS, NEAR_FEATURES))
        says = (
            f"The nearest neighbours among {self.sizes[-1]:,} images are right for "
            f"{percent(pixels)} % on pixels and for {percent(features)} % on features: they are as "
            "good as the space they look in."
        )
        return Finding(says, bool(features > pixels + 0.05))


def crossing(sizes: Sequence[int], ahead: Curve) -> float | None:
    """Return where a lead turns positive for good, straight in log n; None if it does not.

    Examples
    --------
    >>> crossing((100, 400), np.array([-0.1, 0.1])), crossing((100, 400), np.array([0.1, 0.2]))
    (200.0, None)
    """
    behind = np.flatnonzero(ahead <= 0)
    if len(behind) == 0 or behind[-1] == len(sizes) - 1:
        return None
    last = behind[-1]
    part = ahead[last] / (ahead[last] - ahead[last + 1])
    return float(sizes[last] * (sizes[last + 1] / sizes[last]) ** part)


def run(
    dataset: Dataset,
    size: float = 1.0,
    seed: int = 0,
    *,
    designed: bool = True,
    bend: bool = True,
) -> FeatureOrLayer:
    """Train five methods on more and more images.

    Parameters
    ----------
    dataset
        Of two classes or more.
    size
        Part of 8,000 training images, or of all where there are fewer, but no fewer than 1,000;
        and of the 5 draws.
    seed
        Decides which images come first, and the networks' weights.
    designed
        False puts pixels in the place of the features.
    bend
        False makes the hidden layers linear.
    """
    n_train = max(1000, round(size * min(dataset.n_train, _MOST)))
    part = sample(dataset, n_train, 1000, seed)
    if part.n_classes < 2:
        raise StudyError(f"methods are compared on two classes or more, got {part.n_classes}")
    sizes = doubling(max(_FEWEST, 2 * part.n_classes), part.n_train)
    pixels = _vectors(part, [RawPixels()])
    features = _vectors(part, _extractors(part.image_shape)) if designed else pixels
    methods = (
        (DESIGN, features),
        (LEARNING, pixels),
        (BOTH, features),
        (NEAR_PIXELS, pixels),
        (NEAR_FEATURES, features),
    )
    n_draws = [max(1, min(max(2, round(5 * size)), part.n_train // (2 * n))) for n in sizes]
    rng = np.random.default_rng(seed)
    orders = [balanced_order(part.labels_train, rng) for _ in range(max(n_draws))]
    accuracy = {name: np.zeros(len(sizes)) for name, _ in methods}
    with threadpool_limits(1, "blas"):
        for name, (train, test) in methods:
            for at, n in enumerate(sizes):
                for draw in range(n_draws[at]):
                    rows = orders[draw][:n]
                    classifier = _classifier(name, n, seed + draw, bend=bend)
                    classifier.fit(train[rows], part.labels_train[rows])
                    accuracy[name][at] += classifier.score(test, part.labels_test) / n_draws[at]
    return FeatureOrLayer(tuple(sizes), accuracy, tuple(n_draws), part.n_test)


def doubling(fewest: int, most: int) -> list[int]:
    """Return sizes from the fewest on, each twice the last, and the most.

    Examples
    --------
    >>> doubling(50, 450)
    [50, 100, 200, 450]
    """
    n_steps = max(0, math.floor(math.log2(most / fewest) + 0.5)) if most > fewest else 0
    return [fewest * 2**step for step in range(n_steps) if fewest * 2**step < most] + [most]


def _classifier(name: str, n: int, seed: int, *, bend: bool) -> Any:
    if name == DESIGN:
        return LinearClassifier(alpha=0.1, standardize=True, tol=1e-3)
    if name in (NEAR_PIXELS, NEAR_FEATURES):
        return KNeighborsClassifier(min(5, n), n_jobs=1)
    return MLPClassifier(
        (256,) if name == BOTH else (128,),
        "relu" if bend else "identity",
        standardize=True,
        dropout=0.5,
        batch_size=min(64, n),
        learning_rate="cosine",
        learning_rate_init=2e-3,
        max_iter=40 if name == BOTH else 20,
        random_state=seed,
    )


def _extractors(shape: tuple[int, int, int]) -> list[Any]:
    return [HOG(pixels_per_cell=cell_of(shape)), ColorHistogram(bins=4, norm="hellinger")]


def _vectors(part: Dataset, extractors: Sequence[Any]) -> tuple[Floats, Floats]:
    """Return what the extractors make of training and test images, side by side."""
    train = [extractor.fit_transform(part.images_train) for extractor in extractors]
    test = [extractor.transform(part.images_test) for extractor in extractors]
    return np.hstack(train), np.hstack(test)


def _where(overtaker: str, overtaken: str, at: float | None, ahead: Curve) -> str:
    if (ahead > 0).all():
        return f"{overtaker} is ahead of {overtaken} with any number of images measured"
    if at is None:
        return f"{overtaker} does not overtake {overtaken} with the numbers of images measured"
    return f"{overtaker} overtakes {overtaken} at about {at:,.0f} images"
