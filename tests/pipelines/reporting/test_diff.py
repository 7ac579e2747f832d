"""What `preconv diff` tells of two reports."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.record.comparing.changes import file_changes, report_changes
from pipelines.record.predictions import predictions_sha256
from pipelines.record.report import Cell, LeftOut, Report
from pipelines.reporting.diff import changes_as_text
from pipelines.reporting.texts.words import label
from tests.pipelines.made_up import MadeUp
from tests.pipelines.record.test_predictions import write


def with_cell(report: Report, index: int, **changed: Any) -> Report:
    cells = list(report.cells)
    cells[index] = cells[index].model_copy(update=changed)
    return report.model_copy(update={"cells": tuple(cells)})


def test_a_report_and_itself(report: Report) -> None:
    changes = report_changes(report, report)
    assert changes.same_results
    assert not changes.changed_cells
    text = changes_as_text(changes)
    assert "Data: the same." in text
    assert "20 of 20 cells have the same predictions." in text


def test_other_figures_of_the_same_predictions_are_named(report: Report) -> None:
    metrics = report.cells[0].metrics
    assert metrics is not None
    other = metrics.model_copy(update={"log_loss": 9.0})
    text = changes_as_text(report_changes(report, with_cell(report, 0, metrics=other)))
    name = label(report.cells[0].name)
    assert (
        f"20 of 20 cells have the same predictions, 1 of them with other figures ({name})" in text
    )


def test_times_alone_are_no_change(report: Report) -> None:
    slower = report.measurements.model_copy(update={"total_s": 9999.0, "cells": ()})
    assert report_changes(report, report.model_copy(update={"measurements": slower})).same_results


def test_changed_cell_is_shown_with_its_difference(report: Report) -> None:
    cell = report.cells[0]
    assert cell.accuracy is not None
    after = with_cell(
        report, 0, accuracy=cell.accuracy + 0.0123, predictions_sha256=("0" * 64,) * 3
    )
    (change,) = report_changes(report, after).changed_cells
    assert change.name == cell.name
    assert abs((change.difference or 0) - 0.0123) < 1e-9
    text = changes_as_text(report_changes(report, after))
    assert "19 of 20 cells have the same predictions; these do not:" in text
    assert "+1.2" in text
    assert f"{100 * cell.accuracy:.2f}" in text


def test_same_count_by_other_predictions_is_a_change(report: Report) -> None:
    after = with_cell(report, 0, predictions_sha256=("0" * 64,) * 3)
    (change,) = report_changes(report, after).changed_cells
    assert change.difference == 0.0
    assert not change.same_predictions


def test_cells_that_come_and_go(report: Report) -> None:
    first, last = report.cells[0], report.cells[-1]
    fewer = report.model_copy(update={"cells": report.cells[1:]})
    gone = [c for c in report_changes(report, fewer).cells if c.after is None]
    come = [c for c in report_changes(fewer, report).cells if c.before is None]
    assert [c.name for c in gone] == [c.name for c in come] == [first.name]
    assert "not there" in changes_as_text(report_changes(report, fewer))
    assert last.status == "pending"
    finished = with_cell(report, -1, status="done", accuracy=0.7)
    (change,) = report_changes(report, finished).changed_cells
    assert (change.name, change.difference) == (last.name, None)


def test_a_failure_with_another_error_is_a_change(report: Report) -> None:
    index = [cell.status for cell in report.cells].index("failed")
    after = with_cell(report, index, error="something else")
    assert len(report_changes(report, after).changed_cells) == 1


def test_data_spec_and_environment(report: Report) -> None:
    dataset = report.dataset.model_copy(update={"sha256": "1" * 64})
    environment = {**report.environment, "numpy": "3.0.0"}
    spec = {**report.spec, "seeds": [0]}
    after = report.model_copy(
        update={"dataset": dataset, "environment": environment, "spec": spec, "preconv": "0.2.0"}
    )
    changes = report_changes(report, with_cell(after, 0, predictions_sha256=()))
    assert [c.key for c in changes.data] == ["sha256"]
    assert [(c.key, c.before, c.after) for c in changes.spec] == [("seeds", "0, 1, 2", "0")]
    assert [c.key for c in changes.environment] == ["preconv", "numpy"]
    assert not changes.same_results
    text = changes_as_text(changes)
    assert "2.4.6 → 3.0.0" in text
    assert "The images differ, in training or test" in text


def test_other_names_of_the_same_images_are_no_other_images(
    made_up: MadeUp, tmp_path: Path
) -> None:
    images = made_up.report.dataset.model_copy(
        update={"name": "renamed", "passed_over": (LeftOut(kind="no image", n=1),)}
    )
    spec = {**made_up.report.spec, "title": "Renamed"}
    renamed = made_up.report.model_copy(update={"dataset": images, "spec": spec})
    changes = report_changes(made_up.report, renamed)
    assert {change.key for change in changes.data} == {"name", "passed_over"}
    assert [change.key for change in changes.spec] == ["title"]
    assert changes.same_results
    assert "Results: the same, bit for bit." in changes_as_text(changes)

    name = ("hog", "mlp")
    moved = np.roll(made_up.predictions[name], 1, axis=1)
    counts = tuple(map(int, (moved == made_up.labels).sum(axis=1)))
    other = with_cell(
        renamed,
        [cell.name for cell in renamed.cells].index(name),
        predictions_sha256=tuple(map(predictions_sha256, moved)),
        n_correct=counts,
        accuracy=float(np.mean(counts) / len(made_up.labels)),
    )
    paths = []
    for which, report, changed in (
        ("before", made_up.report, {}),
        ("after", other, {"hog/mlp": moved.astype(np.uint8)}),
    ):
        (tmp_path / which).mkdir()
        paths.append(write(tmp_path / which, made_up, **changed))
        paths[-1].write_text(report.to_json(), encoding="utf-8")
    text = changes_as_text(file_changes(*paths))
    assert "The images differ" not in text
    assert "the interval excludes zero exactly if p < 0.05" in " ".join(text.split())


def test_predictions_beside_both_say_how_sure_a_change_is(made_up: MadeUp, tmp_path: Path) -> None:
    name, labels = ("hog", "mlp"), made_up.labels
    better = made_up.predictions[name].copy()
    better[:, :100] = labels[:100]
    index = [cell.name for cell in made_up.report.cells].index(name)
    counts = tuple(map(int, (better == labels).sum(axis=1)))
    after = with_cell(
        made_up.report,
        index,
        predictions_sha256=tuple(map(predictions_sha256, better)),
        n_correct=counts,
        accuracy=float(np.mean(counts) / len(labels)),
    )
    paths = []
    for which, report, changed in (
        ("before", made_up.report, {}),
        ("after", after, {"hog/mlp": better.astype(np.uint8)}),
    ):
        (tmp_path / which).mkdir()
        paths.append(write(tmp_path / which, made_up, **changed))
        paths[-1].write_text(report.to_json())
    changes = file_changes(*paths)
    (change,) = changes.changed_cells
    assert change.paired is not None
    assert change.paired.only_second == 0
    assert abs(change.paired.difference - (change.difference or 0)) < 1e-12
    assert 0 < change.paired.ci95[0] < change.paired.difference < change.paired.ci95[1]
    text = changes_as_text(changes)
    assert "95 % interval" in text
    assert "< 0.001" in text
    assert "the interval excludes zero exactly if p < 0.05" in " ".join(text.split())
    assert "They speak of these runs on other test images" in " ".join(text.split())

    (tmp_path / "after" / "predictions.npz").unlink()
    lacking = file_changes(*paths)
    assert lacking.changed_cells[0].paired is None
    text = changes_as_text(lacking)
    assert "There are no intervals, because they need the predictions of both runs" in text
    assert "bootstrap" not in text
    assert "there is no such file" in text


def test_text_from_a_report_cannot_control_the_terminal(report: Report) -> None:
    evil = Cell(features="\x1b[2J\nx", model="m", status="pending", seeds=(0,), n_test=1)
    spec = {"\x1b]0;title\x07": "\x1b[31m"}
    after = report.model_copy(update={"cells": (evil,), "spec": spec})
    assert "\x1b" not in changes_as_text(report_changes(report, after))


def test_validation_accuracy_that_goes_is_no_change(report: Report) -> None:
    after = with_cell(report, 0, validation_accuracy=())
    assert report_changes(report, after).same_results
    assert "20 of 20 cells" in changes_as_text(report_changes(report, after))


def test_one_long_key_does_not_make_all_lines_long(report: Report) -> None:
    spec = {f"k{i}": i for i in range(1000)} | {"k" * 10_000: 1}
    text = changes_as_text(report_changes(report, report.model_copy(update={"spec": spec})))
    assert len(text) < 300_000


def test_resamples_without_training_images_have_no_intervals(
    made_up: MadeUp, tmp_path: Path
) -> None:
    """A file can claim that; there is a sentence for it and no division by zero."""
    labels = np.tile(made_up.labels, (3, 1))
    paths = []
    for name, moved in (("before", 0), ("after", 1)):
        predicted = np.roll(next(iter(made_up.predictions.values())), moved, axis=1)
        cell = made_up.report.cells[0].model_copy(
            update={
                "n_correct": tuple((predicted == labels).sum(axis=1).tolist()),
                "predictions_sha256": tuple(map(predictions_sha256, predicted)),
            }
        )
        changed = {
            "cells": (cell,),
            "pairs": (),
            "pairs_statistic": "corrected-max-t",
            "dataset": made_up.report.dataset.model_copy(update={"n_train": 0}),
        }
        of_one = replace(made_up, predictions={cell.name: predicted})
        (tmp_path / name).mkdir()
        tested = np.arange(labels.size).reshape(labels.shape)
        path = write(tmp_path / name, of_one, labels=labels.astype(np.uint8), tested=tested)
        path.write_text(made_up.report.model_copy(update=changed).to_json(), encoding="utf-8")
        paths.append(path)
    changes = file_changes(*paths)
    assert changes.unpaired == ("3 resamples with 0 training images show no spread over resamples")
