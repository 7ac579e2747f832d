"""How long a large comparison takes on many workers: measured times, replayed by list scheduling.

    python -m tests.pipelines.makespan          # prints the tables
    python -m tests.pipelines.makespan --keep   # writes them into pipelines/README.md

Nothing is run. The seconds of each task come from a kept report. What is assumed:

- The grid is the report's rows and columns, repeated until there are enough of them, on so many
  resamples. Resample k has the times of the k-th seed of the report, in turn.
- All workers are alike, and each runs one task at a time, as fast as the machine of the report.
- Features are made once a resample: a fit, then blocks of images, as large as a run cuts them. A
  union then copies its parts, at the speed of the network.
- Tasks begin in the order of the plan, as soon as what they need is there and a worker is free.
- A worker reads images and matrices from a shared disk when it first needs them, and writes
  features to it, at 125 MB/s (1 Gbit/s) each. The disk serves all of them at the same time.
- A task begins 5 ms after it was handed over. The process that asks hands over one task after the
  other, in 2 ms each, and writes the images of a resample before its first task.
"""

from __future__ import annotations

import heapq
import math
import sys
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from statistics import fmean

from pipelines.record.report import Report
from pipelines.running.tasks import BLOCK_BYTES

ROOT = Path(__file__).parents[2]
README = ROOT / "pipelines" / "README.md"
REPORTS = ("builtin", "cifar10-jpeg")
ROWS, COLUMNS, RESAMPLES = 10, 12, 30
WORKERS = (1, 8, 64, 512)
BYTES_PER_S = 125e6
OVERHEAD_S = 0.005
HAND_OVER_S = 0.002
BEGIN, END = "<!-- makespan -->\n", "<!-- end of makespan -->"


@dataclass
class Task:
    """What a worker runs: so many seconds, after other tasks, with what it reads and writes."""

    name: str
    seconds: float
    after: list[Task] = field(default_factory=list)
    reads: dict[str, float] = field(default_factory=dict)
    writes: float = 0.0
    asked_for: float = 0.0
    """Bytes that the process that asks writes before it hands the task over."""

    @property
    def moved(self) -> float:
        """The most bytes that it moves: it has nothing yet of what it reads."""
        return self.writes + sum(self.reads.values())


def resample(report: Report, number: int) -> list[Task]:
    """Return the tasks of the whole grid on one resample, in the order of the plan."""
    data, measured = report.dataset, report.measurements
    n_images = data.n_train + data.n_test
    dims = {cell.features: cell.dim for cell in report.cells if cell.dim}
    extracted, ran = defaultdict(list), defaultdict(list)
    for cost in measured.features:
        extracted[cost.features].append(cost)
    for each in measured.cells:
        ran[each.features, each.model].append(each.choose_s + each.fit_s + each.predict_s)
    unions = {name: row["union"] for name, row in report.spec["features"].items() if "union" in row}
    assert data.image_shape is not None
    images = {f"images {number}": float(n_images * math.prod(data.image_shape))}
    rows = list(dict.fromkeys(cell.features for cell in report.cells))
    columns = list(dict.fromkeys(cell.model for cell in report.cells))
    tasks: list[Task] = []
    made: dict[str, list[Task]] = {}

    def features(name: str, copy: int) -> tuple[str, list[Task]]:
        key = f"{name} {copy} {number}"
        if key not in made:
            size = 4.0 * n_images * dims[name]
            if name in unions:
                parts = [features(part, copy) for part in unions[name]]
                reads = {part: 4.0 * n_images * dims[part.split()[0]] for part, _ in parts}
                after = [task for _, before in parts for task in before]
                made[key] = [Task(f"join {name}", 0.0, after, reads, size)]
            else:
                cost = extracted[name][number % len(extracted[name])]
                fit = Task(f"fit {name}", cost.fit_s, [], images)
                tasks.append(fit)
                n = math.ceil(size / BLOCK_BYTES)
                seconds = (cost.transform_train_s + cost.transform_test_s) / n
                reads = {f"{each} block of {n}": b / n for each, b in images.items()}
                made[key] = [
                    Task(f"features {name}", seconds, [fit], reads, size / n) for _ in range(n)
                ]
            tasks.extend(made[key])
        return key, made[key]

    for i in range(ROWS):
        row = rows[i % len(rows)]
        key, before = features(row, i // len(rows))
        for j in range(COLUMNS):
            times = ran[row, columns[j % len(columns)]]
            cell = f"cell {row}/{columns[j % len(columns)]}"
            reads = {key: 4.0 * n_images * dims[row]}
            tasks.append(Task(cell, times[number % len(times)], before, reads))
    tasks[0].asked_for = sum(images.values())
    return tasks


def makespan(
    tasks: list[Task], n_workers: int, hand_over_s: float = HAND_OVER_S
) -> tuple[float, float]:
    """Return when the last task ends, and how many bytes were moved."""
    number = {id(task): i for i, task in enumerate(tasks)}
    missing = [len(task.after) for task in tasks]
    waiting = defaultdict(list)
    for i, task in enumerate(tasks):
        for before in task.after:
            waiting[number[id(before)]].append(i)
    ready = [i for i, n in enumerate(missing) if not n]
    free, has = list(range(n_workers)), [set[str]() for _ in range(n_workers)]
    running: list[tuple[float, int, int]] = []
    now, moved, asking = 0.0, 0.0, 0.0
    while ready or running:
        while ready and free:
            i, worker = heapq.heappop(ready), heapq.heappop(free)
            new = {what: b for what, b in tasks[i].reads.items() if what not in has[worker]}
            has[worker].update(new)
            moves = tasks[i].writes + sum(new.values())
            moved += moves
            asking = max(now, asking) + hand_over_s + tasks[i].asked_for / BYTES_PER_S
            ends = asking + OVERHEAD_S + tasks[i].seconds + moves / BYTES_PER_S
            heapq.heappush(running, (ends, i, worker))
        now, i, worker = heapq.heappop(running)
        heapq.heappush(free, worker)
        for j in waiting[i]:
            missing[j] -= 1
            if not missing[j]:
                heapq.heappush(ready, j)
    return now, moved


def critical_path(tasks: list[Task]) -> tuple[float, list[str]]:
    """Return the longest chain of tasks that wait for each other: its seconds and its names."""
    longest: dict[int, tuple[float, list[str]]] = {}
    for task in tasks:
        seconds, names = max((longest[id(b)] for b in task.after), default=(0.0, []))
        own = OVERHEAD_S + task.seconds + task.moved / BYTES_PER_S
        longest[id(task)] = seconds + own, [*names, task.name]
    return max(longest.values())


def table(report: Report) -> Iterator[str]:
    """Yield the lines of what a report's times come to."""
    runs = [resample(report, number) for number in range(RESAMPLES)]
    whole = [task for tasks in runs for task in tasks]
    work = sum(task.seconds for task in whole)
    longest = [critical_path(tasks) for tasks in runs]
    path_s, path = max(longest)
    yield (
        f"Times of `reports/{report_name(report)}`: {len(whole):,} tasks, {_time(work)} of work. "
        f"The longest chain takes {_time(path_s)}: {' → '.join(path)}. In a resample the longest "
        f"takes {_time(fmean(seconds for seconds, _ in longest))} on average."
    )
    yield ""
    yield "| workers | it takes | busy | moved | with a barrier between resamples | busy |"
    yield "| ---: | ---: | ---: | ---: | ---: | ---: |"
    for n in WORKERS:
        seconds, moved = makespan(whole, n)
        barred = sum(makespan(tasks, n)[0] for tasks in runs)
        yield (
            f"| {n} | {_time(seconds)} | {work / seconds / n:.0%} | {moved / 1e9:,.0f} GB "
            f"| {_time(barred)} | {work / barred / n:.0%} |"
        )


def report_name(report: Report) -> str:
    """Return the folder of a kept report."""
    return next(name for name in REPORTS if kept(name).digest == report.digest)


def kept(name: str) -> Report:
    """Return a kept report."""
    return Report.read(ROOT / "pipelines" / "reports" / name / "report.json")


def tables() -> str:
    """Return the tables of all reports, as Markdown."""
    return "\n\n".join("\n".join(table(kept(name))) for name in REPORTS) + "\n"


def _time(seconds: float) -> str:
    if seconds < 100:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 6000 else f"{seconds / 3600:.1f} h"


if __name__ == "__main__":
    if "--keep" in sys.argv:
        text = README.read_text(encoding="utf-8")
        before, _, rest = text.partition(BEGIN)
        after = rest.partition(END)[2]
        README.write_text(f"{before}{BEGIN}\n{tables()}\n{END}{after}", encoding="utf-8")
    else:
        print(tables())
