"""The units of work of a run: cells, the features that they ask for, and what each waits for."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from pipelines.comparison.plan import Plan, seeded
from pipelines.record.outcome import Outcome
from pipelines.record.report import CellName
from pipelines.running.cells.cell import fit_again
from pipelines.running.cells.cell_tasks import cell_of, fits_alike
from pipelines.running.cells.choosing import (
    Candidates,
    best_side,
    is_validated,
    json_values,
    needs_validation,
)
from pipelines.running.cells.kept_cells import keep_outcome, kept_outcome, key_of_cell
from pipelines.running.executors import Named, said
from pipelines.running.extraction import Extraction, extraction, joined
from pipelines.running.progress import Listener, Step
from pipelines.running.results import CellFailed, CellRan, Extracted, Finding
from pipelines.running.setting import Setting, Waiting
from pipelines.running.steps import Key, cell_steps, key_of_part, key_of_row, needed

NOT_ON_ANOTHER = "not run: it failed on another resample"
_NOT_WITH_ANOTHER = "not run: it failed with another seed"


@dataclass(frozen=True)
class Wishes:
    """What is wanted of a run beyond its plan.

    Parameters
    ----------
    validated : bool
        Whether cells in which nothing is to be chosen are measured on held-out images, too.
    models : bool
        Whether the fitted classifier of every cell, with the first seed, is kept in the
        workspace.
    again : bool
        Whether a cell from the cache is fitted again, because the cache has no fitted classifiers.
    """

    validated: bool = False
    models: bool = False
    again: bool = False

    @classmethod
    def of(
        cls, n_cells: int, *, validated: bool = False, best: bool = False, every: bool = False
    ) -> Wishes:
        """Return what is wanted of so many cells if the `best`, or `every` one, is to be saved.

        The best of several is chosen by held-out images, so all of them are measured on these.
        """
        return cls(validated=validated or (best and n_cells > 1), models=best or every)


class _PartFailed(RuntimeError):
    """An extractor that a row needs has failed; the listener was told when it failed."""


class Units:
    """The units of work of a run, and what each of them waits for.

    A unit is one cell with one seed, one extraction, or one row put side by side. It is a generator
    that yields each future that it waits for. Cells begin in their order, and ask for the features
    that they need; these are made once, for all cells that ask. No unit goes on while every worker
    is busy. Of a run on a resample, `failed` are the cells that failed on others,
    and `n_later` is how many cells there are on those after it.
    """

    def __init__(
        self,
        plan: Plan,
        cells: Sequence[CellName],
        setting: Setting,
        listener: Listener,
        wishes: Wishes,
        failed: set[CellName] | None = None,
        n_later: int = 0,
    ) -> None:
        self.plan, self.setting, self.listener, self.wishes = plan, setting, listener, wishes
        self.labels = setting.images["labels"]
        self.steps = cell_steps(plan, cells)
        self._users = Counter(key for step in self.steps for key in needed(plan, step))
        self._promised: dict[Key, Future[Extraction]] = {}
        self._known: dict[tuple[Extraction, str], dict[int, Outcome]] = {}
        self._left = deque(self.steps)
        self._not_begun = set(self.steps)
        self._n_later = n_later
        self._is_resampled = failed is not None
        self._failed: set[CellName] = set() if failed is None else failed
        self._units: list[Generator[Future[Any], None, None]] = []
        self._waiting: dict[Generator[Future[Any], None, None], Future[Any]] = {}
        self.found: deque[Finding] = deque()

    def goes_on(self) -> bool:
        """Let one unit go on, if any can, and return whether one could.

        First it is one whose future is done, then features that a cell asked for are begun, and
        then the next cell. So as few cells as possible are open at a time.
        """
        ready = (unit for unit, future in self._waiting.items() if future.done())
        if (unit := next(ready, None)) is not None:
            self._advance(unit)
        elif self._units:
            self._advance(self._units.pop(0))
        elif self._left:
            self._advance(self._cell(self._left.popleft()))
        else:
            return False
        return True

    @property
    def is_over(self) -> bool:
        """Whether every cell has run or failed."""
        return not (self._waiting or self._units or self._left)

    def release(self) -> None:
        """Remove the images of a resample, which no other run reads."""
        if self._is_resampled:
            for handle in self.setting.images.values():
                self.setting.release(handle)

    def close(self) -> None:
        """Let no unit go on any more."""
        for unit in self._waiting:
            unit.close()

    def _advance(self, unit: Generator[Future[Any], None, None]) -> None:
        """Let a unit go on until it has to wait, or ends; it keeps its place before later ones."""
        try:
            self._waiting[unit] = next(unit)
        except StopIteration:
            self._waiting.pop(unit, None)

    def _cell(self, step: Step) -> Generator[Future[Any], None, None]:
        """Run one cell with one seed."""
        cell = step.features, step.model
        try:
            if cell in self._failed:
                why = NOT_ON_ANOTHER if self._is_resampled else _NOT_WITH_ANOTHER
                self.listener.fail(step, why)
            else:
                yield from self._in_cell(step)
        except Exception as error:
            self.setting.workspace.check_there()  # it is not the cell that is to blame
            text = str(error) if isinstance(error, _PartFailed) else said(error)
            self._failed.add(cell)
            self.listener.fail(step, text)
            self.found.append(CellFailed(step, text))
        self._not_begun.discard(step)
        for key in needed(self.plan, step):
            self._used(key)

    def _in_cell(self, step: Step) -> Waiting:
        """Run one cell on each of the features that it chooses from, and keep the best."""
        sides = self.plan.sides(step.features)
        found: list[tuple[Outcome, int]] = []
        for values, parts in sides:
            features = yield from self._features(step.features, parts, step.seed)
            if not found:
                self.listener.begin(step)
                self._not_begun.discard(step)
            outcome = yield from self._on(features, step, len(sides))
            outcome = replace(
                outcome, chosen={**json_values(values), **outcome.chosen}, parts=parts
            )
            found.append((outcome, features.dim))
        # Not from begin to end: on workers, a task may wait.
        seconds = sum(each.choose_s + each.fit_s + each.predict_s for each, _ in found)
        outcome, dim = best_side(found)
        if len(sides) == 1 and not needs_validation(self._candidates(step)):
            # It was measured, as for `--save-models`. That chose nothing, so it is no cost of it.
            outcome = replace(outcome, choose_s=0.0)
        accuracy = float((outcome.predicted == self.setting.dataset.labels_test).mean())
        self.listener.end(step, seconds, kept=outcome.cached, note=f"{accuracy:.1%}")
        self.found.append(CellRan(step, outcome, dim))

    def _candidates(self, step: Step) -> Candidates:
        """Return what a cell chooses from on each of its features."""
        return self.plan.candidates((step.features, step.model), step.seed)

    def _on(self, features: Extraction, step: Step, n_sides: int) -> Waiting:
        """Run one cell on some features, of so many that it chooses from."""
        candidates = self._candidates(step)
        cache = self.setting.cache
        validated = is_validated(candidates, n_sides, wished=self.wishes.validated)
        key = key_of_cell(features.key, candidates, step.seed, validated) if cache else None
        wanted = self.wishes.models and step.seed == self.plan.seeds[0]
        model = self.setting.workspace.path(".skops") if wanted else None
        if cache and key and (entry := cache.get(key)):
            outcome = kept_outcome(entry)
            if model and self.wishes.again:
                outcome = yield from self.setting.ask(
                    Named(_called(step), fit_again),
                    features.train,
                    self.labels,
                    *(candidates, outcome, step.seed, self.setting.dataset.n_validation, model),
                )
            return outcome
        # Features that depend on no seed are one object, and so are the fits to them.
        known: dict[int, Outcome] = {}
        if fits_alike(candidates):
            known = self._known.setdefault((features, step.model), {})
        outcome = yield from cell_of(
            self.setting,
            _called(step),
            features,
            candidates,
            step.seed,
            validated=validated,
            model=model,
            is_idle=len(self._not_begun) + self._n_later < self.setting.executor.n_at_once,
            known={} if model or not (validated or needs_validation(candidates)) else known,
        )
        if not outcome.kernels:
            known.setdefault(outcome.candidate, outcome)
        if cache and key and not outcome.kernels:  # others may come out where its kernels are
            keep_outcome(cache, key, outcome)
        return outcome

    def _features(self, row: str, names: Sequence[str], seed: int) -> Waiting:
        """Return the features of a row, made by these extractors; several stand side by side."""
        parts = []
        for part in names:
            key = key_of_part(self.plan, part, seed)
            parts.append((yield from self._promise(key, partial(self._extraction, *key))))
        if len(parts) == 1:
            return parts[0]
        key = key_of_row(self.plan, row, names, seed)
        made = partial(joined, self.setting, parts, f"{row} seed {seed}")
        return (yield from self._promise(key, made))

    def _promise(self, key: Key, make: Callable[[], Waiting]) -> Waiting:
        """Return what a key stands for; it is made when it is first asked for, and only then."""
        if key not in self._promised:
            self._promised[key] = Future()
            self._units.append(_fulfil(self._promised[key], make()))
        return (yield from self.setting.wait(self._promised[key]))

    def _extraction(self, part: str, seed: int) -> Waiting:
        """Return the features of one extractor; tell the listener of the time, or of the error."""
        step = Step(part, "", seed)
        self.listener.begin(step)
        try:
            made = yield from extraction(
                self.setting, seeded(self.plan.extractors[part], seed), f"{part} seed {seed}"
            )
        except Exception as error:
            self.listener.fail(step, said(error))
            raise _PartFailed(f"{part}: {said(error)}") from error
        seconds = made.fit_s + made.transform_train_s + made.transform_test_s
        note = f"{made.dim:,} values"
        if self.setting.cache and made.key is None:
            note += ", not cached: no cache_key"
        self.listener.end(step, seconds, kept=made.cached, note=note)
        self.found.append(Extracted(step, made))
        return made

    def _used(self, key: Key) -> None:
        """Remove matrices once the last cell that needs them is over."""
        self._users[key] -= 1
        promised = self._promised.get(key)
        if self._users[key] or promised is None or promised.exception():
            return
        for handle in (promised.result().train, promised.result().test):
            self.setting.release(handle)


def _fulfil(promised: Future[Extraction], work: Waiting) -> Generator[Future[Any], None, None]:
    """Do the work that a promise waits for."""
    try:
        promised.set_result((yield from work))
    except Exception as error:
        promised.set_exception(error)


def _called(step: Step) -> str:
    """Return the name of a cell as a task."""
    return f"cell {step.features}/{step.model} seed {step.seed}"
