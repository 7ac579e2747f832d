"""What a report from outside must keep to beyond its schema, so that no small one takes much.

Whoever shows a report repeats names, and fills features × models: without bounds a file of one
megabyte would make gigabytes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.names import LONGEST_NAME
from pipelines.comparison.tables.entries import MOST_CELLS, MOST_RUNS, NAME

_LONGEST_TEXT = LONGEST_NAME  # else a run could write a report that nothing reads
_MOST_CHOSEN = 100_000
_MOST_OF_PATHS = 2**24
_SHORTEST_S, _LONGEST_S = 1e-15, 1e12


def why_out_of_proportion(report: Any) -> str | None:
    """Return what of a report is larger than any run writes it, or None.

    Parameters
    ----------
    report : Report
        Its schema was checked.
    """
    return next(_faults(report), None)


def _faults(report: Any) -> Iterator[str]:
    data, measured = report.dataset, report.measurements
    texts = {
        "title": report.title,
        "preconv": report.preconv,
        "measurements.started": measured.started,
        "dataset.name": data.name,
        **{f"dataset.class_names.{k}": name for k, name in enumerate(data.class_names)},
    }
    for place, text in texts.items():
        if len(text) > _LONGEST_TEXT:
            yield f"{place}: must be at most {_LONGEST_TEXT:,} characters, got {len(text):,}"
    rows, columns = ({cell.name[side] for cell in report.cells} for side in (0, 1))
    if (n_places := len(rows) * len(columns)) > MOST_CELLS:
        yield (
            f"cells: {len(rows):,} features with {len(columns):,} models are {n_places:,} cells; "
            f"at most {MOST_CELLS:,}"
        )
    for k, cell in enumerate(report.cells):
        yield from (f"cells.{k}.{fault}" for fault in _faults_of(cell))
    for name in ("spec", "environment"):
        if _of_paths(getattr(report, name)) > _MOST_OF_PATHS:
            yield f"{name}: its keys are too many and too long"
    times = [(s.fit_s, s.transform_train_s, s.transform_test_s) for s in measured.features]
    times += [(s.choose_s, s.fit_s, s.predict_s) for s in measured.cells]
    if any(s and not _SHORTEST_S <= s <= _LONGEST_S for each in times for s in each):
        yield f"measurements: a time must be 0 or {_SHORTEST_S:g} … {_LONGEST_S:g} s"


def _faults_of(cell: Any) -> Iterator[str]:
    for what, name in (("features", cell.features), ("model", cell.model)):
        if not re.fullmatch(NAME, name):
            yield (
                f"{what}: a name is letters, digits and _ . + - only, at most 64, got {name[:80]!r}"
            )
    if len(cell.seeds) > MOST_RUNS:
        yield f"seeds: at most {MOST_RUNS:,}, got {len(cell.seeds):,}"
    n_chosen = len(cell.chosen) * len({key for values in cell.chosen for key in values})
    if n_chosen > _MOST_CHOSEN:
        yield f"chosen: at most {_MOST_CHOSEN:,} values, got {n_chosen:,}"


def _of_paths(value: Any, length: int = 0) -> int:
    """Return how many characters the keys have, each written with those that it is inside of."""
    if isinstance(value, Mapping):
        ends = [(length + len(key) + 1, inner) for key, inner in value.items()]
        return sum(end + _of_paths(inner, end) for end, inner in ends)
    if isinstance(value, Sequence) and not isinstance(value, str):
        return sum(length + _of_paths(each, length) for each in value if not _is_plain(each))
    return 0


def _is_plain(value: Any) -> bool:
    return not isinstance(value, (Mapping, list, tuple))
