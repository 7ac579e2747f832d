"""The statistic of earlier reports, against worked examples, brute force and what it has said."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import bootstrap

from pipelines.record.report import PairedDifference
from pipelines.record.significance.earlier_statistic import holm, mcnemar_exact
from pipelines.record.significance.statistics import paired_differences


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


def test_interval_agrees_with_a_plain_bootstrap_of_the_differences() -> None:
    rng = np.random.default_rng(1)
    n_test = 500
    labels = rng.integers(10, size=n_test)
    one, other = (
        np.where(rng.random((3, n_test)) < accuracy, labels, (labels + 1) % 10)
        for accuracy in (0.7, 0.6)
    )
    cells = {("a", "m"): one, ("b", "m"): other}
    (found,) = paired_differences(cells, labels, statistic="mcnemar-holm", n_resamples=9999)
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


def test_a_report_is_checked_by_the_very_numbers_that_were_written() -> None:
    """What the version said that wrote such reports."""
    rng = np.random.default_rng(5)
    labels = rng.integers(4, size=60)
    cells = {
        (name, "m"): np.where(rng.random((2, 60)) < accuracy, labels, (labels + 1) % 4)
        for name, accuracy in (("a", 0.5), ("b", 0.6), ("c", 0.8))
    }
    first, second, third = paired_differences(cells, labels, statistic="mcnemar-holm")
    assert first == PairedDifference(
        first=("c", "m"),
        second=("b", "m"),
        difference=0.08333333333333333,
        ci95=(-0.016666666666666666, 0.18333333333333332),
        only_first=22,
        only_second=14,
        p_value=0.24298495403490966,
        p_holm=0.24298495403490966,
    )
    assert second.ci95 == (0.13333333333333333, 0.39166666666666666)
    assert second.p_holm == 0.001292571127123665
    assert (third.p_value, third.p_holm) == (0.03355243967962451, 0.06710487935924903)
    assert third.p_adjusted is None
    assert third.ci95[0] > 0  # an interval without zero
    assert not third.told_apart  # which this statistic does not take for a difference
