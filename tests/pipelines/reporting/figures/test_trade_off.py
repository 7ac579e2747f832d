"""What the trade-off says, in its words for those who do not see them and in its marks."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pipelines.record.report import Cell, Report
from pipelines.reporting.figures.trade_off import (
    FINE_TIMES_S,
    TIMES_S,
    CostAxis,
    Look,
    round_steps,
    trade_off,
)
from pipelines.reporting.texts.numbers import duration


def some_cells(accuracies: list[float]) -> list[Cell]:
    return [
        Cell(features=f"f{i}", model="m", status="done", seeds=(0,), n_test=9, accuracy=accuracy)
        for i, accuracy in enumerate(accuracies)
    ]


def test_every_point_and_the_front_are_named() -> None:
    cells = some_cells([0.5, 0.4, 0.6])
    cost = {("f0", "m"): 1.0, ("f1", "m"): 2.0, ("f2", "m"): 30.0}
    svg = trade_off("t", cells, cost, Look.of(cells), CostAxis("time", duration, (TIMES_S,)))
    root = ElementTree.fromstring(svg)
    titles = sorted(str(title.text) for title in root.iter("title"))
    assert titles == ["f0 → m: 50.0 %, 1 s", "f1 → m: 40.0 %, 2 s", "f2 → m: 60.0 %, 30 s"]
    says = root.get("aria-label") or ""
    assert says.endswith("front: f0 → m 50.0 % at 1 s, f2 → m 60.0 % at 30 s.")
    texts = {"".join(text.itertext()) for text in root.iter("text")}
    assert {"f0 → m", "f2 → m"} <= texts
    assert "f1 → m" not in texts


def test_cells_without_cost_are_left_out() -> None:
    cells = some_cells([0.5, 0.4, 0.6])
    cost = {("f0", "m"): 1.0, ("f1", "m"): 0.0}
    svg = trade_off("t", cells, cost, Look.of(cells), CostAxis("time", duration))
    assert svg.count("<title>") == 1


def test_all_points_at_one_cost() -> None:
    cells = some_cells([0.5, 0.5])
    cost = {cell.name: 7.0 for cell in cells}
    svg = trade_off("t", cells, cost, Look.of(cells), CostAxis("dimension", str))
    assert "f0 → m 50.0 % at 7.0" in svg


@pytest.mark.parametrize("high", [2e-3, 0.5, 9.0, 50.0, 700.0, 1e5])
def test_times_are_marked_for_any_range(high: float) -> None:
    for low in (high / 3, high / 10, high / 1000):
        inside = [[t for t in some if low < t < high] for some in (TIMES_S, FINE_TIMES_S)]
        assert any(2 <= len(some) <= 9 for some in inside), (low, high, inside)


@pytest.mark.parametrize("span", [2.0, 5.0, 100.0, 1e4])
def test_round_steps_lie_inside(span: float) -> None:
    steps = round_steps(3.0, 3.0 * span)
    assert 2 <= len(steps) <= 8
    assert all(3.0 <= step <= 3.0 * span for step in steps)
    assert steps == sorted(steps)


def test_looks_are_told_apart(report: Report) -> None:
    look = Look.of(report.cells)
    assert len(set(look.features.values())) == 5
    assert len(set(look.models.values())) == 4
