"""What a folder holds before a run: a report to go on from, or something that would be lost."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data import Dataset
from pipelines.errors import ReportError, SpecError
from pipelines.record.folder.earlier_models import models_in
from pipelines.record.report import Cell, CellName, Report

# What a report consists of; its figures are written first.
PAGES = ("report.md", "report.html")
FILES = ("report.json", *PAGES, "predictions.npz")

SPEC = "spec.toml"

# The first resamples are the same however many follow.
_TIMES = ("resamples", "repeats")

_PLAIN = {"title": None, "data": None}


@dataclass(frozen=True)
class Earlier:
    """What a folder holds before a run.

    Parameters
    ----------
    loss : str
        What the run would replace though it is not of the same comparison; empty if there is
        nothing.
    report : Report or None
        The report that is there, of whatever comparison. What else is there is then ours, too.
    """

    loss: str = ""
    report: Report | None = None

    @property
    def is_same(self) -> bool:
        """Whether the report is one of the same comparison, perhaps of fewer resamples."""
        return self.report is not None and not self.loss

    @property
    def done(self) -> frozenset[CellName]:
        """The cells that are done in a report of the same comparison."""
        return frozenset((cell.features, cell.model) for cell in self._done)

    @property
    def n_runs(self) -> int:
        """Of how many seeds or resamples these cells are."""
        return max((len(cell.seeds) for cell in self._done), default=0)

    @property
    def _done(self) -> list[Cell]:
        cells = self.report.cells if self.report is not None and self.is_same else ()
        return [cell for cell in cells if cell.status == "done"]


def look(folder: Path, recorded: Mapping[str, Any], dataset: Dataset) -> Earlier:
    """Return what a folder holds before a comparison is written there.

    What bears a name that a run writes under is ours only beside a report.
    """
    there = folder / FILES[0]
    try:
        report = Report.read(there)
    except ReportError:
        if there.exists():
            return Earlier(f"{there.name}, which is no report that can be read")
        names = [name for name in (*FILES, SPEC) if (folder / name).exists()]
        # Of many models the first one is enough to see which are meant.
        models = [found[0] for found in models_in(folder).values() if found]
        names += [model.relative_to(folder).as_posix() for model in models]
        return Earlier(f"{' and '.join(names)}, but no {there.name}" if names else "")
    if report.dataset.sha256 != dataset.sha256:
        return Earlier(f"a report of other images, {report.dataset.name[:80]!r}", report)
    if not _goes_on(report.spec, recorded):
        return Earlier("a report of another spec", report)
    return Earlier("", report)


def check_same(folder: Path, recorded: Mapping[str, Any], dataset: Dataset) -> Earlier:
    """Return what a folder holds before a comparison is written there, where nothing is lost by it.

    A report of fewer resamples of the same comparison is gone on with.

    Raises
    ------
    SpecError
        If it holds a report of another comparison, or files that are no part of a report.
    """
    earlier = look(folder, recorded, dataset)
    if earlier.loss:
        raise SpecError(
            f"{folder}: holds {earlier.loss}; name another folder with --out, or let it be "
            "replaced with --overwrite (in Python out=... and overwrite=True)"
        )
    return earlier


def _goes_on(then: Mapping[str, Any], now: Mapping[str, Any]) -> bool:
    """Return whether a spec asks for what another did, or for more resamples of it."""
    # Folds without a number of repeats are drawn once.
    then, now = ({"repeats": 1, **spec} if spec.get("folds") else spec for spec in (then, now))
    fewer = {
        key: now[key]
        for key in _TIMES
        if all(isinstance(spec.get(key), int) for spec in (then, now)) and then[key] < now[key]
    }
    # The images are told by their hash; neither their name nor a title decides a figure.
    either = ({**then, **fewer, **_PLAIN}, {**now, **_PLAIN})
    return len({_without_addresses(spec) for spec in either}) == 1


def _without_addresses(spec: Mapping[str, Any]) -> str:
    """Return a spec as JSON; what the user brought may be named with its place in memory."""
    return re.sub(r" at 0x[0-9a-fA-F]+", "", json.dumps(spec, sort_keys=True))
