"""Products with the Hessian are right, and the penalty flattens what it is asked to."""

from __future__ import annotations

import time
from xml.etree import ElementTree

import numpy as np
import pytest
from scipy.special import expit

from data import Dataset
from models.derivatives.second_order import hessian_vector_product
from pipelines.studies import higher_order as study
from pipelines.studies import higher_order_costs
from pipelines.studies.higher_order_costs import Problem
from pipelines.studies.higher_order_penalty import BATCH, folding, gradient_length, slope, trained
from pipelines.studies.space_warping import HALF, Net, moons


@pytest.fixture(scope="module")
def result(tiny: Dataset) -> study.CurvatureForLess:
    return study.run(tiny, size=0.1)


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


def test_the_penalty_flattens(result: study.CurvatureForLess) -> None:
    plain, flat = result.warps
    assert (plain.penalty, flat.penalty) == (0, study.PENALTY)
    assert plain.gradient > 1.2 * flat.gradient
    assert plain.folding > 1.3 * flat.folding
    assert plain.slope > 1.2 * flat.slope
    assert min(plain.fresh, flat.fresh) > 0.8
    assert all(finding.holds for finding in result.findings())


def test_without_the_penalty_nothing_is_flatter(
    result: study.CurvatureForLess, tiny: Dataset
) -> None:
    plain = study.run(tiny, size=0.1, penalised=False)
    first, second = plain.warps
    assert (first.gradient, first.folding) == (second.gradient, second.folding)
    assert first.folding == result.without.folding
    assert [finding.holds for finding in plain.findings()] == [True, True, False, False]


def test_by_way_of_the_hessian_a_product_costs_as_much(tiny: Dataset) -> None:
    dear = study.run(tiny, size=0.1, products=False, penalised=False)
    assert all(cost.in_gradients > cost.n_weights / 10 for cost in dear.costs)
    assert not dear.findings()[1].holds


def test_a_wrong_product_is_found_out(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    right = hessian_vector_product
    monkeypatch.setattr(
        higher_order_costs, "hessian_vector_product", lambda *given: 1.001 * right(*given)
    )
    assert not study.run(tiny, size=0.1, penalised=False).findings()[0].holds


def test_the_hessian_times_a_vector_is_the_product() -> None:
    rng = np.random.default_rng(2)
    problem = Problem(4, rng)
    v = rng.standard_normal(problem.n)
    np.testing.assert_allclose(problem.product(v), problem.product_by_hessian(v), rtol=1e-9)


def test_folds_and_slopes_are_those_that_one_finds_by_hand() -> None:
    # 3·r(2x) − r(y): steeper by 6 across one line and by 1 across the other.
    net = Net(np.array([[2.0, 0.0], [0.0, 1.0]]), np.zeros(2), np.array([3.0, -1.0]), 0.0, True)
    assert folding(net) == 7
    x = np.linspace(-HALF, HALF, 61)
    steep = [np.hypot(6 * (a > 0), b > 0) for a in x for b in x]
    assert slope(net) == pytest.approx(np.mean(steep))


def test_the_gradient_is_that_of_the_batches_loss() -> None:
    points = moons(2 * BATCH, np.random.default_rng(3))
    net = trained(points, 0.0, 3, 0)
    lengths = []
    for half in (slice(BATCH), slice(BATCH, None)):
        x, y = points.x[half], points.y[half]
        delta = (expit(net.score(x)) - y) / BATCH
        back = delta[:, None] * net.v * (net.moved(x) > 0)
        parts = (x.T @ back, back.sum(axis=0), net.folded(x).T @ delta, [delta.sum()])
        lengths.append(np.linalg.norm(np.concatenate([np.ravel(part) for part in parts])))
    assert gradient_length(net, points) == pytest.approx(np.mean(lengths), rel=1e-5)


def test_the_pictures_say_what_they_show(result: study.CurvatureForLess) -> None:
    cost, planes, penalty = result.pictures()
    for picture in (cost, planes, penalty):
        svg = ElementTree.fromstring(picture.markup)
        assert svg.tag == "svg"
        assert len(svg.attrib["aria-label"]) > 60
        assert picture.caption.endswith(".")
        assert "mathdefault" not in picture.markup
    assert "the whole Hessian" in cost.markup
    assert f"folded by {result.penalised.folding:.0f}" in planes.markup
    assert "fresh points" in penalty.markup


@pytest.mark.slow
def test_the_full_size_bears_the_claim_out_in_a_minute(tiny: Dataset) -> None:
    begun = time.process_time()
    result = study.run(tiny)
    assert time.process_time() - begun < 60
    assert [finding.says for finding in result.findings() if not finding.holds] == []
    last = result.warps[-1]
    assert last.folding < 0.5 * result.without.folding
    assert last.fresh < result.penalised.fresh - 0.02
