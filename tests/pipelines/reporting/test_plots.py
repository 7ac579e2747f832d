"""What the plots say, in their words for those who do not see them and in their marks."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest

from pipelines.report import Cell, Epoch, Report
from pipelines.reporting.numbers import seconds
from pipelines.reporting.plots import (
    FINE_TIMES_S,
    TIMES_S,
    Look,
    learning_curves,
    round_steps,
    score_range,
    trade_off,
)


def some_cells(accuracies: list[float]) -> list[Cell]:
    return [
        Cell(features=f"f{i}", model="m", status="done", seeds=(0,), n_test=9, accuracy=accuracy)
        for i, accuracy in enumerate(accuracies)
    ]


def test_every_point_and_the_front_are_named() -> None:
    cells = some_cells([0.5, 0.4, 0.6])
    cost = {("f0", "m"): 1.0, ("f1", "m"): 2.0, ("f2", "m"): 30.0}
    svg = trade_off("t", cells, cost, Look.of(cells), axis="time", unit=seconds, ticks=(TIMES_S,))
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
    svg = trade_off("t", cells, cost, Look.of(cells), axis="time", unit=seconds)
    assert svg.count("<title>") == 1


def test_all_points_at_one_cost() -> None:
    cells = some_cells([0.5, 0.5])
    cost = {cell.name: 7.0 for cell in cells}
    svg = trade_off("t", cells, cost, Look.of(cells), axis="dimension", unit=str)
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


def test_curves_with_gaps_and_without_scores(report: Report) -> None:
    bare = some_cells([0.5])[0]
    epochs = (Epoch(epoch=1, loss=2.0), Epoch(epoch=2, loss=None), Epoch(epoch=3, loss=1.0))
    cell = bare.model_copy(update={"learning_curves": (epochs, ())})
    svg = learning_curves("c", cell, scores=score_range([cell]))
    assert "accuracy" not in svg
    assert "over 3 epochs." in svg
    full = next(cell for cell in report.cells if cell.learning_curves)
    svg = learning_curves("c", full, scores=score_range([full]))
    assert "3 seeds, over 38 and 41 and 45 epochs; validation accuracy ends at" in svg


def test_scores_share_a_range(report: Report) -> None:
    curved = [cell for cell in report.cells if cell.learning_curves]
    scores = [
        score
        for cell in curved
        for curve in cell.learning_curves
        for epoch in curve
        for score in (epoch.score, epoch.val_score)
        if score is not None
    ]
    assert score_range(curved) == (min(scores), max(scores))
    assert score_range([]) == (0.0, 1.0)


def test_looks_are_told_apart(report: Report) -> None:
    look = Look.of(report.cells)
    assert len(set(look.features.values())) == 5
    assert len(set(look.models.values())) == 4
