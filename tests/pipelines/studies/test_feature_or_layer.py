"""Design leads while images are few, and the study says so when it does not."""

from __future__ import annotations

import time

import numpy as np
import pytest

from data import Dataset, load_dataset
from pipelines.studies import feature_or_layer as study


@pytest.fixture(scope="module")
def dataset() -> Dataset:
    return load_dataset()


@pytest.fixture(scope="module")
def result(dataset: Dataset) -> study.AccuracyByImages:
    return study.run(dataset, size=0.1)


def test_design_leads_with_few_images(result: study.AccuracyByImages) -> None:
    designed, learned = result.accuracy[study.DESIGNED], result.accuracy[study.LEARNED]
    assert result.n_images[0] == 50
    assert designed[0] > learned[0] + 0.08
    assert learned[-1] > learned[0] + 0.1
    assert result.accuracy[study.BOTH][-1] > result.accuracy[study.NEIGHBOURS][-1] + 0.1
    assert all(finding.holds for finding in result.findings())


def test_without_the_designed_features_there_is_no_lead(dataset: Dataset) -> None:
    plain = study.run(dataset, size=0.1, designed=False)
    assert not plain.findings()[0].holds


def test_overtaking_is_where_a_pairing_is_ahead_for_good() -> None:
    curves = {study.DESIGNED: (0.3, 0.4, 0.5), study.LEARNED: (0.4, 0.3, 0.6)}
    made = study.AccuracyByImages((50, 100, 200), curves, 100, 0.1)
    assert made.overtaking(study.LEARNED) == 200
    behind = study.AccuracyByImages((50,), {study.DESIGNED: (0.3,), "x": (0.2,)}, 100, 0.1)
    assert behind.overtaking("x") is None


def test_the_picture_has_a_line_for_each_pairing(result: study.AccuracyByImages) -> None:
    (picture,) = result.pictures()
    for name in result.accuracy:
        assert f">{name}</text>" in picture.markup


def test_too_few_images_are_refused() -> None:
    images, labels = np.zeros((20, 16, 16, 3), np.uint8), np.arange(20) % 2
    few = Dataset("few", images, labels, images, labels, ("a", "b"))
    with pytest.raises(ValueError, match="needs 100 training images or more, got 20"):
        study.run(few)


@pytest.mark.slow
def test_at_full_size_all_of_it_holds_within_a_minute(dataset: Dataset) -> None:
    begun = time.perf_counter()
    assert all(finding.holds for finding in study.run(dataset).findings())
    assert time.perf_counter() - begun < 60
