from __future__ import annotations

import time

import numpy as np
import pytest

from data import Dataset
from models.derivatives.gradient_check import check_gradient
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SumOfSquares
from pipelines.studies.backpropagation import (
    Backpropagation,
    jacobian_of_product,
    run,
    through_jacobian,
    through_product,
)


@pytest.fixture(scope="module")
def found(tiny: Dataset) -> Backpropagation:
    return run(tiny, 0.1)


def test_each_gate_directs_the_traffic_in_its_own_way(found: Backpropagation) -> None:
    assert {each.gate.name: each.passed for each in found.gates} == {
        "add": (4, 4),
        "multiply": (-15, 10),
        "copy": (2,),
        "max": (0, 8),
    }
    for each in found.gates:
        assert each.passed == each.measured
    assert all(finding.holds for finding in found.findings())


def test_the_worked_entry(found: Backpropagation) -> None:
    worked = found.product
    assert worked.w[0].tolist() == [3, 2, 1, -1]
    assert worked.dy[0].tolist() == [2, 3, -3, 9]
    assert worked.dx[0, 0] == 3 * 2 + 2 * 3 + 1 * (-3) + (-1) * 9
    np.testing.assert_array_equal(worked.dx, worked.dx_by_jacobian)
    np.testing.assert_array_equal(worked.dx, worked.dx_by_layer)


def test_the_jacobian_is_that_of_the_product(found: Backpropagation) -> None:
    worked = found.product
    n = worked.x.size
    columns = [(unit.reshape(worked.x.shape) @ worked.w).ravel() for unit in np.eye(n)]
    np.testing.assert_array_equal(worked.jacobian, np.stack(columns, axis=1))
    n_rows = len(worked.x)
    np.testing.assert_array_equal(jacobian_of_product(n_rows, worked.w), worked.jacobian)
    assert np.count_nonzero(worked.jacobian) * n_rows == worked.jacobian.size


def test_both_ways_agree_on_any_matrices() -> None:
    rng = np.random.default_rng(5)
    dy, w = rng.standard_normal((7, 4)), rng.standard_normal((3, 4))
    np.testing.assert_allclose(through_product(dy, w), through_jacobian(dy, w), rtol=1e-12)


def test_the_layer_that_it_is_held_against_is_right() -> None:
    rng = np.random.default_rng(6)
    net = Network([Linear(4)], n_in=3, dtype=np.float64, rng=rng)
    x, targets = rng.standard_normal((2, 3)), rng.standard_normal((2, 4))
    assert check_gradient(net, SumOfSquares(), x, targets, np.ones(2), rng).passed


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


def test_the_pictures_say_what_they_show(found: Backpropagation) -> None:
    gates, product, memory = found.pictures()
    assert all(each.markup.startswith("<svg") for each in (gates, product, memory))
    assert "multiply swaps" in gates.markup
    assert "3·2 + 2·3 + 1·(−3) + (−1)·9 = 0" in product.caption
    assert "1 GiB" in memory.markup
    assert "2 PiB" in memory.caption


@pytest.mark.slow
def test_the_full_size_bears_the_claim_out_in_a_minute(tiny: Dataset) -> None:
    begun = time.process_time()
    found = run(tiny)
    assert time.process_time() - begun < 60
    assert found.sizes[-1] == 64
    assert found.bytes_jacobian[-1] > 4000 * found.bytes_implicit[-1]
    assert all(finding.holds for finding in found.findings())
