"""`report.md`: what it says, and that text from outside stays text."""

from __future__ import annotations

import re
import tomllib

import pytest

from pipelines.record.report import Cell, Report
from pipelines.reporting.markdown import markdown, markdown_table
from pipelines.reporting.texts.numbers import percent
from pipelines.reporting.texts.outside_text import plain


def rows_of(text: str, heading: str) -> list[list[str]]:
    """The cells of the first table under a heading, without the rule."""
    after = text.split(f"## {heading}\n", 1)[1]
    lines = [line for line in after.split("\n## ")[0].splitlines() if line.startswith("|")]
    return [
        [c.strip() for c in re.split(r"(?<!\\)\|", line)[1:-1]]
        for line in lines
        if "--" not in line
    ]


def test_images_in_both_parts_are_mentioned(report: Report) -> None:
    assert "also in the training part" not in markdown(report)
    dataset = report.dataset.model_copy(update={"n_test_in_train": 28})
    said = markdown(report.model_copy(update={"dataset": dataset}))
    assert "- 28 test images are also in the training part, alike in every pixel (of" in said


def test_grid_holds_every_cell(report: Report) -> None:
    head, *rows = rows_of(markdown(report), "Accuracy")
    found = {(row[0], model): value for row in rows for model, value in zip(head, row, strict=True)}
    for cell in report.cells:
        shown = found[cell.features, cell.model]
        if cell.status == "done":
            assert cell.accuracy is not None
            assert percent(cell.accuracy) in shown
        else:
            assert shown == {"failed": "failed", "pending": "…"}[cell.status]
    best = max((c for c in report.cells if c.accuracy), key=lambda c: c.accuracy or 0)
    assert [name for name, shown in found.items() if "**" in shown] == [best.name]


def test_cells_are_listed_best_first(report: Report) -> None:
    _, *rows = rows_of(markdown(report), "Every cell")
    accuracies = [float(row[3]) for row in rows]
    assert len(rows) == 18
    assert accuracies == sorted(accuracies, reverse=True)


def test_columns_line_up() -> None:
    rows = [["x|y".replace("|", "\\|"), "1"], ["z", "10"]]
    lines = markdown_table(["a", "n"], rows, right=[1]).split("\n")
    assert lines == ["| a    |   n |", "| ---- | --: |", "| x\\|y |   1 |", "| z    |  10 |"]


def test_missing_cells_are_named_with_their_error(report: Report) -> None:
    text = markdown(report)
    assert "raw → knn: failed – MemoryError: cannot hold 40000 × 3072 distances" in text
    assert "bovw → knn: pending" in text


def test_spec_can_be_copied_out(report: Report) -> None:
    spec = re.search(r"```toml\n(.*?)\n```", markdown(report), re.DOTALL)
    assert spec
    assert tomllib.loads(spec[1]) == report.spec


def test_pairs_are_shown_as_what_they_are(report: Report) -> None:
    now = markdown(report)
    assert "for all pairs together, 95 %, from one bootstrap over test images and, crossed" in now
    assert "They speak of these runs on other test images of this kind" in now
    assert "McNemar" not in now
    then = markdown(report.model_copy(update={"pairs_statistic": "mcnemar-holm"}))
    assert "(McNemar's exact test, Holm-corrected over all pairs, 5 %; an image counts" in then
    assert "They speak of" not in then


def test_both_of_two_equal_cells_are_the_best(report: Report) -> None:
    cells = tuple(cell.model_copy(update={"accuracy": 0.7}) for cell in report.cells[:2])
    text = markdown(report.model_copy(update={"cells": cells, "pairs": ()}))
    assert text.count("**70.0 ±") == 2
    assert "± half of the 95 % interval; the best is **bold**." in text
    assert "is the most accurate" not in text


def test_validation_images_are_said_to_be_learned_from(report: Report) -> None:
    assert "- Hyper-parameters are chosen on a part of the training images;" in markdown(
        report.model_copy(
            update={"dataset": report.dataset.model_copy(update={"n_validation": None})}
        )
    )
    dataset = report.dataset.model_copy(update={"n_validation": 500})
    text = markdown(report.model_copy(update={"dataset": dataset}))
    assert (
        "- Hyper-parameters are chosen on the validation images; what was chosen is fitted" in text
    )
    assert "a part of the training images" not in text


def test_report_without_a_finished_cell(report: Report) -> None:
    cells = tuple(
        c.model_copy(update={"status": "pending", "accuracy": None}) for c in report.cells
    )
    text = markdown(report.model_copy(update={"cells": cells, "pairs": ()}))
    assert "No cell is finished yet: 20 still to run of 20 cells." in text
    assert "## Accuracy" not in text


def test_bare_cell_is_enough(report: Report) -> None:
    bare = Cell(features="a", model="b", status="done", seeds=(3,), n_test=9, accuracy=0.5)
    measurements = report.measurements.model_copy(update={"features": (), "cells": ()})
    text = markdown(
        report.model_copy(update={"cells": (bare,), "pairs": (), "measurements": measurements})
    )
    assert "b on a gets 50.0 % of 9 test images right." in text
    assert "one seed (3)" in text


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("<script>alert(1)</script>", r"\<script\>alert(1)\</script\>"),
        ("a|b", r"a\|b"),
        ("my_own_features", "my_own_features"),
        ("_em_ and *strong*", r"\_em\_ and \*strong\*"),
        ("two\nlines", "two lines"),
        ("# not a heading", r"\# not a heading"),
        ("1. not a list", r"1\. not a list"),
        ("\x1b[31mred", "\ufffd\\[31mred"),
        ("\u202eright to left", "\ufffdright to left"),
        ("[a](javascript:x)", r"\[a\](javascript:x)"),
        ("`code` \\", r"\`code\` \\"),
    ],
)
def test_outside_text_stays_text(given: str, shown: str) -> None:
    assert plain(given) == shown


def test_hostile_names_cannot_break_out(report: Report) -> None:
    evil = "x|<img src=x onerror=alert(1)>\n\n# heading\x1b[2J"
    cell = report.cells[0].model_copy(update={"features": evil, "model": evil, "error": evil})
    spec = {"data": "```\n# out of the fence", "x": "`````"}
    text = markdown(report.model_copy(update={"cells": (cell,), "title": evil, "spec": spec}))
    assert "<img" not in text.replace("\\<img", "")
    assert "\x1b" not in text
    assert not re.search(r"^# heading", text, re.MULTILINE)
    fences = [line for line in text.splitlines() if line.startswith("```")]
    assert fences == ["````sh", "````", "``````toml", "``````"]


def test_cell_without_validation_accuracy_is_explained(report: Report) -> None:
    said = "A cell in which there was nothing to choose has no validation accuracy"
    assert said not in markdown(report)
    bare = report.cells[0].model_copy(update={"validation_accuracy": (), "chosen": ({}, {}, {})})
    changed = report.model_copy(update={"cells": (bare, *report.cells[1:])})
    before, after = (rows_of(markdown(each), "Every cell") for each in (report, changed))
    assert said in markdown(changed)
    assert before == after


def test_one_long_entry_does_not_make_all_lines_long() -> None:
    rows = [["a" * 100_000], *(["b"] for _ in range(1000))]
    assert len(markdown_table(["a"], rows)) < 1_300_000
