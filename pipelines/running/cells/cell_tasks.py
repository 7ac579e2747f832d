"""One cell with one seed as tasks: a single one or, where it is long, several."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

from pipelines.comparison.plan import is_random
from pipelines.record.outcome import Outcome
from pipelines.running.cells.cell import choose_candidate, judge_candidate, run_cell, run_chosen
from pipelines.running.cells.choosing import Candidates, Choice, Rounds
from pipelines.running.cells.contract import chooses_by_itself, takes_validation
from pipelines.running.cells.estimates import candidates_part
from pipelines.running.cells.summing import HeldOut, by_sums, sums_in_parts
from pipelines.running.executors import Named
from pipelines.running.extraction import Extraction
from pipelines.running.setting import Setting, Waiting, in_turn


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
    known: Mapping[int, Outcome],
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
    known : mapping of int to Outcome
        The outcomes of candidates that any seed fits alike, see `fits_alike`.
    """
    shape, n_classes = features.train.shape, setting.dataset.n_classes
    apart = candidates_part(candidates, shape, n_classes, is_idle=is_idle)
    if apart and setting.executor.shares(features.train):
        return (yield from _by_candidates(setting, name, features, candidates, seed, model, known))
    if known:
        return (yield from _by_choice(setting, name, features, candidates, seed, known))
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
    known: Mapping[int, Outcome],
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
    return (
        yield from _fitted(setting, name, features, candidates, judged, rounds.best, model, known)
    )


def fits_alike(candidates: Candidates) -> bool:
    """Return whether each candidate, fitted to all training images, is the same with any seed.

    The seed then decides by which images one of them is chosen, and nothing else.
    """
    return not any(
        is_random(classifier) or chooses_by_itself(classifier) or takes_validation(classifier)
        for _, classifier in candidates
    )


def _by_choice(
    setting: Setting,
    name: str,
    features: Extraction,
    candidates: Candidates,
    seed: int,
    known: Mapping[int, Outcome],
) -> Waiting:
    """Run a cell: choosing is a task, and so is the fit of the best, unless that is known."""
    labels, dataset = setting.images["labels"], setting.dataset
    choice = yield from setting.ask(
        Named(f"{name} choice", choose_candidate),
        *(features.train, labels, candidates, seed, dataset.n_validation),
    )
    return (yield from _fitted(setting, name, features, candidates, [choice], choice, None, known))


def _fitted(
    setting: Setting,
    name: str,
    features: Extraction,
    candidates: Candidates,
    judged: Sequence[Choice],
    best: Choice | None,
    model: Path | None,
    known: Mapping[int, Outcome],
) -> Waiting:
    """Fit the best to all images, unless that is known; other kernels are those of any task."""
    labels, dataset = setting.images["labels"], setting.dataset
    choose_s = sum(each.seconds for each in judged)
    if best is not None and best.index in known:
        outcome = replace(
            known[best.index],
            validation_accuracy=best.accuracy,
            history=best.history,
            choose_s=choose_s,
            cached=False,
            model=None,
            model_error="",
        )
    else:
        outcome = yield from setting.ask(
            Named(name, run_chosen),
            *(features.train, features.test, labels, dataset.n_classes),
            *(candidates, best, choose_s, model),
        )
    kernels = [*(choice.kernels for choice in judged), outcome.kernels]
    others = "; ".join(each for each in kernels if each)
    return replace(outcome, kernels="; ".join(dict.fromkeys(others.split("; "))))
