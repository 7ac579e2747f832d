from __future__ import annotations

import time

import numpy as np
import pytest
from scipy.special import expit

from data import Dataset
from pipelines.studies.twenty_lines import experiment
from pipelines.studies.twenty_lines.experiment import TwoDescents, run

SIZE = 0.1


def test_loop_and_layers_have_the_same_loss_at_every_step(found: TwoDescents) -> None:
    assert found.by_hand.shape == found.by_layers.shape == (200,)
    assert np.abs(found.by_hand - found.by_layers).max() < 1e-10
    assert np.all(np.diff(found.by_hand) < 0)
    assert found.by_hand[-1] < found.by_hand[0] / 20
    assert all(finding.holds for finding in found.findings())


def test_the_losses_are_those_of_the_network(found: TwoDescents) -> None:
    rng = np.random.default_rng(0)
    x, y, w1, w2 = (
        rng.standard_normal(shape) for shape in ((64, 1000), (64, 10), (1000, 100), (100, 10))
    )
    assert found.by_hand[0] == pytest.approx(((expit(x @ w1) @ w2 - y) ** 2).sum(), rel=1e-12)


def test_the_gradient_is_the_slope(found: TwoDescents) -> None:
    np.testing.assert_allclose(found.slopes_by_hand, found.slopes_measured, rtol=1e-5, atol=1e-3)
    assert found.slope_error < 1e-7


def test_without_the_sigmoids_slope_they_part_though_the_loss_falls(tiny: Dataset) -> None:
    wrong = run(tiny, 0.01, with_slope=False)
    same, slope, falls = wrong.findings()
    assert not same.holds
    assert wrong.apart > 100
    assert not slope.holds
    assert wrong.slope_error > 0.1
    assert wrong.by_hand[-1] < wrong.by_hand[0] / 3
    assert falls.says


def test_without_steps_nothing_falls(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(experiment, "LEARNING_RATE", 1e-12)
    assert not run(tiny, 0.01).findings()[2].holds


def test_one_seed_decides_everything(tiny: Dataset) -> None:
    first, again, other = (run(tiny, 0.01, seed) for seed in (3, 3, 4))
    np.testing.assert_array_equal(first.by_hand, again.by_hand)
    assert first.by_hand[0] != other.by_hand[0]


@pytest.mark.slow
def test_the_full_size_bears_the_claim_out_in_a_minute(tiny: Dataset) -> None:
    begun = time.process_time()
    found = run(tiny)
    assert time.process_time() - begun < 60
    assert len(found.by_hand) == 2000
    assert all(finding.holds for finding in found.findings())
    assert found.by_hand[0] / found.by_hand[-1] > 1000
