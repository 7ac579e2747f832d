"""What a report says first: the best cell, its lead, and a cheaper rival."""

from __future__ import annotations

from pipelines.record.comparing.standings import Standings
from pipelines.reporting.texts.numbers import (
    at_most,
    count,
    duration,
    interval,
    lead,
    p_value,
    percent,
    points,
    times,
)
from pipelines.reporting.texts.words import in_words, missing


def headline(standings: Standings) -> list[str]:
    """Return sentences on the best cell: its accuracy and cost, its lead, a cheaper rival."""
    done = standings.cells
    if not done:
        return [f"No cell is finished yet: {missing(standings)}."]
    best = done[0]
    spent = standings.costs.get(best.name)
    at_cost = f", in {duration(spent.total_s)}" if spent else ""
    n_test, k = count(best.n_test), len(best.seeds)
    of = f"of {n_test} test images right"
    if standings.report.is_resampled:
        of = f"of {n_test} test images right on average over {count(k)} resamples"
    right = f"{percent(best.accuracy or 0)} % {of}"
    if len(done) == 1:
        return [f"{in_words(best.name)} gets {right}{at_cost}."]
    sentences = [
        _first(standings, f"{right}{at_cost}"),
        _lead(standings),
        _bargain(standings),
    ]
    return [sentence for sentence in sentences if sentence]


def _first(standings: Standings, found: str) -> str:
    """Return which cell is the most accurate, or that others are as accurate, with what it got."""
    best, *others = (name for name, rank in standings.ranks.items() if rank == 1)
    if not others:
        return f"{in_words(best)} is the most accurate: {found}."
    n = len(others)
    equal = f"{in_words(others[0])} has" if n == 1 else f"{count(n)} others have"
    return f"No cell is more accurate than {in_words(best)}: {found}. {equal} as many right."


def _lead(standings: Standings) -> str:
    """Return by how much the best cell leads, or that it cannot be told apart from the next.

    Without pairs, a cell that is as accurate as the next has no lead to be named.
    """
    best, second = standings.cells[:2]
    pair = standings.difference(best.name, second.name)
    if pair is None:
        if standings.ranks[second.name] == 1:
            return ""
        ahead = (best.accuracy or 0) - (second.accuracy or 0)
        more = points(ahead, finely=True).removeprefix("+")
        return f"That is {more} points more than the next, {in_words(second.name)}."
    low, high = (end.removeprefix("+") for end in interval(*pair.ci95))
    found = f"{lead(pair.difference, *pair.ci95).removeprefix('+')} points, "
    if pair.told_apart == (pair.ci95[0] > 0 or pair.ci95[1] < 0):
        found += f"95 % interval {low} to {high}"
    else:  # in an earlier report, whose intervals are of other pairs than its verdicts
        found += f"p = {p_value(pair.p)} for all pairs".replace("= <", "<")
    if pair.told_apart:
        return f"It is ahead of the next, {in_words(second.name)}, by {found}."
    return f"It cannot be told apart from {in_words(second.name)} ({found})."


def _bargain(standings: Standings) -> str:
    """Return the quickest cell that keeps nine tenths of the best accuracy, if twice as quick."""
    best, *rest = standings.cells
    cost, right = standings.costs, best.accuracy or 0
    near = [c for c in rest if c.name in cost and c.accuracy and c.accuracy >= 0.9 * right]
    if best.name not in cost or not near:
        return ""
    quick = min(near, key=lambda cell: cost[cell.name].total_s)
    spent = cost[quick.name].total_s
    if spent <= 0 or cost[best.name].total_s < 2 * spent:
        return ""
    near_by = "is as accurate,"
    if standings.ranks[quick.name] > 1:
        near_by = f"comes within {at_most(right - (quick.accuracy or 0))} points of it"
    return (
        f"{in_words(quick.name)} {near_by} in {duration(spent)}, "
        f"{times(cost[best.name].total_s / spent)} times as fast."
    )
