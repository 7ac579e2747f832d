"""What a study is: its text, an experiment, what the experiment finds, and pictures of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Protocol

from markupsafe import Markup


@dataclass(frozen=True)
class Finding:
    """One sentence that quotes what was measured, and whether it bears the claim out."""

    says: str
    holds: bool


@dataclass(frozen=True)
class Picture:
    """A picture for a page: an `<svg>` of our own drawing, or an `<img>`, with its caption."""

    caption: str
    markup: Markup


class Result(Protocol):
    """The figures of an experiment, as fields, and the sentences that quote them."""

    def findings(self) -> Sequence[Finding]:
        """Return what the figures say, the most important first."""


@dataclass(frozen=True)
class Study:
    """Everything about a study: a claim of the lecture and the experiment that shows it.

    An experiment knows nothing of its pictures. The pictures know the result of the experiment,
    and only this entry knows both.

    Parameters
    ----------
    name
        What the command line and the page call it.
    title
        A few words.
    text
        The claim in one line, then paragraphs, equations indented by four spaces, and last the
        source. For our studies this is the docstring of the study's folder.
    run
        The experiment, ``run(dataset, size=1.0, seed=0)``, which returns a `Result`. A size of 1.0
        takes less than a minute on two cores, and 0.1 less than five seconds.
    pictures
        ``pictures(result)``, which returns a list of `Picture`.
    """

    name: str
    title: str
    text: str
    run: Callable[..., Result]
    pictures: Callable[[Any], Sequence[Picture]]


@dataclass(frozen=True)
class Deferred:
    """A function that is imported when it is first called, so that to list studies loads none.

    Parameters
    ----------
    place
        Module and function, as in "pipelines.studies.convexity.experiment:run".
    """

    place: str

    def resolve(self) -> Callable[..., Any]:
        """Import the function and return it."""
        function: Callable[..., Any] = resolve_name(self.place)
        return function

    def __call__(self, *given: Any, **named: Any) -> Any:
        """Import the function and call it."""
        return self.resolve()(*given, **named)
