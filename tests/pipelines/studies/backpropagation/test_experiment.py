from __future__ import annotations

import time

import pytest

from data import Dataset
from pipelines.studies.backpropagation.experiment import Backpropagation, run


def test_the_jacobian_takes_the_fourth_power_and_the_product_the_second(
    found: Backpropagation,
) -> None:
    n = found.sizes[-1]
    assert 8 * n**4 < found.bytes_jacobian[-1] < 8.5 * n**4
    assert 8 * n**2 <= found.bytes_implicit[-1] < 12 * n**2
    assert found.growth(found.bytes_jacobian) == pytest.approx(4, abs=0.3)
    assert found.growth(found.bytes_implicit) == pytest.approx(2, abs=0.5)


def test_relu_lets_through_or_stops(found: Backpropagation) -> None:
    assert found.rectified.tolist() == [1, 0, -2, 0]
    assert found.by_diagonal.tolist() == [1, 0, -2, 0]


def test_without_local_gradients_the_rules_are_wrong(tiny: Dataset) -> None:
    wrong = run(tiny, 0.01, local_gradients=False)
    assert [each.passed == each.measured for each in wrong.gates] == [True, False, False, False]
    assert wrong.product.dx[0, 0] == 11
    assert [finding.holds for finding in wrong.findings()] == [False, False, True, False]


def test_with_the_jacobian_nothing_is_saved(tiny: Dataset) -> None:
    heavy = run(tiny, 0.1, implicit=False)
    assert heavy.bytes_implicit[-1] == pytest.approx(heavy.bytes_jacobian[-1], rel=0.1)
    assert [finding.holds for finding in heavy.findings()] == [True, True, False, True]


@pytest.mark.slow
def test_the_full_size_bears_the_claim_out_in_a_minute(tiny: Dataset) -> None:
    begun = time.process_time()
    found = run(tiny)
    assert time.process_time() - begun < 60
    assert found.sizes[-1] == 64
    assert found.bytes_jacobian[-1] > 4000 * found.bytes_implicit[-1]
    assert all(finding.holds for finding in found.findings())
