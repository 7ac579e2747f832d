"""Studies that take no time: they halve a number, or raise an error."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import NoReturn

import numpy as np
from matplotlib.figure import Figure

from data import Dataset
from pipelines.reporting.figures.svg import ACCENT, draw
from pipelines.studies import Finding, Picture, Result, Study
from pipelines.studies.study import Deferred

HOSTILE = '</style><script>document.title="owned"</script><img src=x onerror=alert(1)>\x1b[2J'


@dataclass(frozen=True)
class Halved:
    name: str
    half: float
    holds: bool

    def findings(self) -> list[Finding]:
        return [
            Finding(f"Half of it is {self.half:g} & `x < y` holds.", True),
            Finding(f"It's even, to 2e-12, {HOSTILE}.", self.holds),
        ]


def halving(name: str, holds: bool) -> Callable[..., Halved]:
    """An experiment that halves a number."""

    def run(dataset: Dataset, size: float = 1.0, seed: int = 0) -> Halved:
        return Halved(name, size / 2 + seed, holds)

    return run


def failing(error: BaseException) -> Callable[..., Result]:
    """An experiment that raises an error."""

    def run(dataset: Dataset, size: float = 1.0, seed: int = 0) -> NoReturn:
        raise error

    return run


def line(result: Halved) -> list[Picture]:
    """A picture of a line."""

    def paint(figure: Figure) -> None:
        figure.add_subplot().plot(np.arange(4.0), color=ACCENT)

    return [Picture("It's a line.", draw(f"{result.name}-line", (700, 200), paint, says="A line"))]


def study(name: str, title: str, claim: str, run: Callable[..., Result]) -> Study:
    """A study with a claim, an equation and a source."""
    text = f"{claim}\n\nIt's halved: with x < 3,\n\n    y = x / 2\n\nSource: Euclid, book VII."
    return Study(name, title, text, run, line)


def four_studies() -> dict[str, Study]:
    """Four studies by name, among them one whose module is missing."""
    entries = (
        study("holding", "It holds", "Two is `even` & a < b.", halving("holding", True)),
        study("failing", "It fails", "It fails.", failing(ValueError(f"no images {HOSTILE}"))),
        study("missing", "It is missing", "It is gone.", Deferred("pipelines.studies.gone:run")),
        study("not-holding", "It does not", "Three is even.", halving("not-holding", False)),
    )
    return {entry.name: entry for entry in entries}
