"""Figures over resamples have the variance that Nadeau and Bengio's correction gives them."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from pipelines.record.report import PairsStatistic
from pipelines.record.significance.earlier_resampled import LargestOfDraws
from pipelines.record.significance.resampled_statistic import (
    EARLIER,
    RESAMPLED,
    _Bonferroni,
    accuracy_interval,
    resampled_differences,
)
from pipelines.record.significance.statistics import wilson

K, N_TEST, N_LEARNED = 12, 50, 200


def made_up(*levels: float, seed: int = 0) -> tuple[dict[tuple[str, str], np.ndarray], np.ndarray]:
    """Return the predictions of cells that are right at these levels, and the labels."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, (K, N_TEST))
    hard = rng.normal(0, 0.5, (K, N_TEST)) + rng.normal(0, 0.3, (K, 1))
    cells = {}
    for i, level in enumerate(levels):
        wrong = hard + rng.normal(0, 0.5, labels.shape) > stats.norm.ppf(level)
        cells["cell", str(i)] = (labels + wrong) % 3
    return cells, labels


def test_the_interval_of_a_cell_is_that_of_the_corrected_variance() -> None:
    n_correct = [41, 37, 44, 40, 39]
    low, high = accuracy_interval(n_correct, N_TEST, N_LEARNED)
    fractions = np.array(n_correct) / N_TEST
    error = fractions.std(ddof=1) * math.sqrt(1 / 5 + N_TEST / N_LEARNED)
    np.testing.assert_allclose(
        (low, high), stats.t.interval(0.95, 4, fractions.mean(), error), rtol=1e-12
    )
    naive = stats.t.interval(0.95, 4, fractions.mean(), fractions.std(ddof=1) / math.sqrt(5))
    assert high - low == pytest.approx(1.5 * (naive[1] - naive[0]))


def test_accuracies_that_are_all_alike_are_not_taken_for_certain() -> None:
    assert accuracy_interval([50, 50, 50], N_TEST, N_LEARNED) == wilson(50, N_TEST)
    assert accuracy_interval([50, 20], N_TEST, N_LEARNED) == (0.0, 1.0)


def test_a_single_pair_has_the_corrected_t_test() -> None:
    cells, labels = made_up(0.8, 0.65)
    (pair,) = resampled_differences(cells, labels, n_learned=N_LEARNED)
    ahead = [(cells[name] == labels).mean(axis=1) for name in (pair.first, pair.second)]
    d = ahead[0] - ahead[1]
    error = d.std(ddof=1) * math.sqrt(1 / K + N_TEST / N_LEARNED)
    assert pair.difference == pytest.approx(d.mean())
    assert pair.p == pytest.approx(2 * stats.t.sf(d.mean() / error, K - 1))
    half = stats.t.ppf(0.975, K - 1) * error
    np.testing.assert_allclose(pair.ci95, (d.mean() - half, d.mean() + half))
    assert pair.only_first - pair.only_second == round(d.mean() * labels.size)


@pytest.mark.parametrize("statistic", [RESAMPLED, EARLIER])
def test_all_pairs_have_one_factor(statistic: PairsStatistic) -> None:
    cells, labels = made_up(0.8, 0.7, 0.65, 0.6)
    pairs = resampled_differences(cells, labels, n_learned=N_LEARNED, statistic=statistic)
    counts = {name: (table == labels).sum(axis=1) for name, table in cells.items()}
    d = np.array([counts[pair.first] - counts[pair.second] for pair in pairs]) / N_TEST
    errors = d.std(axis=1, ddof=1) * math.sqrt(1 / K + N_TEST / N_LEARNED)
    factors = [(pair.ci95[1] - pair.difference) / e for pair, e in zip(pairs, errors, strict=True)]
    np.testing.assert_allclose(factors, factors[0], rtol=1e-6)
    if statistic == RESAMPLED:
        assert factors[0] == pytest.approx(stats.t.ppf(1 - 0.025 / 6, K - 1))
        return
    drawn = stats.multivariate_t.rvs(shape=np.corrcoef(d), df=K - 1, size=20_000, random_state=1)
    assert factors[0] == pytest.approx(np.quantile(np.abs(drawn).max(axis=1), 0.95), rel=0.04)
    assert factors[0] > stats.t.ppf(0.975, K - 1)


@pytest.mark.parametrize("k", [2, 5, 10])
def test_of_equal_methods_few_comparisons_tell_any_apart(k: int) -> None:
    """Resamples share training images, by which their accuracies have the variance assumed."""
    n_cells, n_comparisons, overlap = 10, 300, 1 / 4
    rng = np.random.default_rng(k)
    firsts, seconds = np.triu_indices(n_cells, 1)
    alarms = {RESAMPLED: 0, EARLIER: 0}
    for _ in range(n_comparisons):
        shared = rng.normal(0, math.sqrt(overlap), (n_cells, 1))
        counts = np.rint(1e6 * (shared + rng.normal(0, 1, (n_cells, k)))).astype(np.int64)
        d = counts[firsts] - counts[seconds]
        t = np.abs(d.mean(axis=1)) / (d.std(axis=1, ddof=1) * math.sqrt(1 / k + overlap))
        largest = LargestOfDraws(counts, firsts, seconds, n_draws=499)
        alarms[RESAMPLED] += bool((t > _Bonferroni(k, len(firsts)).factor).any())
        alarms[EARLIER] += bool((t > largest.factor).any())
    assert alarms[RESAMPLED] < 0.08 * n_comparisons
    if k == 2:
        assert alarms[EARLIER] > 0.5 * n_comparisons


def test_all_right_and_all_wrong_are_told_apart() -> None:
    labels = np.zeros((3, 100), dtype=np.int64)
    cells = {("a", "m"): labels, ("b", "m"): labels + 1, ("c", "m"): labels}
    pairs = {(p.first, p.second): p for p in resampled_differences(cells, labels, n_learned=400)}
    sure, alike = pairs[("a", "m"), ("b", "m")], pairs[("a", "m"), ("c", "m")]
    assert (sure.difference, sure.told_apart, alike.told_apart) == (1.0, True, False)
    assert sure.ci95[0] > 0.9
    assert alike.ci95[0] < 0 < alike.ci95[1]
    few = np.zeros((2, 4), dtype=np.int64)
    (pair,) = resampled_differences({("a", "m"): few, ("b", "m"): few + 1}, few, n_learned=16)
    assert (pair.told_apart, pair.ci95[0]) == (False, 0.0)


def test_an_interval_excludes_zero_exactly_if_the_pair_is_told_apart() -> None:
    verdicts = []
    for seed in range(8):
        cells, labels = made_up(0.8, 0.76, 0.7, 0.66, 0.6, seed=seed)
        for pair in resampled_differences(cells, labels, n_learned=N_LEARNED):
            low, high = pair.ci95
            assert pair.told_apart == (low > 0 or high < 0)
            assert low <= pair.difference <= high
            verdicts.append(pair.told_apart)
    assert 0 < sum(verdicts) < len(verdicts)


def test_a_pair_without_spread_is_not_told_apart() -> None:
    _, labels = made_up()
    behind = labels.copy()
    behind[:, :10] = (behind[:, :10] + 1) % 3
    cells = {("a", "m"): behind, ("b", "m"): labels, ("c", "m"): labels.copy()}
    for pair in resampled_differences(cells, labels, n_learned=N_LEARNED):
        assert (pair.p, pair.told_apart) == (1.0, False)
        assert pair.ci95[0] <= 0 <= pair.difference <= pair.ci95[1]
        assert pair.ci95[0] < pair.ci95[1]


def test_equal_differences_of_cells_that_disagree_are_not_sure() -> None:
    # Ahead by 10 of 1,000 in both resamples, and alone right on 100 and 80 images in all.
    labels = np.zeros((2, 1000), dtype=np.int64)
    one, other = labels.copy(), labels.copy()
    one[0, :50] = one[1, :30] = other[0, 50:110] = other[1, 30:70] = 1
    cells = {("a", "m"): one, ("b", "m"): other}
    (pair,) = resampled_differences(cells, labels, n_learned=1000)
    assert (pair.first, pair.difference, pair.p) == (("a", "m"), 0.01, 1.0)
    variance = (180 / 2000 - 0.01**2) / 1000
    half = stats.t.ppf(0.975, 1) * math.sqrt(variance * (1 / 2 + 1))
    np.testing.assert_allclose(pair.ci95, (0.01 - half, 0.01 + half), rtol=1e-9)


def test_among_others_a_pair_without_spread_has_their_factor() -> None:
    cells, labels = made_up(0.8, 0.7)
    # As many right in each resample as the first cell, on other images.
    elsewhere = np.roll(cells["cell", "0"] == labels, 1, axis=1)
    cells["cell", "2"] = np.where(elsewhere, labels, (labels + 1) % 3)
    right = {name: table == labels for name, table in cells.items()}
    overlap = 1 / K + N_TEST / N_LEARNED
    factors = []
    for pair in resampled_differences(cells, labels, n_learned=N_LEARNED):
        lead = right[pair.first].astype(int) - right[pair.second]
        spread = lead.mean(axis=1).var(ddof=1)
        variance = spread or lead.var() / N_TEST
        factors.append((pair.ci95[1] - pair.difference) / math.sqrt(variance * overlap))
        assert (pair.p == 1.0) == (spread == 0.0)
    assert len(factors) == 3
    np.testing.assert_allclose(factors, factors[0], rtol=1e-6)


def test_twice_the_same_comes_out_and_the_order_of_the_cells_does_not_matter() -> None:
    cells, labels = made_up(0.8, 0.7, 0.6)
    pairs = resampled_differences(cells, labels, n_learned=N_LEARNED)
    assert pairs == resampled_differences(cells, labels, n_learned=N_LEARNED)
    turned = dict(reversed(cells.items()))
    assert pairs == resampled_differences(turned, labels, n_learned=N_LEARNED)


def test_one_resample_and_other_shapes_are_refused() -> None:
    cells, labels = made_up(0.8, 0.7)
    one = {name: table[:1] for name, table in cells.items()}
    with pytest.raises(ValueError, match="2 resamples or more, got 1"):
        resampled_differences(one, labels[:1], n_learned=N_LEARNED)
    with pytest.raises(ValueError, match=r"cell \+ 1 must be \(n_resamples, n_test\)"):
        resampled_differences(cells | {("cell", "1"): labels[:, 1:]}, labels, n_learned=N_LEARNED)
    assert resampled_differences({}, labels, n_learned=N_LEARNED) == ()
