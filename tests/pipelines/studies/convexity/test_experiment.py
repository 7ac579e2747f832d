"""The linear classifier has one valley; the network has hills between its own."""

from __future__ import annotations

import time

import numpy as np
import pytest

from data import Dataset
from pipelines.studies.convexity import experiment as study
from pipelines.studies.convexity.loss import N_TICKS, Loss

pytestmark = pytest.mark.slow


def test_the_linear_classifier_has_one_valley(result: study.Valleys) -> None:
    assert result.least_bend > 0 > result.network_least_bend
    assert result.spread < 1e-6
    assert result.gradient_norm < 1e-3
    chords = np.linspace(result.secants[:, 0], result.secants[:, -1], N_TICKS, axis=1)
    assert (result.secants <= chords + 1e-9).all()


def test_the_network_has_hills_between_its_valleys(result: study.Valleys) -> None:
    assert result.barriers.min() > 0.2
    assert all(finding.holds for finding in result.findings())


def test_images_are_taken_as_small_as_a_study_needs() -> None:
    rng = np.random.default_rng(0)
    for side in (8, 28, 96):
        images = rng.integers(0, 256, (200, side, side, 1), np.uint8)
        labels = np.arange(200) % 2
        dataset = Dataset("noise", images, labels, images[:4], labels[:4], ("a", "b"))
        begun = time.process_time()
        assert len(study.run(dataset, size=0.1).ends) == 3
        assert time.process_time() - begun < 10


def test_without_a_hidden_layer_there_are_no_hills(dataset: Dataset) -> None:
    flat = study.run(dataset, size=0.1, hidden=False)
    assert flat.barriers.max() < 1e-3
    assert [finding.holds for finding in flat.findings()] == [False, True, False]


@pytest.mark.slow
def test_with_a_hidden_layer_in_either_nothing_is_convex(dataset: Dataset) -> None:
    bent = study.run(dataset, size=0.1, convex=False)
    assert bent.least_bend < -1e-5
    assert [finding.holds for finding in bent.findings()] == [False, False, True]


def test_descents_that_stop_early_are_found_out(
    dataset: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Loss, "descend", lambda self, start: (start, np.array([self(start)])))
    assert not study.run(dataset, size=0.1).findings()[1].holds


@pytest.mark.slow
def test_at_full_size_all_of_it_holds_within_a_minute(dataset: Dataset) -> None:
    begun = time.process_time()
    assert all(finding.holds for finding in study.run(dataset).findings())
    assert time.process_time() - begun < 60
