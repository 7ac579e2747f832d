"""The run of a plan: its units of work, in one run or one for each resample, and what they find."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from data import Dataset
from data.keeping.cache import RunCache
from data.resampling import Resamples
from pipelines.comparison.plan import Plan
from pipelines.record.report import CellName
from pipelines.running.executors import Executor, Workers
from pipelines.running.matrices import Workspace
from pipelines.running.progress import Listener, Step
from pipelines.running.results import Finding
from pipelines.running.setting import Setting
from pipelines.running.steps import all_steps
from pipelines.running.units import NOT_ON_ANOTHER, Units, Wishes


def run(
    plan: Plan,
    cells: Sequence[CellName],
    dataset: Dataset,
    *,
    executor: Executor,
    workspace: Workspace,
    cache: RunCache | None = None,
    listener: Listener | None = None,
    wishes: Wishes | None = None,
) -> Iterator[Finding]:
    """Run some cells of a plan with every seed, and yield what is found.

    Each extractor is fitted and run once for a seed, however many cells use it, and once for all
    seeds if nothing in it is random. What is found does not depend on the executor.

    Parameters
    ----------
    plan : Plan
    cells : sequence of (str, str)
        In the order in which they begin.
    dataset : Dataset
    executor : Executor
        Runs the tasks.
    workspace : Workspace
        Holds the matrices until the run ends.
    cache : RunCache, optional
        Holds features and outcomes of earlier and for later runs.
    listener : Listener, optional
        Hears what is going on.
    wishes : Wishes, optional

    Yields
    ------
    Extracted, CellRan or CellFailed
    """
    listener, wishes = listener or Listener(), wishes or Wishes()
    workers = Workers(executor)
    listener.n_at_once = workers.n_at_once
    listener.plan(all_steps(plan, cells))
    setting = _setting(dataset, workers, workspace, cache)
    yield from _findings([Units(plan, cells, setting, listener, wishes)], workers)


def run_resamples(
    plan: Plan,
    cells: Sequence[CellName],
    resamples: Resamples,
    *,
    executor: Executor,
    workspace: Workspace,
    cache: RunCache | None = None,
    listener: Listener | None = None,
    wishes: Wishes | None = None,
) -> Iterator[Finding]:
    """Run some cells of a plan on every resample, each with a seed of its own.

    The seeds of the plan belong to the resamples, in their order; it may have fewer of them. The
    next resample begins when a worker has nothing to do on those before it. A cell that failed on
    one resample is not begun on the next ones. A classifier that is to be kept is that of the first
    resample.

    Parameters
    ----------
    plan : Plan
    cells : sequence of (str, str)
    resamples : Resamples
    executor, workspace, cache, listener, wishes
        As `run` has them.

    Yields
    ------
    Extracted, CellRan or CellFailed
    """
    listener, wishes = listener or Listener(), wishes or Wishes()
    plans = [replace(plan, seeds=(seed,)) for seed in plan.seeds]
    workers = Workers(executor)
    listener.n_at_once = workers.n_at_once
    listener.plan([step for each in plans for step in all_steps(each, cells)])
    failed: set[CellName] = set()

    def in_turn() -> Iterator[Units]:
        for number, each in enumerate(plans):
            for cell in cells:
                if cell in failed:
                    listener.fail(Step(*cell, each.seeds[0]), NOT_ON_ANOTHER)
            if left := [cell for cell in cells if cell not in failed]:
                setting = _setting(resamples[number], workers, workspace, cache)
                wanted = wishes if number == 0 else replace(wishes, models=False)
                n_later = (len(plans) - 1 - number) * len(left)
                yield Units(each, left, setting, listener, wanted, failed, n_later)

    yield from _findings(in_turn(), workers)


def _findings(runs: Iterable[Units], workers: Workers) -> Iterator[Finding]:
    """Yield what is found, until every cell of every run has run or failed.

    A run goes on before those after it, and the next one is opened when no open one can go on. So
    workers are busy, and as few runs as possible are open at a time.
    """
    left, opened = iter(runs), list[Units]()
    try:
        while True:
            if workers.is_busy():
                workers.wait()
            elif not any(each.goes_on() for each in opened):
                if (following := next(left, None)) is not None:
                    opened.append(following)
                elif opened:
                    workers.wait()
                else:
                    return
            for each in opened:
                while each.found:
                    yield each.found.popleft()
            for each in [each for each in opened if each.is_over]:
                opened.remove(each)
                each.release()
    finally:
        for each in opened:
            each.close()
        workers.cancel()


def _setting(
    dataset: Dataset, workers: Workers, workspace: Workspace, cache: RunCache | None
) -> Setting:
    handles = {
        "train": workspace.hold(dataset.images_to_learn, dataset.sha256),
        "test": workspace.hold(dataset.images_test, dataset.sha256),
        "labels": workspace.hold(dataset.labels_to_learn),
    }
    return Setting(dataset, handles, workers, workspace, cache if workers.keeps else None)
