"""Change images in one respect at a time, and measure which features notice it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from data import Dataset
from features import HOG, BagOfVisualWords, ColorHistogram, ImageExtractor
from models import LinearClassifier
from pipelines.errors import StudyError
from pipelines.reporting.texts.numbers import percent
from pipelines.studies.sample import sample
from pipelines.studies.study import Finding
from pipelines.studies.what_features_see.changes import (
    CHANGES,
    MOVED,
    ROTATED,
    SAME,
    SHUFFLED,
    TILE_PX,
    Images,
    shuffled,
    whole_tiles,
)

Key = tuple[str, str]
"""A feature and a change."""

HISTOGRAM, EDGES, WORDS = "colour histogram", "HoG", "visual words"


@dataclass(frozen=True)
class WhatFeaturesSee:
    """What three features notice of each change, and what it costs.

    Parameters
    ----------
    change
        How far each feature moves: 0 not at all, 1 as far as to another image.
    accuracy
        Share of changed test images right, trained on the images as they are.
    again
        The same, words and classifier learned from images changed in that way.
    shuffled_words_accuracy
        Share of images as they are right, with words learned from shuffled images.
    n_classes
        Of the images.
    examples
        Change → an image.
    bags
        What the words were learned from → the bag of words that learned them.
    """

    change: dict[Key, float]
    accuracy: dict[Key, float]
    again: dict[Key, float]
    shuffled_words_accuracy: float
    n_classes: int
    examples: dict[str, Images]
    bags: dict[str, ImageExtractor]

    def findings(self) -> list[Finding]:
        """What each feature neglects, and what the words owe to the data."""
        found = [self._neglects(HISTOGRAM, SHUFFLED, EDGES, at_most=0.0)]
        if ROTATED in self.examples:
            # Where two channels have gradients of one length, HoG takes that of the first.
            found.append(self._neglects(EDGES, ROTATED, HISTOGRAM, at_most=0.05))
            found.append(self._comes_back())
        found.append(self._neglects(WORDS, MOVED, EDGES, at_most=0.0))
        learned, not_learned = self.accuracy[WORDS, SAME], self.shuffled_words_accuracy
        says = (
            f"Words learned from the images: {percent(learned)} % right. From shuffled images, "
            f"which have the same colours and no structure: {percent(not_learned)} %."
        )
        return [*found, Finding(says, learned > not_learned + 0.02)]

    def _neglects(self, blind: str, change: str, seeing: str, *, at_most: float) -> Finding:
        """One feature does not notice a change that another one falls for."""
        moves, sees = self.change[blind, change], self.change[seeing, change]
        before, after = self.accuracy[blind, SAME], self.accuracy[blind, change]
        high, low = self.accuracy[seeing, SAME], self.accuracy[seeing, change]
        says = (
            f"{change.capitalize()}: {blind}, {percent(moves)} % of the way to another image, "
            f"accuracy {percent(before)} % before and {percent(after)} % after; "
            f"{seeing}, {percent(sees)} % of the way, from {percent(high)} to {percent(low)} %."
        )
        unmoved = moves <= at_most and abs(after - before) <= 0.02
        return Finding(says, unmoved and sees > 0.5 and low < high - 0.1)

    def _comes_back(self) -> Finding:
        """What was renamed can be learned again."""
        before, after = self.accuracy[WORDS, SAME], self.accuracy[WORDS, ROTATED]
        again, lost = self.again[WORDS, ROTATED], self.again[EDGES, SHUFFLED]
        says = (
            f"Colours rotated, the words go from {percent(before)} to {percent(after)} %; "
            f"learned again from rotated images, to {percent(again)} %. HoG learned again from "
            f"shuffled images comes to {percent(lost)} %."
        )
        back = after < before - 0.1 and abs(again - before) < 0.05
        return Finding(says, back and lost < self.accuracy[EDGES, SAME] - 0.1)


def run(
    dataset: Dataset,
    size: float = 1.0,
    seed: int = 0,
    *,
    changed: bool = True,
    learned: bool = True,
) -> WhatFeaturesSee:
    """Change test images, and ask three features.

    Parameters
    ----------
    dataset
        Images of 16 × 16 pixels or more; grey ones go without rotated colours.
    size
        Part of 4,000 training and 1,000 test images, but no fewer than 1,000 and 500.
    seed
        Decides the images, the changes and the words.
    changed
        False leaves the images as they are.
    learned
        False learns the words from shuffled images.
    """
    part = sample(dataset, max(1000, round(4000 * size)), max(500, round(1000 * size)), seed)
    (height, width), given = part.image_shape[:2], dataset.image_shape[:2]
    if min(height, width) < 2 * TILE_PX:
        shrunk = f", which {given[0]} × {given[1]} become when no side is longer than 32"
        raise StudyError(
            f"images must be 16 × 16 or more, got {height} × {width}"
            f"{shrunk * ((height, width) != given)}; bring them to 32 × 32 (--image-size 32)"
        )
    rng = np.random.default_rng(seed)
    changes = {k: f for k, f in CHANGES.items() if k != ROTATED or part.image_shape[2] > 1}
    trains, tests = (
        {name: f(images, rng) if changed else images for name, f in changes.items()}
        for images in map(whole_tiles, (part.images_train, part.images_test))
    )
    shuffled_train = shuffled(trains[SAME], rng)
    y_train, y_test = part.labels_train, part.labels_test

    # In the order of the sample the next image is nearly always one of another class.
    order = rng.permutation(len(y_test))
    pairs = order, np.roll(order, 1)

    change, accuracy, again = {}, {}, {}
    with threadpool_limits(1, "blas"):
        for name in (HISTOGRAM, EDGES, WORDS):
            source = trains[SAME] if learned or name != WORDS else shuffled_train
            extractor = _extractor(name, seed).fit(source)
            classifier = _fitted(extractor, trains[SAME], y_train)
            here = extractor.transform(tests[SAME])
            apart = np.linalg.norm(here[pairs[0]] - here[pairs[1]], axis=1).mean()
            for kind, images in tests.items():
                there = extractor.transform(images)
                change[name, kind] = float(np.linalg.norm(there - here, axis=1).mean() / apart)
                accuracy[name, kind] = float(classifier.score(there, y_test))
                own = _extractor(name, seed).fit(trains[kind])
                retrained = _fitted(own, trains[kind], y_train)
                again[name, kind] = float(retrained.score(own.transform(images), y_test))
        words = extractor
        noise = _extractor(WORDS, seed).fit(shuffled_train)
        classifier = _fitted(noise, trains[SAME], y_train)
        noise_accuracy = float(classifier.score(noise.transform(tests[SAME]), y_test))
    examples = {name: images[0] for name, images in tests.items()}
    bags = {"images": words, "shuffled images": noise}
    return WhatFeaturesSee(change, accuracy, again, noise_accuracy, part.n_classes, examples, bags)


def _extractor(name: str, seed: int) -> ImageExtractor:
    if name == HISTOGRAM:
        return ColorHistogram(bins=4, norm="hellinger")
    if name == EDGES:
        return HOG(pixels_per_cell=(TILE_PX, TILE_PX))
    # Patches stand edge to edge, so that a square that moves takes four whole ones along.
    side = TILE_PX // 2
    return BagOfVisualWords(
        n_words=200,
        patch_size=side,
        stride=side,
        encoding="hard",
        grid=(1, 1),
        n_samples=20_000,
        n_iterations=10,
        random_state=seed,
    )


def _fitted(
    extractor: ImageExtractor, images: Images, labels: npt.NDArray[np.int64]
) -> LinearClassifier:
    classifier = LinearClassifier(alpha=0.03, standardize=True, tol=1e-3)
    return classifier.fit(extractor.transform(images), labels)
