"""The scale that intervals are drawn on, and the table's entries."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from pipelines.record.report import Report
from pipelines.reporting.sections.accuracy import COLUMNS, Scale, grid, table
from pipelines.reporting.words import costs, done_cells


@given(st.lists(st.floats(-100, 100), min_size=1, max_size=6))
def test_scale_holds_all_values_with_few_round_ticks(values: list[float]) -> None:
    scale = Scale.over(values)
    assert all(0 <= scale.at(value) <= 100 for value in values)
    assert 2 <= len(scale.ticks) <= 7
    assert scale.at(scale.ticks[0]) == 0
    assert scale.at(scale.ticks[-1]) == 100


def test_scale_by_hand() -> None:
    scale = Scale.over([21.5, 76.1])
    assert scale.ticks == (20, 40, 60, 80)
    assert scale.at(50) == 50


def test_rows_say_what_the_cells_do(report: Report) -> None:
    done = done_cells(report)
    anchors = {cell.name: f"cell-{i}" for i, cell in enumerate(done)}
    columns, rows, scale = table(done, costs(report), {}, anchors)
    assert [c.key for c in columns] == [c.key for c in COLUMNS if c.key != "group"]
    for cell, row in zip(done, rows, strict=True):
        assert cell.ci95 is not None
        assert row.bar is not None
        assert row.bar[0] < row.dot < row.bar[1]
        assert row.dot == scale.at(100 * (cell.accuracy or 0))
        assert row.entries["dim"].value == str(cell.dim)
    assert [row.best for row in rows] == [True] + [False] * 17


def test_grid_has_the_reports_order_and_marks(report: Report) -> None:
    done = done_cells(report)
    anchors = {cell.name: "x" for cell in done}
    as_good = {done[0].name, done[1].name}
    models, rows = grid(report, done, as_good, anchors)
    assert models == ["linear", "mlp", "mlp3", "knn"]
    assert [row.features for row in rows] == ["raw", "color", "hog", "hog+color", "bovw"]
    flat = {
        (row.features, model): entry
        for row in rows
        for model, entry in zip(models, row.cells, strict=True)
    }
    assert [name for name, entry in flat.items() if entry.best] == [done[0].name]
    assert [name for name, entry in flat.items() if entry.as_good] == [done[1].name]
    assert (flat["raw", "knn"].text, flat["bovw", "knn"].text) == ("failed", "to run")
    assert flat[done[0].name].tint == max(entry.tint for entry in flat.values())
