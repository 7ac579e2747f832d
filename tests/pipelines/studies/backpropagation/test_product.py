from __future__ import annotations

import numpy as np

from models.derivatives.gradient_check import check_gradient
from models.layers.linear import Linear
from models.layers.network import Network
from models.losses import SumOfSquares
from pipelines.studies.backpropagation.experiment import Backpropagation
from pipelines.studies.backpropagation.product import (
    jacobian_of_product,
    through_jacobian,
    through_product,
)


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
