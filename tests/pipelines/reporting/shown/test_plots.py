from __future__ import annotations

import io

import matplotlib as mpl
import pytest
from matplotlib.figure import Figure

from pipelines.errors import ReportError
from pipelines.record.report import Report as Record
from pipelines.reporting.shown.report import Report


@pytest.fixture(scope="module")
def shown(report: Record) -> Report:
    return Report.of(report)


def labels(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].get_yticklabels()]


def test_accuracy_and_differences_have_a_row_a_cell(shown: Report) -> None:
    figure = shown.plot.accuracy()
    assert shown.best is not None
    assert len(labels(figure)) == 18
    assert labels(figure)[0] == " → ".join(shown.best.name)
    assert figure._repr_png_()[:4] == b"\x89PNG"  # type: ignore[attr-defined]
    against = shown.plot.differences("hog/linear")
    assert len(labels(against)) == 17
    assert against.axes[0].get_xlabel() == "points ahead of hog → linear"


def test_figures_have_real_colours_and_leave_the_settings_alone(shown: Report) -> None:
    before = dict(mpl.rcParams)
    for figure in (shown.plot.time(), shown.plot.dim(), shown.plot.learning_curves("hog/mlp")):
        file = io.StringIO()
        figure.savefig(file, format="svg")
        assert "#a100" not in file.getvalue()
    assert dict(mpl.rcParams) == before


def test_a_figure_is_drawn_where_one_wants_it(shown: Report) -> None:
    axes = Figure().subplots()
    assert shown.plot.confusion("hog/linear", ax=axes) is axes.figure
    assert axes.get_title() == "hog → linear"
    assert [text.get_text() for text in axes.get_xticklabels()] == [*shown.dataset.class_names]


def test_what_cannot_be_drawn_is_said(shown: Report) -> None:
    with pytest.raises(ReportError, match="no such cell"):
        shown.plot.confusion("a/b")
    with pytest.raises(ReportError, match=r"hog → knn: learning curves"):
        shown.plot.learning_curves(("hog", "knn"))
    none = Report.of(shown.model_copy(update={"cells": (), "pairs": ()}))
    for draw in (none.plot.accuracy, none.plot.time, none.plot.confusion):
        with pytest.raises(ReportError, match="nothing to draw"):
            draw()
    unpaired = Report.of(shown.model_copy(update={"pairs": ()}))
    with pytest.raises(ReportError, match="compared with no other"):
        unpaired.plot.differences()
    assert "accuracy" in repr(shown.plot)
