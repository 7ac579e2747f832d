"""Learning curves, with gaps and without."""

from __future__ import annotations

from matplotlib.figure import Figure

from pipelines.record.report import Cell, Epoch, Report
from pipelines.reporting.figures.learning_curves import (
    learning_curves,
    paint_learning_curves,
    score_range,
)


def test_curves_with_gaps_and_without_scores(report: Report) -> None:
    bare = Cell(features="f", model="m", status="done", seeds=(0,), n_test=9)
    epochs = (Epoch(epoch=1, loss=2.0), Epoch(epoch=2, loss=None), Epoch(epoch=3, loss=1.0))
    cell = bare.model_copy(update={"learning_curves": (epochs, ())})
    svg = learning_curves("c", cell, scores=score_range([cell]))
    assert "accuracy" not in svg
    assert "over 3 epochs." in svg
    full = next(cell for cell in report.cells if cell.learning_curves)
    svg = learning_curves("c", full, scores=score_range([full]))
    assert "3 seeds, over 38 and 41 and 45 epochs; validation accuracy ends at" in svg


def test_values_beyond_any_figure_are_gaps() -> None:
    bare = Cell(features="f", model="m", status="done", seeds=(0,), n_test=9)
    ends = [1e308, -1e308]
    epochs = tuple(
        Epoch(epoch=i, loss=v, score=v, val_loss=-v, val_score=v) for i, v in enumerate(ends)
    )
    cell = bare.model_copy(update={"learning_curves": (epochs,)})
    assert score_range([cell]) == (0.0, 1.0)
    assert "over 1 epoch;" in learning_curves("c", cell, scores=score_range([cell]))


def test_epochs_without_a_neighbour_are_points() -> None:
    bare = Cell(features="f", model="m", status="done", seeds=(0,), n_test=9)
    for losses, alone in (((2.0,), True), ((2.0, None, 1.0), True), ((2.0, 1.0), False)):
        epochs = tuple(Epoch(epoch=i, loss=loss) for i, loss in enumerate(losses, 1))
        figure = Figure()
        cell = bare.model_copy(update={"learning_curves": (epochs,)})
        paint_learning_curves(figure, cell, scores=(0.0, 1.0))
        line = figure.axes[0].lines[0]
        assert (line.get_marker() == "o") is alone


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
