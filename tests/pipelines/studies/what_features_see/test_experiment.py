from __future__ import annotations

import time

import numpy as np
import pytest

from data import Dataset, load_dataset
from pipelines.studies.what_features_see.changes import MOVED, ROTATED, SAME, SHUFFLED
from pipelines.studies.what_features_see.experiment import (
    EDGES,
    HISTOGRAM,
    WORDS,
    WhatFeaturesSee,
    run,
)
from pipelines.studies.what_features_see.pictures import pictures


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


@pytest.mark.slow
def test_nothing_is_found_where_nothing_is_changed_and_nothing_learned(dataset: Dataset) -> None:
    nothing = run(dataset, size=0.1, changed=False, learned=False)
    assert set(nothing.change.values()) == {0.0}
    assert [finding.holds for finding in nothing.findings()] == [False] * 5


@pytest.mark.slow
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
    assert len(pictures(result)) == 4


def test_too_small_images_are_refused(tiny: Dataset) -> None:
    with pytest.raises(ValueError, match=r"16 × 16 or more, got 8 × 8; bring them to 32 × 32"):
        run(tiny)


def test_wide_images_are_refused_with_a_way_out(tiny: Dataset) -> None:
    images = np.zeros((6, 100, 250, 3), np.uint8)
    labels = np.arange(6) % 2
    wide = Dataset("wide", images, labels, images, labels, ("a", "b"))
    with pytest.raises(ValueError, match=r"got 12 × 31, which 100 × 250 become .*--image-size 32"):
        run(wide)


@pytest.mark.slow
def test_the_full_size_holds_in_under_a_minute() -> None:
    dataset = load_dataset()
    start = time.process_time()
    result = run(dataset)
    assert time.process_time() - start < 60
    assert [finding.holds for finding in result.findings()] == [True] * 5
    assert result.accuracy[WORDS, SAME] > result.shuffled_words_accuracy + 0.05
