"""Colour histograms neglect space, HoG neglects colour, visual words are learned from the data.

A feature is as good as what it throws away. Change one thing about an image and look which features
notice: shuffle its pixels, so that all are there and none is in its place; rotate its colours, red
to green to blue to red, so that every edge stays; or move its patches: cut it into squares that
change places. How far a feature φ moves is measured against how far apart two images are:

    change = mean ‖φ(x′) − φ(x)‖ / mean ‖φ(x) − φ(y)‖

0 is blind to the change, 1 takes x′ for another image. A colour histogram counts, and a count does
not know where. A bag of words counts whole patches, and does not know where these were:

    colour histogram:  φ_b(x) = share of the pixels whose colour lies in bin b
    visual words:      φ_k(x) = share of the patches whose nearest word is w_k
    HoG:               φ_co(x) = Σ ‖∇x‖ over the pixels of cell c with edges of orientation o

A linear classifier that was trained on images as they are pays for each change in accuracy. Trained
again on changed images, it gets back what was only renamed, not what was lost. Of the three, only
the words come from the data: learn them from shuffled images, which have the same colours and no
structure, and the same counting is worth less.

Source: Stanford CS231n, "Neural networks and backpropagation" (image features); Swain and Ballard,
"Color indexing", IJCV 1991; Dalal and Triggs, "Histograms of oriented gradients for human
detection", CVPR 2005; Csurka et al., "Visual categorization with bags of keypoints", ECCV workshop
2004.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from threadpoolctl import threadpool_limits

from data import Dataset
from features import HOG, BagOfVisualWords, ColorHistogram, ImageExtractor
from features.explain import codebook_picture
from models import LinearClassifier
from pipelines.reporting.numbers import percent
from pipelines.studies.sample import sample
from pipelines.studies.study import Finding, Picture
from pipelines.studies.what_features_see_pictures import (
    accuracy_picture,
    changes_picture,
    movement_picture,
    words_picture,
)

Images = npt.NDArray[np.uint8]
Key = tuple[str, str]
"""A feature and a change."""

HISTOGRAM, EDGES, WORDS = "colour histogram", "HoG", "visual words"
SAME, SHUFFLED = "as they are", "pixels shuffled"
ROTATED, MOVED = "colours rotated", "patches moved"
_TILE_PX = 8
"""Side of the squares that move: a cell of HoG, four patches of the bag of words."""


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
    codebooks
        What the words were learned from → a picture of them.
    """

    change: dict[Key, float]
    accuracy: dict[Key, float]
    again: dict[Key, float]
    shuffled_words_accuracy: float
    n_classes: int
    examples: dict[str, Images]
    codebooks: dict[str, Images]

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
            f"Colours rotated, the words fall from {percent(before)} to {percent(after)} %; "
            f"learned again from rotated images they are back at {percent(again)} %. HoG learned "
            f"again from shuffled images stays at {percent(lost)} %: that was lost, not renamed."
        )
        back = after < before - 0.1 and abs(again - before) < 0.05
        return Finding(says, back and lost < self.accuracy[EDGES, SAME] - 0.1)

    def pictures(self) -> list[Picture]:
        """An image changed, which features notice, what that costs, and the words."""
        return [
            Picture("One image, changed in each way.", changes_picture(self.examples)),
            Picture(
                "How far each feature moves: 0 is blind to the change, 1 takes the changed image "
                "for another one.",
                movement_picture({key: far for key, far in self.change.items() if key[1] != SAME}),
            ),
            Picture(
                "Accuracy on changed images. Filled: trained on the images as they are. Open: "
                "trained again, on images changed in the same way. Dashed: guessing.",
                accuracy_picture(self.accuracy, self.again, 1 / self.n_classes),
            ),
            Picture(
                "The first of the words, whitened, each stretched to full contrast.",
                words_picture(self.codebooks),
            ),
        ]


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
    if min(part.image_shape[:2]) < 2 * _TILE_PX:
        raise ValueError(f"images must be 16 × 16 or more, got {part.image_shape}")
    rng = np.random.default_rng(seed)
    changes = {k: f for k, f in CHANGES.items() if k != ROTATED or part.image_shape[2] > 1}
    trains, tests = (
        {name: f(images, rng) if changed else images for name, f in changes.items()}
        for images in map(_whole_tiles, (part.images_train, part.images_test))
    )
    shuffled = _shuffled(trains[SAME], rng)
    y_train, y_test = part.labels_train, part.labels_test

    change, accuracy, again = {}, {}, {}
    with threadpool_limits(1, "blas"):
        for name in (HISTOGRAM, EDGES, WORDS):
            source = trains[SAME] if learned or name != WORDS else shuffled
            extractor = _extractor(name, seed).fit(source)
            classifier = _fitted(extractor, trains[SAME], y_train)
            here = extractor.transform(tests[SAME])
            apart = np.linalg.norm(here - np.roll(here, 1, axis=0), axis=1).mean()
            for kind, images in tests.items():
                there = extractor.transform(images)
                change[name, kind] = float(np.linalg.norm(there - here, axis=1).mean() / apart)
                accuracy[name, kind] = float(classifier.score(there, y_test))
                own = _extractor(name, seed).fit(trains[kind])
                retrained = _fitted(own, trains[kind], y_train)
                again[name, kind] = float(retrained.score(own.transform(images), y_test))
        words = extractor
        noise = _extractor(WORDS, seed).fit(shuffled)
        classifier = _fitted(noise, trains[SAME], y_train)
        noise_accuracy = float(classifier.score(noise.transform(tests[SAME]), y_test))
    examples = {name: images[0] for name, images in tests.items()}
    codebooks = {
        name: codebook_picture(bag, zoom=4, n_words=64)
        for name, bag in (("images", words), ("shuffled images", noise))
    }
    return WhatFeaturesSee(
        change, accuracy, again, noise_accuracy, part.n_classes, examples, codebooks
    )


def _same(images: Images, rng: np.random.Generator) -> Images:
    return images


def _shuffled(images: Images, rng: np.random.Generator) -> Images:
    """Every pixel somewhere else, in each image by an order of its own."""
    n, height, width, channels = images.shape
    return _reordered(images.reshape(n, height * width, channels), rng).reshape(images.shape)


def _rotated(images: Images, rng: np.random.Generator) -> Images:
    """What was red is green, green blue, blue red."""
    return np.ascontiguousarray(np.roll(images, 1, axis=-1))


def _moved(images: Images, rng: np.random.Generator) -> Images:
    """Squares of 8 × 8 pixels, in each image in an order of its own."""
    n, height, width, channels = images.shape
    rows, columns = height // _TILE_PX, width // _TILE_PX
    squares = images.reshape(n, rows, _TILE_PX, columns, _TILE_PX, channels).swapaxes(2, 3)
    moved = _reordered(squares.reshape(n, rows * columns, -1), rng).reshape(squares.shape)
    return np.ascontiguousarray(moved.swapaxes(2, 3)).reshape(images.shape)


CHANGES: dict[str, Callable[[Images, np.random.Generator], Images]] = {
    SAME: _same,
    SHUFFLED: _shuffled,
    ROTATED: _rotated,
    MOVED: _moved,
}


def _reordered(parts: Images, rng: np.random.Generator) -> Images:
    """Return parts (n, n_parts, d) of images, each image's in another order."""
    order = rng.permuted(np.tile(np.arange(parts.shape[1]), (len(parts), 1)), axis=1)
    return np.take_along_axis(parts, order[:, :, None], axis=1)


def _extractor(name: str, seed: int) -> ImageExtractor:
    if name == HISTOGRAM:
        return ColorHistogram(bins=4, norm="hellinger")
    if name == EDGES:
        return HOG(pixels_per_cell=(_TILE_PX, _TILE_PX))
    # Patches stand edge to edge, so that a square that moves takes four whole ones along.
    side = _TILE_PX // 2
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


def _whole_tiles(images: Images) -> Images:
    height, width = (side // _TILE_PX * _TILE_PX for side in images.shape[1:3])
    return np.ascontiguousarray(images[:, :height, :width])
