from __future__ import annotations

import re

from pipelines.record.report import Report
from pipelines.reporting.tables.latex import latex, latex_text


def test_every_finished_cell_is_in_the_table(report: Report) -> None:
    text = latex(report)
    for rule in (r"\toprule", r"\midrule", r"\bottomrule"):
        assert text.count(rule) == 1
    best = max(cell.accuracy or 0 for cell in report.cells)
    assert text.count(rf"\textbf{{{100 * best:.1f}}}") == 1
    for cell in report.cells:
        wanted = "failed" if cell.status == "failed" else "to run"
        assert (f"{100 * cell.accuracy:.1f}" if cell.accuracy else wanted) in text
    rows = [line for line in text.splitlines() if line.endswith(r"\\")]
    assert len(rows) == 6
    assert len({row.count("&") for row in rows}) == 1


def test_names_cannot_be_commands(report: Report) -> None:
    evil = "\\input{x} $a$ 100% a_b #1 ~^ & [1cm] *\n\\end{table}"
    cells = (report.cells[0].model_copy(update={"features": evil, "model": evil}),)
    text = latex(report.model_copy(update={"title": evil, "cells": cells, "pairs": ()}))
    assert not re.search(r"\\input|\\end\{table\} *[^\n]", text)
    assert text.count(r"\end{table}") == 1
    assert latex_text("[1cm]*") == "{[}1cm{]}{*}"
    assert latex_text("a--b---c") == "a-{}-b-{}-{}-c"
    assert latex_text("hog-views") == "hog-views"


def test_a_quick_look_is_said_and_a_limit_that_is_none_is_not(report: Report) -> None:
    quick = report.model_copy(update={"spec": {"limit": 1200}})
    assert "a quick look: at most 1,200 images of each part" in latex(quick)
    for limit in ("many", -1, [3], None):
        assert "quick" not in latex(report.model_copy(update={"spec": {"limit": limit}}))
