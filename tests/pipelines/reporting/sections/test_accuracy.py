"""The grid and the entries of the table."""

from __future__ import annotations

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Report
from pipelines.reporting.columns import COLUMNS
from pipelines.reporting.page import page
from pipelines.reporting.sections.accuracy import grid, table


def test_rows_say_what_the_cells_do(report: Report) -> None:
    standings = Standings(report)
    anchors = {cell.name: f"cell-{i}" for i, cell in enumerate(standings.cells)}
    heads, rows = table(standings, anchors)
    keys = [head.column.key for head in heads]
    assert keys == [key for key in COLUMNS if key != "status"]
    (scale,) = [head.scale for head in heads if head.scale]
    for cell, row in zip(standings.cells, rows, strict=True):
        entries = dict(zip(keys, row.entries, strict=True))
        interval, dim = entries["interval"], entries["dim"]
        assert interval is not None
        assert interval.bar is not None
        assert interval.bar[0] < interval.dot < interval.bar[1]
        assert interval.dot == scale.at(100 * (cell.accuracy or 0))
        assert dim is not None
        assert dim.value == str(cell.dim)
        assert dim.bar is None
    assert [row.best for row in rows] == [True] + [False] * 17


def test_grid_has_the_reports_order_and_marks(report: Report) -> None:
    standings = Standings(report)
    done = standings.cells
    models, rows = grid(standings, {cell.name: "x" for cell in done})
    assert models == ["linear", "mlp", "mlp3", "knn"]
    assert [row.features for row in rows] == ["raw", "color", "hog", "hog+color", "bovw"]
    flat = {
        (row.features, model): entry
        for row in rows
        for model, entry in zip(models, row.cells, strict=True)
    }
    assert [name for name, entry in flat.items() if entry.best] == [done[0].name]
    html = page(report)
    assert html.count('<span class="hide">, the best</span>') == 1
    n_as_good = sum(entry.as_good for entry in flat.values())
    assert html.count('<span class="hide">, not told apart from the best</span>') == n_as_good
    assert {name for name, entry in flat.items() if entry.as_good} == {
        done[1].name,
        done[2].name,
    }
    assert (flat["raw", "knn"].text, flat["bovw", "knn"].text) == ("failed", "to run")
    assert flat[done[0].name].tint == max(entry.tint for entry in flat.values())
