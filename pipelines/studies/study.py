"""What every study gives: sentences with measured figures, and pictures of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from inspect import getdoc
from typing import Protocol

from markupsafe import Markup

from pipelines.errors import StudyError


@dataclass(frozen=True)
class Finding:
    """One sentence that quotes what was measured, and whether it bears the claim out."""

    says: str
    holds: bool


@dataclass(frozen=True)
class Picture:
    """A picture for a page: an `<svg>` as `pipelines.reporting.figures.svg` draws, or `<img>`."""

    caption: str
    markup: Markup


class Result(Protocol):
    """The figures of a study, as fields, and what they say."""

    def findings(self) -> Sequence[Finding]:
        """What the figures say, the most important first."""

    def pictures(self) -> Sequence[Picture]:
        """What they look like."""


@dataclass(frozen=True)
class Study:
    """A claim of the lecture and the experiment that shows it.

    Parameters
    ----------
    name
        What the command line calls it.
    title
        A few words.
    text
        The claim, the equation and the source: the docstring of the study's module.
    run
        ``run(dataset, size=1.0, seed=0)``: from 1.0, under a minute on two cores, down to 0.1,
        under five seconds.
    """

    name: str
    title: str
    text: str
    run: Callable[..., Result]


#: Name → title, in the order of the lecture; the module has the name, with underscores.
STUDIES = {
    "twenty-lines": "The twenty-line network",
    "what-features-see": "What each feature sees, and what it neglects",
    "templates": "One template a class, and the two-headed horse",
    "space-warping": "Space warping",
    "activations": "Activation functions",
    "universal-approximation": "Universal approximation",
    "convexity": "Convexity",
    "backpropagation": "Backpropagation, by hand",
    "higher-order": "Higher-order derivatives",
    "feature-or-layer": "Feature or layer?",
}


def chosen(name: str) -> list[str]:
    """Return the studies that a name stands for: one, or with "all" every one."""
    if name != "all" and name not in STUDIES:
        raise StudyError(f"there is no study {name!r}; there are {', '.join(STUDIES)}, or all")
    return list(STUDIES) if name == "all" else [name]


def load_study(name: str) -> Study:
    """Return a study by its name; raise StudyError, with the names there are, for another."""
    if name not in STUDIES:
        raise StudyError(f"there is no study {name!r}; there are {', '.join(STUDIES)}")
    module = import_module(f"pipelines.studies.{name.replace('-', '_')}")
    return Study(name, STUDIES[name], getdoc(module) or "", module.run)
