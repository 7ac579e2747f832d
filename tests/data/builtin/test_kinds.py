"""Colour alone, shape alone and texture alone each carry part of the answer, and only part."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import pytest
from numpy.typing import NDArray
from scipy.ndimage import minimum_filter

from data.builtin import CLASS_NAMES
from data.builtin.draws import Draws
from data.builtin.generation import WORDS_PER_IMAGE, picture
from data.builtin.kinds import KINDS
from data.builtin.scenes import SCENES
from features import HOG, ColorHistogram
from models import LinearClassifier

CHANCE = 0.1


@dataclass(frozen=True)
class Pictures:
    images: NDArray[np.uint8]
    silhouettes: NDArray[np.float64]
    labels: NDArray[np.int64]


Cue = Callable[[Pictures], NDArray[np.float32]]


def pictures(n_per_class: int, seed: int) -> Pictures:
    bits = np.random.PCG64(seed)
    made = [
        picture(
            label, Draws(bits.random_raw(n_per_class * WORDS_PER_IMAGE).reshape(n_per_class, -1))
        )
        for label in range(len(CLASS_NAMES))
    ]
    return Pictures(
        np.concatenate([images for images, _ in made]),
        np.concatenate([silhouettes for _, silhouettes in made]),
        np.repeat(np.arange(len(CLASS_NAMES)), n_per_class),
    )


@pytest.fixture(scope="module")
def seen() -> Pictures:
    return pictures(150, seed=1)


@pytest.fixture(scope="module")
def held_out() -> Pictures:
    return pictures(60, seed=2)


def colour_alone(given: Pictures) -> NDArray[np.float32]:
    """Pixels in any order have the same histogram: it knows neither shape nor texture."""
    return np.asarray(ColorHistogram().fit_transform(given.images))


def shape_alone(given: Pictures) -> NDArray[np.float32]:
    """The outlines of filled silhouettes: neither colour nor texture, nor any background."""
    silhouettes = np.floor(255 * given.silhouettes[..., None]).astype(np.uint8)
    return np.asarray(HOG().fit_transform(silhouettes))


def texture_alone(given: Pictures) -> NDArray[np.float32]:
    """How often each local binary pattern of grey values occurs inside an object, off its edge.

    The pattern of a pixel says which of its eight neighbours are brighter, so neither colour nor
    brightness has a part in it; pixels near the outline are left out, so neither has the shape.
    """
    grey = given.images.sum(axis=3, dtype=np.int64)
    centre = grey[:, 1:-1, 1:-1]
    ring = [(0, 0), (0, 1), (0, 2), (1, 2), (2, 2), (2, 1), (2, 0), (1, 0)]
    pattern = sum(
        (grey[:, y : y + 30, x : x + 30] > centre).astype(np.int64) << bit
        for bit, (y, x) in enumerate(ring)
    )
    inner = minimum_filter(given.silhouettes, size=(1, 3, 3))[:, 1:-1, 1:-1] > 0.99
    counts = np.stack(
        [np.bincount(p[mask], minlength=256) for p, mask in zip(pattern, inner, strict=True)]
    )
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return np.asarray(np.sqrt(shares), dtype=np.float32)


@pytest.mark.parametrize(
    ("cue", "least", "most"),
    [(colour_alone, 0.28, 0.5), (shape_alone, 0.6, 0.9), (texture_alone, 0.6, 0.9)],
)
def test_each_cue_alone_carries_a_part(
    seen: Pictures, held_out: Pictures, cue: Cue, least: float, most: float
) -> None:
    classifier = LinearClassifier(alpha=0.1, standardize=True, max_iter=100)
    accuracy = classifier.fit(cue(seen), seen.labels).score(cue(held_out), held_out.labels)
    assert 2.5 * CHANCE < least < accuracy < most


@pytest.mark.parametrize("name", CLASS_NAMES)
def test_objects_are_in_the_picture_and_vary_in_place_and_size(
    held_out: Pictures, name: str
) -> None:
    silhouettes = held_out.silhouettes[held_out.labels == CLASS_NAMES.index(name)]
    area = silhouettes.sum(axis=(1, 2))
    assert area.min() > 40
    assert area.max() < 600
    assert area.max() > 1.6 * area.min()
    columns = (silhouettes.sum(axis=1) * np.arange(32)).sum(axis=1) / area
    rows = (silhouettes.sum(axis=2) * np.arange(32)).sum(axis=1) / area
    assert columns.std() > 1
    assert rows.std() > 1


def test_favourites_name_scenes() -> None:
    assert {name for kind in KINDS.values() for name in kind.favourites} <= set(SCENES)


def test_most_classes_face_both_ways() -> None:
    assert sum(kind.mirrored for kind in KINDS.values()) == 8
