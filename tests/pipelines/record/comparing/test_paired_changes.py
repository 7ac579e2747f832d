"""How sure a change is: against the pairs of one run, worked examples and a simulated null."""

from __future__ import annotations

import numpy as np
import pytest

from pipelines.record.comparing.paired_changes import paired_changes
from pipelines.record.significance.statistics import paired_differences
from tests.pipelines.made_up import MadeUp

CELL = ("f", "m")


def test_a_change_is_the_pair_of_the_two_runs(made_up: MadeUp) -> None:
    one, other = made_up.predictions["hog", "mlp"], made_up.predictions["hog+color", "mlp"]
    (pair,) = paired_differences({("a", "m"): one, ("b", "m"): other}, made_up.labels)
    found = paired_changes({CELL: one}, {CELL: other}, made_up.labels)[CELL]
    assert found.first == found.second == CELL
    assert pair.first == ("b", "m")
    assert found.model_copy(update={"first": pair.first, "second": pair.second}) == pair


def test_other_seeds_count_by_their_part() -> None:
    labels = np.zeros(4, dtype=np.int64)
    before = np.array([[0, 0, 1, 1], [0, 1, 0, 1]])  # right: 1, 1/2, 1/2, 0
    after = np.array([[0, 1, 0, 0], [0, 1, 0, 0], [0, 1, 0, 1]])  # right: 1, 0, 1, 2/3
    found = paired_changes({CELL: before}, {CELL: after}, labels)[CELL]
    assert found.difference == pytest.approx((0 - 1 / 2 + 1 / 2 + 2 / 3) / 4)
    assert (found.only_first, found.only_second) == (2, 1)
    assert not found.told_apart
    assert -1.0 <= found.ci95[0] < found.difference < found.ci95[1] <= 1.0


def test_what_did_not_change_is_no_test_and_what_is_not_in_both_has_no_pair() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(3, size=50)
    run = {(f"f{i}", "m"): rng.integers(3, size=(1, 50)) for i in range(3)}
    assert paired_changes(run, run, labels) == {}
    after = {**run, ("f1", "m"): labels[None], ("new", "m"): labels[None]}
    found = paired_changes(run, after, labels)
    assert list(found) == [("f1", "m")]
    alone = paired_changes({("f1", "m"): run["f1", "m"]}, {("f1", "m"): labels[None]}, labels)
    assert found == alone  # the cells that did not change are no part of the family


def test_no_change_rarely_looks_like_one() -> None:
    """Both runs are right on an image with the same probability: alarms in 5 % of runs at most."""
    rng = np.random.default_rng(1)
    n_runs, n_test, n_cells = 100, 200, 3
    labels = np.zeros(n_test, dtype=np.int64)
    alarms = 0
    for _ in range(n_runs):
        ease = rng.beta(2, 1, size=n_test)
        before, after = (
            {(f"f{i}", "m"): (rng.random((1, n_test)) > ease).astype(int) for i in range(n_cells)}
            for _ in range(2)
        )
        found = paired_changes(before, after, labels, n_resamples=199)
        alarms += any(pair.told_apart for pair in found.values())
    assert alarms / n_runs <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / n_runs)
