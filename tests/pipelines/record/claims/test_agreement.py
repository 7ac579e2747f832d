"""Lies about made-up cells, each of which leaves everything beside it consistent."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from pipelines.record.claims.agreement import Agreement, agreement, drift
from pipelines.record.claims.consistency import macro_f1, per_class_accuracy
from pipelines.record.claims.elsewhere import bounds
from pipelines.record.report import Cell, Report
from pipelines.record.significance.statistics import wilson


@pytest.fixture(scope="module")
def cells(report: Report) -> dict[str, Cell]:
    """Cells of 1,000 test images and three seeds; all with probabilities, neighbours too."""
    done = [cell for cell in report.cells if cell.status == "done"]
    return {":".join(cell.name): moved(sure(cell, log_loss=1.3), 0) for cell in done}


def sure(cell: Cell, **values: float) -> Cell:
    assert cell.metrics is not None
    metrics = cell.metrics.model_copy(update={"calibration_error": 0.04, **values})
    return cell.model_copy(update={"metrics": metrics})


def seeded(cell: Cell) -> bool:
    return cell.model.startswith("mlp") or cell.features == "bovw"


def held(claimed: Cell, now: Cell) -> Agreement:
    """Hold a claim against what was found in another environment."""
    return agreement(claimed, now, exactly=False, seeded=seeded(now), n_held_out=400)


def moved(cell: Cell, by: int) -> Cell:
    """Return a cell that is right on `by` more images with each seed, as if a run had found it."""
    counts = [n + by for n in cell.n_correct]
    confusion, rng = np.array(cell.confusion), np.random.default_rng(0)
    for _ in range(abs(by) * len(counts)):
        wrong = np.array(confusion, dtype=float)
        np.fill_diagonal(wrong, 0)
        i, j = divmod(rng.choice(wrong.size, p=(wrong / wrong.sum()).ravel()), len(wrong))
        confusion[i, j] -= np.sign(by)
        confusion[i, i] += np.sign(by)
    assert cell.metrics is not None
    metrics = {
        "macro_f1": macro_f1(confusion),
        "per_class_accuracy": tuple(per_class_accuracy(confusion)),
    }
    return cell.model_copy(
        update={
            "n_correct": tuple(counts),
            "accuracy": sum(counts) / len(counts) / cell.n_test,
            "ci95": wilson(round(sum(counts) / len(counts)), cell.n_test),
            "predictions_sha256": tuple(f"{by % 97:032x}{k:032x}" for k in range(len(counts))),
            "confusion": tuple(map(tuple, confusion.tolist())),
            "metrics": cell.metrics.model_copy(update=metrics),
        }
    )


def test_a_report_agrees_with_itself(cells: dict[str, Cell]) -> None:
    for cell in cells.values():
        assert held(cell, cell).same
        assert agreement(cell, cell, exactly=True, seeded=False, n_held_out=400).same
        assert bounds(cell) == []


def test_what_was_measured_elsewhere_agrees(cells: dict[str, Cell]) -> None:
    for name, by in (("hog:linear", 3), ("hog:mlp", 14), ("hog:mlp", -13), ("bovw:linear", 2)):
        result = held(moved(cells[name], by), cells[name])
        assert result.differences == ()
        assert not result.same
        assert not agreement(
            moved(cells[name], by), cells[name], exactly=True, seeded=True, n_held_out=400
        ).same


@pytest.mark.parametrize(("name", "by"), [("hog:linear", 10), ("color:knn", 10), ("hog:mlp", 32)])
def test_one_cell_is_not_moved_further(cells: dict[str, Cell], name: str, by: int) -> None:
    for sign in (-1, 1):
        result = held(moved(cells[name], sign * by), cells[name])
        assert any(line.startswith("accuracy") for line in result.differences)


def test_nothing_is_moved_beyond_the_interval_that_the_report_claims(
    cells: dict[str, Cell],
) -> None:
    """With one seed three standard errors would be allowed; the interval is narrower."""
    first = {"seeds": (0,), "chosen": ({"max_iter": 10},)}
    now = cells["hog:mlp"].model_copy(
        update={
            **first,
            "n_correct": (500,),
            "accuracy": 0.5,
            "predictions_sha256": ("a" * 64,),
            "validation_accuracy": (),
            "learning_curves": (),
            "confusion": None,
            "metrics": None,
        }
    )
    claimed = now.model_copy(
        update={
            "n_correct": (535,),
            "accuracy": 0.535,
            "ci95": wilson(535, 1000),
            "predictions_sha256": ("b" * 64,),
        }
    )
    assert held(claimed, now).differences == (
        "accuracy 0.5000 now, not in the report's interval of it",
    )


def test_all_cells_together_are_moved_less_than_each(cells: dict[str, Cell]) -> None:
    networks = [cell for cell in cells.values() if cell.model.startswith("mlp")]
    results = [held(moved(cell, 14), cell) for cell in networks]
    assert all(result.differences == () for result in results)
    (line,) = drift(results, [result.name for result in results])
    assert "+1.40 points from what was found now, on average" in line
    # Some up and some down, as chance has it.
    both = [held(moved(cell, (-1) ** k * 14), cell) for k, cell in enumerate(networks)]
    assert drift(both, [result.name for result in both]) == []
    assert drift([], []) == []


def test_all_cells_ahead_by_little_are_no_rounding(cells: dict[str, Cell]) -> None:
    honest = list(cells.values())
    results = [held(moved(cell, 5 if seeded(cell) else 2), cell) for cell in honest]
    assert all(result.differences == () for result in results)
    names = [result.name for result in results]
    (line,) = drift(results, names)
    assert "nearly all of them one way" in line
    # Few may be so by chance, and cells that move together are one.
    assert drift(results[:6], names[:6]) == []
    assert drift(results, [0] * len(results)) == []
    both = [held(moved(cell, (-1) ** k * 2), cell) for k, cell in enumerate(honest)]
    assert drift(both, names) == []


def shuffled(cell: Cell) -> dict[str, Any]:
    """Other confusions, with the same right answers in each class."""
    table = np.array(cell.confusion)
    for i, row in enumerate(table):
        others = np.delete(np.arange(len(row)), i)
        row[others] = row[np.roll(others, 3)]
    return {"confusion": tuple(map(tuple, table.tolist()))}


def measured(**values: float) -> Callable[[Cell], dict[str, Any]]:
    def change(cell: Cell) -> dict[str, Any]:
        assert cell.metrics is not None
        return {"metrics": cell.metrics.model_copy(update=values)}

    return change


@pytest.mark.parametrize("name", ["hog:linear", "hog:mlp", "bovw:mlp3", "color:knn"])
@pytest.mark.parametrize(
    ("change", "says"),
    [
        (measured(macro_f1=1.0), "macro_f1"),
        (measured(log_loss=0.001), "log_loss"),
        (measured(calibration_error=0.5), "calibration_error"),
        (measured(top2=0.3), "top2"),
        (shuffled, "confused with others"),
        (lambda cell: {"validation_accuracy": (0.99,) * 3}, "validation_accuracy"),
        (lambda cell: {"validation_accuracy": ()}, "not as many validation accuracies"),
        (lambda cell: {"chosen": ({"beta": 1},) * 3}, "chosen"),
        (lambda cell: {"dim": 7}, "dim 7"),
    ],
)
@pytest.mark.parametrize("by", [0, 1])
def test_other_predictions_excuse_no_other_figure(
    cells: dict[str, Cell], name: str, change: Any, says: str, by: int
) -> None:
    honest = moved(cells[name], by) if by else cells[name]
    result = held(honest.model_copy(update=change(honest)), cells[name])
    assert any(says in line for line in result.differences), result.differences


def test_another_choice_of_neighbours_may_move_more_and_be_less_sure(
    cells: dict[str, Cell],
) -> None:
    now = cells["color:knn"]
    claimed = moved(now, 20).model_copy(update={"chosen": ({"n_neighbors": 5},) * 3})
    assert held(sure(claimed, log_loss=9.0), now).differences == ()
    assert held(moved(now, 20), now).differences


def test_a_cell_that_failed_is_no_figure(cells: dict[str, Cell]) -> None:
    now = cells["color:knn"]
    failed = Cell(
        features="raw",
        model="knn",
        status="failed",
        seeds=now.seeds,
        n_test=1000,
        error="seed 0: x",
    )
    assert held(failed, failed).same
    (line,) = held(now, failed).differences
    assert line == "done in the report, failed now (seed 0: x)"
