"""Statistics between cells, against SciPy, worked examples, brute force and a simulated null."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from pipelines.record.statistics import holm, mcnemar_exact, paired_differences


def predictions_with_accuracy(
    rng: np.random.Generator, labels: np.ndarray, accuracy: np.ndarray, n_seeds: int = 1
) -> np.ndarray:
    """Labels that are right with the given probability an image, (n_seeds, n_test)."""
    right = rng.random((n_seeds, len(labels))) < accuracy
    return np.where(right, labels, (labels + 1) % 10)


def test_mcnemar_worked_example() -> None:
    # P(X <= 2 or X >= 10) for X ~ Binomial(12, 1/2) = 2 (1 + 12 + 66) / 4096
    assert mcnemar_exact(2, 10) == pytest.approx(158 / 4096)
    assert mcnemar_exact(10, 2) == mcnemar_exact(2, 10)
    assert mcnemar_exact(7, 7) == 1.0


def test_holm_worked_example() -> None:
    # sorted 0.005 0.011 0.02 0.04 0.13, times 5 4 3 2 1, running maximum
    assert holm([0.02, 0.13, 0.005, 0.04, 0.011]) == pytest.approx((0.06, 0.13, 0.025, 0.08, 0.044))
    assert holm([0.9, 0.8]) == (1.0, 1.0)
    assert holm([]) == ()


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_holm_rejects_exactly_as_the_step_down_procedure(p_values: list[float]) -> None:
    rejected: set[int] = set()
    for step, i in enumerate(sorted(range(len(p_values)), key=lambda i: p_values[i])):
        if p_values[i] * (len(p_values) - step) >= 0.05:
            break
        rejected.add(i)
    assert {i for i, p in enumerate(holm(p_values)) if p < 0.05} == rejected


def test_pairs_run_from_the_best_cell_down() -> None:
    rng = np.random.default_rng(0)
    labels = rng.integers(10, size=400)
    cells = {
        (name, "m"): predictions_with_accuracy(rng, labels, np.full(400, accuracy), 3)
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


def test_interval_agrees_with_a_plain_bootstrap_of_the_differences() -> None:
    rng = np.random.default_rng(1)
    n_test = 500
    labels = rng.integers(10, size=n_test)
    one = predictions_with_accuracy(rng, labels, np.full(n_test, 0.7), 3)
    other = predictions_with_accuracy(rng, labels, np.full(n_test, 0.6), 3)
    (found,) = paired_differences({("a", "m"): one, ("b", "m"): other}, labels, n_resamples=9999)
    per_image = (one == labels).mean(axis=0) - (other == labels).mean(axis=0)
    plain = bootstrap(
        (per_image,), np.mean, method="percentile", random_state=np.random.default_rng(2)
    ).confidence_interval
    width = plain.high - plain.low
    assert found.ci95 == pytest.approx((plain.low, plain.high), abs=0.05 * width)
    # and with the normal approximation, whose error shrinks with n_test
    half = 1.96 * per_image.std(ddof=1) / np.sqrt(n_test)
    centre = per_image.mean()
    assert found.ci95 == pytest.approx((centre - half, centre + half), abs=0.08 * width)


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
    cells = {
        ("a", "m"): predictions_with_accuracy(rng, labels, np.full(300, 0.5)),
        ("b", "m"): predictions_with_accuracy(rng, labels, np.full(300, 0.5)),
    }
    assert paired_differences(cells, labels) == paired_differences(cells, labels)
    assert paired_differences(cells, labels) != paired_differences(cells, labels, seed=1)


def test_one_cell_has_no_pair() -> None:
    assert paired_differences({("a", "m"): np.zeros((1, 3), np.int64)}, np.zeros(3, np.int64)) == ()


def test_cells_of_different_shape_are_refused() -> None:
    labels = np.zeros(4, dtype=np.int64)
    cells = {("a", "m"): np.zeros((2, 4), np.int64), ("b", "m"): np.zeros((1, 4), np.int64)}
    with pytest.raises(ValueError, match=r"predictions of b \+ m must be .* \(2, 4\).* got \(1, 4"):
        paired_differences(cells, labels)


def null_and_coverage(n_runs: int, n_test: int, n_cells: int) -> tuple[float, float, float]:
    """Rates over runs in which all cells are equally good and images differ in difficulty.

    Returns the share of runs with any Holm-corrected alarm, of single tests with an alarm, and
    of intervals that hold the true difference, which is zero.
    """
    rng = np.random.default_rng(4)
    labels = np.zeros(n_test, dtype=np.int64)
    family, single, covered = 0, [], []
    for run in range(n_runs):
        ease = rng.beta(2, 1, size=n_test)
        cells = {
            (f"f{i}", "m"): predictions_with_accuracy(rng, labels, ease, 3) for i in range(n_cells)
        }
        pairs = paired_differences(cells, labels, n_resamples=400, seed=run)
        family += any(p.p_holm < 0.05 for p in pairs)
        single += [p.p_value < 0.05 for p in pairs]
        covered += [p.ci95[0] <= 0 <= p.ci95[1] for p in pairs]
    return family / n_runs, float(np.mean(single)), float(np.mean(covered))


def test_simulated_null_quick() -> None:
    family, single, covered = null_and_coverage(n_runs=100, n_test=200, n_cells=4)
    assert family <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 100)
    assert 0.01 < single < 0.07
    assert 0.90 < covered < 0.98


@pytest.mark.slow
def test_simulated_null() -> None:
    family, single, covered = null_and_coverage(n_runs=2000, n_test=1000, n_cells=5)
    assert family <= 0.05 + 2.6 * np.sqrt(0.05 * 0.95 / 2000)
    assert 0.03 < single < 0.055  # exact, so a little below 0.05 and never above
    assert 0.94 < covered < 0.96
