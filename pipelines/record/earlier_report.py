"""What a folder holds of an earlier run: a report to go on from, or one that would be lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data import Dataset
from pipelines.errors import ReportError, SpecError
from pipelines.record.report import Report

# What a report consists of; its figures are written first.
FILES = ("report.json", "report.md", "report.html", "predictions.npz")

# The first resamples are the same however many follow.
_TIMES = ("resamples", "repeats")


def check_same(folder: Path, recorded: Mapping[str, Any], dataset: Dataset) -> None:
    """Raise SpecError where a folder holds a report of another comparison, which would be lost.

    A report of fewer resamples of the same comparison is gone on with.
    """
    there = [name for name in FILES if (folder / name).exists()]
    if not there:
        return
    holds = there[0]
    if there[0] == FILES[0]:
        try:
            report = Report.read(folder / FILES[0])
        except ReportError:
            holds = f"{there[0]}, which is no report that can be read"
        else:
            if report.dataset.sha256 != dataset.sha256:
                holds = f"a report of other images, {report.dataset.name[:80]!r}"
            elif not _goes_on(report.spec, recorded):
                holds = "a report of another spec"
            else:
                return
    raise SpecError(
        f"{folder}: holds {holds}; name another folder with --out, or let it be replaced with "
        "--overwrite (in Python out=... and overwrite=True)"
    )


def n_runs_there(folder: Path, recorded: Mapping[str, Any], dataset: Dataset) -> int:
    """Return of how many seeds or resamples a folder has finished cells of this comparison."""
    try:
        report = Report.read(folder / FILES[0])
    except ReportError:
        return 0
    if report.dataset.sha256 != dataset.sha256 or not _goes_on(report.spec, recorded):
        return 0
    return max((len(cell.seeds) for cell in report.cells if cell.status == "done"), default=0)


def _goes_on(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether a spec asks for what another did, or for more resamples of it."""
    fewer = {
        key: now[key]
        for key in _TIMES
        if all(isinstance(spec.get(key), int) for spec in (then, now)) and then[key] < now[key]
    }
    # A title decides no figure.
    either = ({**then, **fewer, "title": None}, {**now, "title": None})
    return len({_without_addresses(spec) for spec in either}) == 1


def _without_addresses(spec: Mapping[str, Any]) -> str:
    """Return a spec as JSON; what the user brought may be named with its place in memory."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", json.dumps(spec, sort_keys=True))
