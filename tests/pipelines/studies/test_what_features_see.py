from __future__ import annotations

import time

import numpy as np
import pytest

from data import Dataset, load_dataset
from data.builtin import generate
from pipelines.studies.what_features_see import (
    CHANGES,
    EDGES,
    HISTOGRAM,
    MOVED,
    ROTATED,
    SAME,
    SHUFFLED,
    WORDS,
    WhatFeaturesSee,
    run,
)


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return generate(n_train=1000, n_test=500)


@pytest.fixture(scope="module")
def seen(dataset: Dataset) -> WhatFeaturesSee:
    return run(dataset, size=0.1)


def test_each_feature_is_blind_to_what_it_neglects(seen: WhatFeaturesSee) -> None:
    assert all(finding.holds for finding in seen.findings())
    assert seen.change[HISTOGRAM, SHUFFLED] == 0
    assert seen.change[HISTOGRAM, MOVED] == 0
    assert seen.change[WORDS, MOVED] == 0
    assert seen.change[EDGES, ROTATED] < 0.03
    for feature, change in ((EDGES, SHUFFLED), (EDGES, MOVED), (HISTOGRAM, ROTATED)):
        assert seen.change[feature, change] > 0.7


def test_blindness_costs_nothing_and_sight_does(seen: WhatFeaturesSee) -> None:
    for feature, change in ((HISTOGRAM, SHUFFLED), (WORDS, MOVED)):
        assert seen.accuracy[feature, change] == seen.accuracy[feature, SAME] > 0.3
    assert abs(seen.accuracy[EDGES, ROTATED] - seen.accuracy[EDGES, SAME]) < 0.015
    for feature, change in ((EDGES, SHUFFLED), (EDGES, MOVED), (HISTOGRAM, ROTATED)):
        assert seen.accuracy[feature, change] < seen.accuracy[feature, SAME] - 0.15


def test_learning_again_gives_back_what_was_renamed(seen: WhatFeaturesSee) -> None:
    assert seen.again[HISTOGRAM, ROTATED] == pytest.approx(seen.accuracy[HISTOGRAM, SAME], abs=0.01)
    assert seen.again[WORDS, ROTATED] > seen.accuracy[WORDS, ROTATED] + 0.1
    assert seen.again[EDGES, SHUFFLED] < 0.25


def test_words_are_worth_more_when_learned_from_images(seen: WhatFeaturesSee) -> None:
    assert seen.accuracy[WORDS, SAME] > seen.shuffled_words_accuracy + 0.03


def test_nothing_is_found_where_nothing_is_changed_and_nothing_learned(dataset: Dataset) -> None:
    nothing = run(dataset, size=0.1, changed=False, learned=False)
    assert set(nothing.change.values()) == {0.0}
    assert [finding.holds for finding in nothing.findings()] == [False] * 5


def test_the_changes_keep_what_they_say() -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (5, 24, 16, 3), dtype=np.uint8)
    shuffled, rotated, moved = (CHANGES[name](images, rng) for name in (SHUFFLED, ROTATED, MOVED))

    def sorted_rows(pixels: np.ndarray) -> list[tuple[int, ...]]:
        return sorted(map(tuple, pixels.reshape(-1, pixels.shape[-1]).tolist()))

    def patches(image: np.ndarray) -> np.ndarray:
        squares = [image[r : r + 4, c : c + 4] for r in range(0, 24, 4) for c in range(0, 16, 4)]
        return np.array([square.ravel() for square in squares])

    for before, after in zip(images, shuffled, strict=True):
        assert sorted_rows(before) == sorted_rows(after)
        assert not np.array_equal(before, after)
    for before, after in zip(images, moved, strict=True):
        assert sorted_rows(patches(before)) == sorted_rows(patches(after))
        assert not np.array_equal(before, after)
    assert np.array_equal(rotated[..., 1], images[..., 0])


def test_grey_images_go_without_rotated_colours(dataset: Dataset) -> None:
    grey = Dataset(
        "grey",
        dataset.images_train[:300, 2:30, :30, :1].copy(),
        dataset.labels_train[:300],
        dataset.images_test[:100, 2:30, :30, :1].copy(),
        dataset.labels_test[:100],
        dataset.class_names,
    )
    result = run(grey, size=0.1)
    assert set(result.examples) == {SAME, SHUFFLED, MOVED}
    assert len(result.findings()) == 3
    assert len(result.pictures()) == 4


def test_too_small_images_are_refused(tiny: Dataset) -> None:
    with pytest.raises(ValueError, match=r"16 × 16 or more, got \(8, 8, 3\)"):
        run(tiny)


def test_the_pictures_say_what_they_show(seen: WhatFeaturesSee) -> None:
    changes, movement, accuracy, words = seen.pictures()
    assert changes.markup.count("<image") == 4
    assert "patches moved" in changes.markup
    assert f"HoG: pixels shuffled {seen.change[EDGES, SHUFFLED]:.2f}" in movement.markup
    assert "colours rotated" in movement.markup
    assert f"pixels shuffled {100 * seen.accuracy[EDGES, SHUFFLED]:.0f}" in accuracy.markup
    assert words.markup.count("<image") == 2


@pytest.mark.slow
def test_the_full_size_holds_in_under_a_minute() -> None:
    dataset = load_dataset()
    start = time.process_time()
    result = run(dataset)
    assert time.process_time() - start < 60
    assert [finding.holds for finding in result.findings()] == [True] * 5
    assert result.accuracy[WORDS, SAME] > result.shuffled_words_accuracy + 0.05
