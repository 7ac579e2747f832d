"""What a report says in words and order: the cells by rank, their cost, the headline."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import fmean

from pipelines.record.report import Cell, CellCost, CellName, PairedDifference, Report
from pipelines.reporting.numbers import count, percent, seconds, times
from pipelines.reporting.outside_text import visible


@dataclass(frozen=True)
class Cost:
    """Seconds that one cell takes with one seed, mean over the seeds."""

    extract_s: float
    choose_s: float
    fit_s: float
    predict_s: float

    @property
    def total_s(self) -> float:
        """Return all seconds together, features included."""
        return self.extract_s + self.choose_s + self.fit_s + self.predict_s


def label(name: CellName) -> str:
    """Return a cell's name for tables and plots.

    Examples
    --------
    >>> label(("hog+color", "mlp"))
    'hog+color → mlp'
    """
    return visible(f"{name[0]} → {name[1]}")


def in_words(name: CellName) -> str:
    """Return a cell's name for a sentence.

    Examples
    --------
    >>> in_words(("hog+color", "mlp"))
    'mlp on hog+color'
    """
    return visible(f"{name[1]} on {name[0]}")


def done_cells(report: Report) -> list[Cell]:
    """Return the finished cells, the most accurate first."""
    done = [cell for cell in report.cells if cell.status == "done" and cell.accuracy is not None]
    return sorted(done, key=lambda cell: -(cell.accuracy or 0.0))


def unfinished_cells(report: Report) -> list[Cell]:
    """Return the cells that failed or are still to run, in the report's order."""
    done = {id(cell) for cell in done_cells(report)}
    return [cell for cell in report.cells if id(cell) not in done]


def costs(report: Report) -> dict[CellName, Cost]:
    """Return each cell's seconds, where both its features and its model were timed.

    A union that was not timed as one costs what its parts cost.
    """
    measured = report.measurements
    extract: dict[str, float] = {}
    for name in dict.fromkeys(cost.features for cost in measured.features):
        runs = [cost for cost in measured.features if cost.features == name]
        extract[name] = fmean(r.fit_s + r.transform_train_s + r.transform_test_s for r in runs)
    for name, parts in _unions(report.spec).items():
        if name not in extract and all(part in extract for part in parts):
            extract[name] = sum(extract[part] for part in parts)
    fits: dict[CellName, list[CellCost]] = {}
    for cost in measured.cells:
        fits.setdefault((cost.features, cost.model), []).append(cost)
    return {
        cell: Cost(
            extract_s=extract[cell[0]],
            choose_s=fmean(fit.choose_s for fit in of_cell),
            fit_s=fmean(fit.fit_s for fit in of_cell),
            predict_s=fmean(fit.predict_s for fit in of_cell),
        )
        for cell, of_cell in fits.items()
        if cell[0] in extract
    }


def difference_between(
    report: Report, first: CellName, second: CellName
) -> PairedDifference | None:
    """Return the first cell's lead over the second, turned round where it was kept that way."""
    for pair in report.pairs:
        if (pair.first, pair.second) == (first, second):
            return pair
        if (pair.first, pair.second) == (second, first):
            return pair.model_copy(
                update={
                    "first": first,
                    "second": second,
                    "difference": -pair.difference,
                    "ci95": (-pair.ci95[1], -pair.ci95[0]),
                    "only_first": pair.only_second,
                    "only_second": pair.only_first,
                }
            )
    return None


def pareto_front(points: Mapping[CellName, tuple[float, float]]) -> list[CellName]:
    """Return the cells that no other beats in both cost and accuracy, cheapest first.

    Parameters
    ----------
    points
        Cell → (cost, accuracy); a lower cost and a higher accuracy are better.

    Examples
    --------
    >>> pareto_front({("a", "m"): (1, 0.5), ("b", "m"): (2, 0.4), ("c", "m"): (3, 0.6)})
    [('a', 'm'), ('c', 'm')]
    """
    front: list[CellName] = []
    for name in sorted(points, key=lambda name: (points[name][0], -points[name][1])):
        if not front or points[name][1] > points[front[-1]][1]:
            front.append(name)
    return front


def headline(report: Report) -> list[str]:
    """Return sentences: what won at what cost, how sure its lead is, what comes near for less."""
    done = done_cells(report)
    if not done:
        return [f"No cell is finished yet: {missing(report)}."]
    best = done[0]
    cost = costs(report)
    spent = cost.get(best.name)
    at_cost = f", in {seconds(spent.total_s)}" if spent else ""
    right = f"{percent(best.accuracy or 0)} % of {count(best.n_test)} test images right"
    if len(done) == 1:
        sentences = [f"{in_words(best.name)} gets {right}{at_cost}."]
    else:
        sentences = [f"{in_words(best.name)} is the most accurate: {right}{at_cost}."]
        sentences.append(_lead(report, done))
        sentences.append(_bargain(done, cost))
    return [sentence for sentence in sentences if sentence]


def missing(report: Report) -> str:
    """Return how many cells failed and how many are still to run."""
    rest = unfinished_cells(report)
    n_failed = sum(cell.status == "failed" for cell in rest)
    n_pending = len(rest) - n_failed
    said = [f"{n_pending} still to run"] if n_pending else []
    said += [f"{n_failed} failed"] if n_failed else []
    return f"{' and '.join(said)} of {len(report.cells)} cells" if said else "none missing"


def seeds_of(cells: Sequence[Cell]) -> str:
    """Return how many seeds the cells have, and which."""
    seeds = sorted({seed for cell in cells for seed in cell.seeds})
    if len(seeds) == 1:
        return f"one seed ({seeds[0]})"
    return f"{len(seeds)} seeds ({', '.join(map(str, seeds))})"


def choices(cell: Cell) -> str:
    """Return the hyper-parameters chosen in a cell: once where all seeds agree, else a seed each.

    Examples
    --------
    >>> common = {"features": "hog", "model": "linear", "status": "done", "n_test": 9}
    >>> choices(Cell(**common, seeds=(0, 1), chosen=({"alpha": 0.1}, {"alpha": 0.1})))
    'alpha = 0.1'
    >>> choices(Cell(**common, seeds=(0, 1), chosen=({"alpha": 0.1}, {"alpha": 0.2})))
    'alpha = 0.1 / 0.2'
    """
    keys = dict.fromkeys(key for options in cell.chosen for key in options)
    said = []
    for key in keys:
        values = [str(options.get(key, "–")) for options in cell.chosen]
        said.append(f"{key} = {' / '.join(values if len(set(values)) > 1 else values[:1])}")
    return ", ".join(said)


def reproduce_command(report: Report) -> str:
    """Return the command that reruns the report, for a shell in the report's folder."""
    data = report.spec.get("data", "builtin")
    known = not isinstance(data, str) or not any(c in data for c in "/\\.~")
    source = "" if known else f" --data {shlex.quote(str(data))}"
    return visible(f"preconv reproduce report.json{source}")


def _lead(report: Report, done: Sequence[Cell]) -> str:
    """Say how far the best cell is ahead of the next, or that it cannot be told apart."""
    best, second = done[0], done[1]
    pair = difference_between(report, best.name, second.name)
    ahead = (best.accuracy or 0) - (second.accuracy or 0)
    if pair is None:
        return f"That is {percent(ahead)} points more than the next, {in_words(second.name)}."
    low, high = (f"{100 * end:.1f}".replace("-", "−") for end in pair.ci95)
    found = f"{percent(pair.difference)} points, 95 % interval {low} to {high}"
    if pair.p_holm < 0.05:
        return f"It is ahead of the next, {in_words(second.name)}, by {found}."
    return f"It cannot be told apart from {in_words(second.name)} ({found})."


def _bargain(done: Sequence[Cell], cost: Mapping[CellName, Cost]) -> str:
    """Name the quickest cell that keeps nine tenths of the best accuracy, if twice as quick."""
    best = done[0]
    if best.name not in cost:
        return ""
    near = [c for c in done[1:] if c.name in cost and c.accuracy and best.accuracy]
    near = [c for c in near if (c.accuracy or 0) >= 0.9 * (best.accuracy or 0)]
    if not near:
        return ""
    quick = min(near, key=lambda cell: cost[cell.name].total_s)
    spent = cost[quick.name].total_s
    if spent <= 0 or cost[best.name].total_s < 2 * spent:
        return ""
    behind = (best.accuracy or 0) - (quick.accuracy or 0)
    return (
        f"{in_words(quick.name)} comes within {percent(behind)} points of it in "
        f"{seconds(spent)}, {times(cost[best.name].total_s / spent)} times as fast."
    )


def _unions(spec: Mapping[str, object]) -> dict[str, list[str]]:
    """Return union → parts, as far as the spec says so."""
    features = spec.get("features")
    if not isinstance(features, Mapping):
        return {}
    return {
        name: [str(part) for part in options["union"]]
        for name, options in features.items()
        if isinstance(options, Mapping) and isinstance(options.get("union"), list)
    }
