"""One cell with one seed as tasks: a single one or, where it is long, several."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pipelines.running.cell import judge_candidate, run_cell, run_chosen
from pipelines.running.choosing import Candidates, Choice, Rounds
from pipelines.running.estimates import candidates_part
from pipelines.running.executors import Named
from pipelines.running.extraction import Extraction
from pipelines.running.setting import Setting, Waiting, in_turn
from pipelines.running.summing import HeldOut, by_sums, sums_in_parts


def cell_of(
    setting: Setting,
    name: str,
    features: Extraction,
    candidates: Candidates,
    seed: int,
    *,
    validated: bool,
    model: Path | None,
    is_idle: bool,
) -> Waiting:
    """Run a cell with one seed, and return its outcome.

    What comes out does not depend on how many tasks it is, its times apart.

    Parameters
    ----------
    setting : Setting
    name : str
        What its tasks are called.
    features : Extraction
    candidates : sequence of (dict, classifier)
    seed : int
    validated : bool
        Whether to measure on held-out images also where nothing is to be chosen.
    model : Path or None
        Where to keep the fitted classifier.
    is_idle : bool
        Whether fewer cells wait than there are workers.
    """
    shape, n_classes = features.train.shape, setting.dataset.n_classes
    apart = candidates_part(candidates, shape, n_classes, is_idle=is_idle)
    if apart and setting.executor.shares(features.train):
        return (yield from _by_candidates(setting, name, features, candidates, seed, model))
    if not validated and sums_in_parts(setting, features, candidates, is_idle=is_idle):
        held_out = HeldOut(seed, setting.dataset.n_validation)
        found = yield from by_sums(setting, name, features, candidates, held_out, model)
        if found is not None:
            return found
    return (
        yield from setting.ask(
            Named(name, run_cell),
            *(features.train, features.test, setting.images["labels"], n_classes),
            *(candidates, seed, validated, model, setting.dataset.n_validation),
        )
    )


def _by_candidates(
    setting: Setting,
    name: str,
    features: Extraction,
    candidates: Candidates,
    seed: int,
    model: Path | None,
) -> Waiting:
    """Run a cell: each candidate is a task, and then the fit of the best to all images."""
    labels, dataset = setting.images["labels"], setting.dataset
    rounds, judged = Rounds(candidates), list[Choice]()
    while these := rounds.next():
        tasks = (
            (
                Named(f"{name} candidate {index}", judge_candidate),
                *(features.train, labels, candidates, index, seed, dataset.n_validation),
            )
            for index in these
        )
        for choice in (yield from in_turn(setting, tasks)):
            rounds.note(choice)
            judged.append(choice)
    outcome = yield from setting.ask(
        Named(name, run_chosen),
        *(features.train, features.test, labels, dataset.n_classes),
        *(candidates, rounds.best, sum(each.seconds for each in judged), model),
    )
    others = "; ".join(each.kernels for each in (*judged, outcome) if each.kernels)
    return replace(outcome, kernels="; ".join(dict.fromkeys(others.split("; "))))
