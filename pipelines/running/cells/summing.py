"""A large ridge regression as tasks: parts of its sum of products, and then the fit from them."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from data.keeping.array_files import write_array
from models.convex.ridge.gram import Part, Sums, gram_parts, moments_of, sum_part
from models.samples.held_out import held_out_mask
from pipelines.record.outcome import Outcome
from pipelines.running.cells.cell import of_fitted
from pipelines.running.cells.choosing import Candidates, Choice, rows_to_choose_by
from pipelines.running.cells.contract import chooses_by_itself
from pipelines.running.cells.estimates import sums_pay
from pipelines.running.environment import pinned_threads
from pipelines.running.executors import Named
from pipelines.running.extraction import Extraction
from pipelines.running.matrices import Handle
from pipelines.running.setting import Setting, Waiting, in_turn

Moments = tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]

_PARTS_A_WORKER = 2


@dataclass(frozen=True)
class HeldOut:
    """Which rows a cell with a seed holds out; none where nothing is chosen."""

    seed: int
    n_validation: int

    def rows(self, labels: npt.NDArray[np.int64]) -> npt.NDArray[np.intp]:
        """Return their numbers."""
        return rows_to_choose_by(labels, self.seed, self.n_validation)[1]


def moments(train: Handle, labels: Handle, classifier: Any) -> tuple[Moments, float]:
    """Return the means and the variances of the columns, and the seconds that they took."""
    with pinned_threads():
        started = time.perf_counter()
        found = moments_of(classifier, train.open(), labels.open())
        return found, time.perf_counter() - started


def write_sum(
    train: Handle,
    labels: Handle,
    classifier: Any,
    scale: Moments,
    held_out: HeldOut | None,
    part: Part,
    path: Path,
) -> float:
    """Write a part of the sum of products into a new file; return seconds."""
    with pinned_threads():
        started = time.perf_counter()
        X, y = train.open(), labels.open()
        mask = None if held_out is None else held_out_mask(held_out.rows(y), len(X))
        values = sum_part(classifier, X, y, scale, mask, part)
    # Another worker may run the same task, or have died in it: each writes a file of its own.
    aside = path.with_name(f"{secrets.token_hex(8)}.npy")
    try:
        write_array(aside, values)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return time.perf_counter() - started


def run_summed(
    train: Handle,
    test: Handle,
    labels: Handle,
    n_classes: int,
    candidates: Candidates,
    scale: Moments,
    held_out: HeldOut | None,
    parts: Sequence[Part],
    model: Path | None,
    sum_s: float,
    *sums: Handle,
) -> Outcome:
    """Fit from sums that were made before, and predict; return the outcome of the cell.

    It is that of `run_cell`, bit for bit. `sum_s` is what the sums took.
    """
    with pinned_threads():
        started = time.perf_counter()
        X, y = train.open(), labels.open()
        opened = [each.open() for each in sums]
        made = Sums(*scale, list(zip(parts, opened, strict=True)))
        values, candidate = candidates[0]
        classifier, choice = clone(candidate), None
        if held_out is None:
            classifier.fit_summed(X, y, made)
        else:
            classifier.fit_summed(X, y, made, held_out.rows(y))
            choice = Choice(0, values, classifier)
            choice.accuracy = float(classifier.validation_score_)
        seconds = sum_s + time.perf_counter() - started
        found = of_fitted(classifier, test.open(), n_classes, candidates, choice, model)
    return replace(found, fit_s=seconds) if choice is None else replace(found, choose_s=seconds)


def sums_in_parts(
    setting: Setting, features: Extraction, candidates: Candidates, *, is_idle: bool
) -> bool:
    """Return whether a cell is a ridge regression so large that its sum is made in parts.

    There must be one equation a column, and no several views of an image. Workers must see the
    files of this process, through which the parts go.
    """
    if len(candidates) != 1:
        return False
    shape, executor = features.train.shape, setting.executor
    return (
        sums_pay(candidates[0][1], shape, setting.dataset.n_classes, is_idle=is_idle)
        and not executor.apart
        and setting.workspace.folder is not None
        and executor.shares(features.train)
    )


def by_sums(
    setting: Setting,
    name: str,
    features: Extraction,
    candidates: Candidates,
    held_out: HeldOut,
    model: Path | None,
) -> Waiting:
    """Run a cell from sums of products, and return its outcome; None if the sums were not made.

    Whatever they fail of, the cell as a whole reports.
    """
    labels, train, classifier = setting.images["labels"], features.train, candidates[0][1]
    of_choice = held_out if chooses_by_itself(classifier) else None
    n_held_out = 0 if of_choice is None else len(of_choice.rows(labels.open()))
    n_tasks = _PARTS_A_WORKER * setting.executor.n_at_once
    parts = gram_parts(*(train.shape[0], n_held_out, train.shape[1]), n_tasks)
    if len(parts) < 2 or (of_choice is not None and not n_held_out):
        return None
    made: list[Handle] = []
    kind = name.removeprefix("cell ")
    try:
        scale, moments_s = yield from setting.ask(
            Named(f"moments {kind}", moments), train, labels, classifier
        )
        for _ in parts:
            path = setting.workspace.path()
            assert path is not None
            made.append(Handle(None, path))
        tasks = (
            (
                Named(f"products {kind} block {number}", write_sum),
                *(train, labels, classifier, scale, of_choice, part, made[number].path),
            )
            for number, part in enumerate(parts)
        )
        sum_s = moments_s + sum((yield from in_turn(setting, tasks)))
    except Exception:
        setting.workspace.check_there()
        _release(setting, made)
        return None
    try:
        return (
            yield from setting.ask(
                Named(name, run_summed),
                *(train, features.test, labels, setting.dataset.n_classes, candidates),
                *(scale, of_choice, parts, model, sum_s, *made),
            )
        )
    finally:
        _release(setting, made)


def _release(setting: Setting, made: Sequence[Handle]) -> None:
    for handle in made:
        setting.release(handle)
