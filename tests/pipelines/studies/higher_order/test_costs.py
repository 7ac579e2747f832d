from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from data import Dataset
from models.derivatives.second_order import hessian_vector_product
from pipelines.studies.higher_order import costs
from pipelines.studies.higher_order import experiment as study
from pipelines.studies.higher_order.costs import Problem


def test_products_are_right_and_cost_a_few_gradients(result: study.CurvatureForLess) -> None:
    assert [cost.n_weights for cost in result.costs] == [
        20 * 8 + 8 + 8 * 5 + 5,
        20 * 32 + 32 + 32 * 5 + 5,
    ]
    for cost in result.costs:
        assert cost.error < 1e-6
        assert cost.asymmetry is not None
        assert cost.asymmetry < 1e-12
        assert 1 < cost.in_gradients < 15
        assert cost.hessian_s is not None
        assert cost.hessian_s > cost.n_weights / 10 * cost.product_s


@pytest.mark.slow
def test_by_way_of_the_hessian_a_product_costs_as_much(tiny: Dataset) -> None:
    dear = study.run(tiny, size=0.1, products=False, penalised=False)
    assert all(cost.in_gradients > cost.n_weights / 10 for cost in dear.costs)
    assert not dear.findings()[1].holds


def test_a_wrong_product_is_found_out(
    result: study.CurvatureForLess, monkeypatch: pytest.MonkeyPatch
) -> None:
    right = hessian_vector_product
    monkeypatch.setattr(costs, "hessian_vector_product", lambda *given: 1.001 * right(*given))
    wrong = costs.costs((2, 4), 2, np.random.default_rng(0), products=True)
    assert result.findings()[0].holds
    assert not replace(result, costs=wrong).findings()[0].holds


def test_the_hessian_times_a_vector_is_the_product() -> None:
    rng = np.random.default_rng(2)
    problem = Problem(4, rng)
    v = rng.standard_normal(problem.n)
    np.testing.assert_allclose(problem.product(v), problem.product_by_hessian(v), rtol=1e-9)
