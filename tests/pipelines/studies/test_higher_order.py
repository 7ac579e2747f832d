"""Products with the Hessian are right, and the penalty flattens what it is asked to."""

from __future__ import annotations

import time

import numpy as np
import pytest

from data import load_dataset
from models.second_order import hessian_vector_product
from pipelines.studies import higher_order as study


@pytest.fixture(scope="module")
def result() -> study.CurvatureForLess:
    return study.run(load_dataset(), size=0.1)


def test_products_are_right_and_cost_a_few_gradients(result: study.CurvatureForLess) -> None:
    assert result.error < 1e-6
    assert result.asymmetry < 1e-12
    assert all(1 < cost < 15 for cost in result.gradients_a_product)
    assert result.n_weights == (20 * 8 + 8 + 8 * 5 + 5, 20 * 32 + 32 + 32 * 5 + 5)


def test_the_penalty_flattens(result: study.CurvatureForLess) -> None:
    assert result.gradient_norm[0] > 1.15 * result.gradient_norm[1]
    assert result.slope[0] > 1.3 * result.slope[1]
    assert all(finding.holds for finding in result.findings())
    for plane in result.planes:
        np.testing.assert_allclose(plane.sum(axis=0), 1, atol=1e-6)


def test_without_the_penalty_nothing_is_flatter() -> None:
    plain = study.run(load_dataset(), size=0.1, penalised=False)
    assert plain.gradient_norm[0] == plain.gradient_norm[1]
    assert [finding.holds for finding in plain.findings()] == [True, True, False]


def test_a_wrong_product_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    right = hessian_vector_product
    monkeypatch.setattr(study, "hessian_vector_product", lambda *given: 1.001 * right(*given))
    wrong = study.run(load_dataset(), size=0.1)
    assert not wrong.findings()[0].holds


def test_the_pictures_say_what_they_show(result: study.CurvatureForLess) -> None:
    cost, planes = result.pictures()
    assert "the whole Hessian" in cost.markup
    assert "mathdefault" not in cost.markup
    assert "without the penalty" in planes.markup


@pytest.mark.slow
def test_at_full_size_all_of_it_holds_within_a_minute() -> None:
    begun = time.perf_counter()
    assert all(finding.holds for finding in study.run(load_dataset()).findings())
    assert time.perf_counter() - begun < 60
