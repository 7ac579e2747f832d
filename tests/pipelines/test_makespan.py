"""The replay of measured times, on tasks whose makespan is known."""

from __future__ import annotations

import pytest

from tests.pipelines.makespan import (
    BYTES_PER_S,
    OVERHEAD_S,
    README,
    Task,
    critical_path,
    makespan,
    tables,
)


def a_row() -> list[Task]:
    features = Task("features", 2.0, [], {}, writes=BYTES_PER_S)
    return [features, *(Task(f"cell {i}", 4.0, [features], {"x": BYTES_PER_S}) for i in range(4))]


@pytest.mark.parametrize(
    ("n_workers", "seconds", "n_reads", "n_rounds"),
    [(1, 3 + 4 * 4 + 1, 1, 5), (2, 3 + 2 * 4 + 1, 2, 3), (4, 3 + 4 + 1, 4, 2), (9, 8, 4, 2)],
)
def test_a_row_on_some_workers(n_workers: int, seconds: float, n_reads: int, n_rounds: int) -> None:
    """Cells wait for the features, and each worker reads these once."""
    took, moved = makespan(a_row(), n_workers, hand_over_s=0.0)
    assert took == pytest.approx(seconds + n_rounds * OVERHEAD_S)
    assert moved == (1 + n_reads) * BYTES_PER_S


def test_tasks_are_handed_over_one_after_the_other() -> None:
    tasks = [Task(f"cell {i}", 1.0) for i in range(10)]
    tasks[3].asked_for = 2 * BYTES_PER_S
    took, _ = makespan(tasks, 100, hand_over_s=0.1)
    assert took == pytest.approx(1.0 + 10 * 0.1 + 2.0 + OVERHEAD_S)


def test_the_longest_chain() -> None:
    seconds, names = critical_path(a_row())
    assert seconds == pytest.approx(8 + 2 * OVERHEAD_S)
    assert names == ["features", "cell 3"]


@pytest.mark.slow
def test_the_tables_are_in_the_readme() -> None:
    assert tables() in README.read_text(encoding="utf-8"), (
        "python -m tests.pipelines.makespan --keep"
    )
