"""Statistics between cells: against their definition, on the kept report, and by simulation."""

from __future__ import annotations

import tracemalloc
from itertools import combinations
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import norm, t

from pipelines.record.comparing.groups import groups_not_told_apart
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import PairedDifference, Report
from pipelines.record.significance.resampling import deviations
from pipelines.record.significance.statistics import (
    ALPHA,
    SEEDS_FOR_METHODS,
    paired_differences,
)
from tests.pipelines.record.simulated import simulated

BUILTIN = Path(__file__).parents[4] / "pipelines" / "reports" / "builtin" / "report.json"


def predictions_with_accuracy(
    rng: np.random.Generator, labels: np.ndarray, accuracy: np.ndarray | float, n_seeds: int = 1
) -> np.ndarray:
    """Labels that are right with the given probability an image, (n_seeds, n_test)."""
    right = rng.random((n_seeds, len(labels))) < accuracy
    return np.where(right, labels, (labels + 1) % 10)


def excludes_zero(pair: PairedDifference) -> bool:
    return pair.ci95[0] > 0 or pair.ci95[1] < 0


def literally(
    cells: dict[tuple[str, str], np.ndarray], labels: np.ndarray, n_resamples: int
) -> dict[frozenset[tuple[str, str]], tuple[float, float]]:
    """For each pair its p-value and half of its interval's width, by plain loops."""
    names = list(cells)
    right = {name: predicted == labels for name, predicted in cells.items()}
    moved = dict(zip(names, deviations(list(right.values()), n_resamples=n_resamples), strict=True))
    lead, error = {}, {}
    for one, other in combinations(names, 2):
        of_images = right[one].mean(axis=0) - right[other].mean(axis=0)
        if np.ptp(of_images) > 1e-12:
            lead[one, other] = abs(of_images.mean())
            apart = [moved[one][b] - moved[other][b] for b in range(n_resamples)]
            error[one, other] = np.sqrt(sum(x * x for x in apart) / n_resamples)
    largest = [
        max((abs(moved[a][b] - moved[c][b]) / error[a, c] for a, c in lead), default=0.0)
        for b in range(n_resamples)
    ]
    largest = t.isf(norm.sf(largest), len(labels) - 1).tolist()
    found = {}
    for pair in lead:
        reached = sum(error[pair] * each >= lead[pair] * (1 - 1e-9) for each in largest)
        sure = next(
            (
                each
                for rank, each in enumerate(sorted(largest, reverse=True))
                if (2 + rank) / (n_resamples + 1) >= ALPHA
            ),
            np.inf,
        )
        found[frozenset(pair)] = ((1 + reached) / (n_resamples + 1), sure * error[pair])
    return found


@given(st.integers(2, 5), st.integers(1, 3), st.integers(2, 25), st.integers(0, 2**32 - 1))
def test_it_is_its_definition_and_never_contradicts_itself(
    n_cells: int, n_seeds: int, n_test: int, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    labels = rng.integers(10, size=n_test)
    cells = {
        (f"f{i}", "m"): predictions_with_accuracy(rng, labels, rng.random(), n_seeds)
        for i in range(n_cells)
    }
    expected = literally(cells, labels, 99)
    pairs = paired_differences(cells, labels, n_resamples=99)
    assert len(pairs) == n_cells * (n_cells - 1) / 2
    for pair in pairs:
        assert pair.p_adjusted is not None
        assert pair.told_apart == (pair.p_adjusted < ALPHA) == excludes_zero(pair)
        assert -1 <= pair.ci95[0] <= pair.difference <= pair.ci95[1] <= 1
        both = frozenset((pair.first, pair.second))
        if both not in expected:  # without spread
            assert pair.p_adjusted == 1.0
            continue
        p, half = expected[both]
        assert pair.p_adjusted == p
        low, high = np.clip([pair.difference - half, pair.difference + half], -1, 1)
        assert pair.ci95 == pytest.approx((low, high), abs=1e-7)


@pytest.mark.parametrize("n_test", [1, 2, 1000])
@pytest.mark.parametrize("n_seeds", [1, 3])
def test_a_pair_without_spread_is_not_told_apart(n_test: int, n_seeds: int) -> None:
    """Identical cells, and a cell that is right on every image beside one that never is."""
    labels = np.zeros(n_test, dtype=np.int64)
    same = np.zeros((n_seeds, n_test), dtype=np.int64)
    pairs = paired_differences(
        {("a", "m"): same, ("b", "m"): same, ("c", "m"): 1 - same}, labels, n_resamples=199
    )
    twins, *behind = pairs
    bound = 1 - (0.05 / 3) ** (1 / n_test)  # a series of n alike, had a part of this size differed
    assert (twins.difference, twins.p_adjusted) == (0.0, 1.0)
    assert twins.ci95 == pytest.approx((-bound, bound))
    for pair in behind:
        assert (pair.difference, pair.p_adjusted) == (1.0, 1.0)
        assert pair.ci95 == pytest.approx((max(-1, min(0, 1 - 2 * bound)), 1.0))
    assert not any(pair.told_apart or excludes_zero(pair) for pair in pairs)


def test_one_image_tells_nothing_apart_however_many_seeds_agree() -> None:
    right, wrong = np.zeros((10, 1), np.int64), np.ones((10, 1), np.int64)
    mixed = wrong.copy()
    mixed[:2] = 0
    cells = {("a", "m"): right, ("b", "m"): wrong, ("c", "m"): mixed}
    pairs = paired_differences(cells, np.zeros(1, dtype=np.int64))
    assert [pair.p_adjusted for pair in pairs] == [1.0, 1.0, 1.0]
    assert not any(map(excludes_zero, pairs))


def test_pairs_run_from_the_best_cell_down() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=400)
    cells = {
        (name, "m"): predictions_with_accuracy(rng, labels, accuracy, 3)
        for name, accuracy in [("low", 0.2), ("high", 0.9), ("middle", 0.6)]
    }
    pairs = paired_differences(cells, labels, n_resamples=100)
    assert [(p.first[0], p.second[0]) for p in pairs] == [
        ("high", "middle"),
        ("high", "low"),
        ("middle", "low"),
    ]
    for p in pairs:
        expected = (cells[p.first] == labels).mean() - (cells[p.second] == labels).mean()
        assert p.difference == pytest.approx(expected)
        assert p.ci95[0] < p.difference < p.ci95[1]


def test_one_pair_of_runs_has_the_normal_interval() -> None:
    """A single pair with one seed, whose error shrinks with n_test."""
    rng = np.random.default_rng(1)
    n_test = 1000
    labels = rng.integers(10, size=n_test)
    one, other = (predictions_with_accuracy(rng, labels, accuracy) for accuracy in (0.7, 0.6))
    (found,) = paired_differences({("a", "m"): one, ("b", "m"): other}, labels, n_resamples=9999)
    lead = ((one == labels).astype(int) - (other == labels))[0]
    half = 1.96 * lead.std(ddof=1) / np.sqrt(n_test)
    assert found.ci95 == pytest.approx((lead.mean() - half, lead.mean() + half), abs=0.05 * half)


def test_seeds_that_differ_make_a_lead_less_sure() -> None:
    """Three runs lead by 10 points on average; whether by 10 each or by 22, 7 and 1 matters."""
    rng = np.random.default_rng(2)
    labels = np.zeros(1000, dtype=np.int64)
    ease = rng.random(1000)
    steady, lucky = (
        np.array([(ease > 0.5 + lead).astype(np.int64) for lead in leads])
        for leads in ((0.1, 0.1, 0.1), (0.22, 0.07, 0.01))
    )
    base = np.tile((ease > 0.5).astype(np.int64), (3, 1))
    (surely,) = paired_differences({("a", "m"): steady, ("b", "m"): base}, labels)
    (hardly,) = paired_differences({("a", "m"): lucky, ("b", "m"): base}, labels)
    assert surely.difference == pytest.approx(hardly.difference, abs=0.01)
    assert surely.told_apart
    assert hardly.ci95[1] - hardly.ci95[0] > 3 * (surely.ci95[1] - surely.ci95[0])
    assert not hardly.told_apart


def test_with_seeds_an_image_counts_once() -> None:
    labels = np.zeros(6, dtype=np.int64)
    one = np.array([[0, 0, 1, 1, 0, 0], [0, 0, 1, 0, 1, 0]])
    other = np.array([[1, 0, 0, 1, 0, 0], [0, 0, 0, 0, 1, 1]])
    found = {p.first: p for p in paired_differences({("a", "m"): one, ("b", "m"): other}, labels)}
    assert list(found) == [("a", "m")]  # a tie keeps the order given
    assert (found["a", "m"].only_first, found["a", "m"].only_second) == (2, 1)
    assert found["a", "m"].difference == 0.0


def test_same_seed_same_interval() -> None:
    rng = np.random.default_rng(3)
    labels = rng.integers(10, size=300)
    cells = {(name, "m"): predictions_with_accuracy(rng, labels, 0.5) for name in "ab"}
    assert paired_differences(cells, labels) == paired_differences(cells, labels)
    assert paired_differences(cells, labels) != paired_differences(cells, labels, seed=1)


def test_one_cell_has_no_pair() -> None:
    assert paired_differences({("a", "m"): np.zeros((1, 3), np.int64)}, np.zeros(3, np.int64)) == ()


def test_cells_of_different_shape_are_refused() -> None:
    labels = np.zeros(4, dtype=np.int64)
    cells = {("a", "m"): np.zeros((2, 4), np.int64), ("b", "m"): np.zeros((1, 4), np.int64)}
    with pytest.raises(ValueError, match=r"predictions of b \+ m must be .* \(2, 4\).* got \(1, 4"):
        paired_differences(cells, labels)


def test_verdicts_intervals_p_values_and_groups_of_the_built_in_report_agree() -> None:
    report = Report.read(BUILTIN)
    labels, predictions = kept_predictions(report, BUILTIN)
    pairs = paired_differences(predictions, labels)
    names = list(dict.fromkeys(name for pair in pairs for name in (pair.first, pair.second)))
    assert len(pairs) == 190
    assert 0 < sum(pair.told_apart for pair in pairs) < 190
    groups = groups_not_told_apart(names, pairs)
    for pair in pairs:
        assert pair.p_adjusted is not None
        share = any({pair.first, pair.second} <= set(group) for group in groups)
        assert pair.told_apart == (pair.p_adjusted < 0.05) == excludes_zero(pair) == (not share)
        assert pair.difference >= 0
        assert pair.ci95[0] <= pair.difference <= pair.ci95[1]


def test_memory_does_not_grow_with_images_times_resamples() -> None:
    rng = np.random.default_rng(4)
    labels = rng.integers(10, size=10_000)
    cells = {(f"f{i}", "m"): predictions_with_accuracy(rng, labels, 0.6) for i in range(5)}
    tracemalloc.start()
    paired_differences(cells, labels, n_resamples=499)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 25e6  # all draws at once would be 40e6, and their counts as much again


def test_false_alarms_and_coverage_quickly() -> None:
    """A rough look that each check affords; the slow test has the figures."""
    found = simulated(3, n_comparisons=60, equal=True, n_cells=4, n_test=200, n_resamples=199)
    assert found.alarms == pytest.approx(1 - found.methods)
    assert found.alarms < 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 60)
    lucky = simulated(1, n_comparisons=60, equal=True, n_cells=4, n_test=1000, n_resamples=199)
    assert lucky.methods < lucky.runs  # one seed says nothing of others
    assert lucky.runs > 0.95 - 2.6 * np.sqrt(0.05 * 0.95 / 60)


@pytest.mark.slow
@pytest.mark.parametrize("equal", [False, True])
@pytest.mark.parametrize("n_seeds", [1, 2, 3, 5, 10])
def test_what_is_claimed_is_covered(n_seeds: int, equal: bool) -> None:
    """Coverage of all pairs together, and false alarms where all methods are equal."""
    n = 200
    for seeds_matter in (1.0, 2.0):
        found = simulated(n_seeds, n_comparisons=n, seeds_matter=seeds_matter, equal=equal)
        print(n_seeds, seeds_matter, equal, found)
        noise = 2.6 * np.sqrt(0.05 * 0.95 / n)
        assert found.runs > 0.95 - noise
        if n_seeds >= SEEDS_FOR_METHODS:
            assert found.methods > 0.93 - noise
        if n_seeds == 1:
            assert found.methods < 0.93 - noise
        if equal:
            assert found.alarms == pytest.approx(1 - found.methods)


@pytest.mark.slow
@pytest.mark.parametrize("n_test", [20, 50, 200])
def test_few_images_rarely_raise_a_false_alarm(n_test: int) -> None:
    found = simulated(1, n_comparisons=400, seeds_matter=0.0, equal=True, n_test=n_test)
    assert found.alarms < 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 400)
