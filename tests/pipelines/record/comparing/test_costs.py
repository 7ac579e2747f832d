"""What cells cost, as means and for unions, and the front of those that no other beats."""

from __future__ import annotations

import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pipelines.record.comparing.costs import costs, pareto_front
from pipelines.record.report import CellCost, FeatureCost, Report


def test_a_union_costs_its_parts(report: Report) -> None:
    features = {"a": 2.0, "b": 6.0}
    fit = CellCost(features="a+b", model="m", seed=0, choose_s=1.0, fit_s=2.0, predict_s=0.5)
    alone = CellCost(features="c", model="m", seed=0, choose_s=1.0, fit_s=2.0, predict_s=0.5)
    measurements = report.measurements.model_copy(
        update={
            "features": tuple(
                FeatureCost(
                    features=name,
                    seed=0,
                    fit_s=0.5 * s,
                    transform_train_s=0.3 * s,
                    transform_test_s=0.2 * s,
                )
                for name, s in features.items()
            ),
            "cells": (fit, alone),
        }
    )
    spec = {"features": {"a+b": {"union": ["a", "b"]}, "odd": 3, "none": {"union": ["x"]}}}
    found = costs(report.model_copy(update={"measurements": measurements, "spec": spec}))
    assert list(found) == [("a+b", "m")]
    assert found["a+b", "m"].extract_s == pytest.approx(8.0)
    assert found["a+b", "m"].total_s == pytest.approx(11.5)


def test_costs_are_means_over_seeds(report: Report) -> None:
    mine = [c for c in report.measurements.cells if (c.features, c.model) == ("hog", "mlp")]
    assert len(mine) == 3
    found = costs(report)["hog", "mlp"]
    assert found.fit_s == pytest.approx(sum(c.fit_s for c in mine) / 3)
    assert found.extract_s == pytest.approx(0.9)  # as made up: 0.6 + 0.32 + 0.08 of it


@given(st.lists(st.tuples(st.integers(1, 6), st.integers(0, 6)), max_size=8))
def test_front_is_what_no_other_cell_beats(points: list[tuple[int, int]]) -> None:
    named = {(f"f{i}", "m"): (float(x), float(y)) for i, (x, y) in enumerate(points)}
    front = pareto_front(named)
    at = {named[name] for name in front}
    for x, y in named.values():
        beaten = any((a <= x and b > y) or (a < x and b >= y) for a, b in named.values())
        assert ((x, y) in at) == (not beaten)
    assert [named[name][0] for name in front] == sorted(named[name][0] for name in front)


def test_the_last_bit_of_a_mean_puts_nothing_on_the_front() -> None:
    one, other = 0.7, 0.7 + 1e-16
    assert other > one
    assert pareto_front({"quick": (1.0, one), "dear": (2.0, other)}) == ["quick"]


def test_many_extractors_take_no_longer_than_few(report: Report) -> None:
    timed = FeatureCost(
        features="f", seed=0, fit_s=1.0, transform_train_s=0.0, transform_test_s=0.0
    )
    many = tuple(timed.model_copy(update={"features": f"f{i}"}) for i in range(20_000))
    fit = CellCost(features="f7", model="m", seed=0, choose_s=0.0, fit_s=0.0, predict_s=0.0)
    measurements = report.measurements.model_copy(update={"features": many, "cells": (fit,)})
    began = time.process_time()
    found = costs(report.model_copy(update={"measurements": measurements}))
    assert found["f7", "m"].extract_s == 1.0
    assert time.process_time() - began < 2.0  # each name held against all others: 15 s
