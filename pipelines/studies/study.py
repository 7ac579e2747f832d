"""What a study is: its text, an experiment, what the experiment finds, and pictures of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pkgutil import resolve_name
from typing import Any, Protocol

from markupsafe import Markup


@dataclass(frozen=True)
class Finding:
    """One sentence that quotes what was measured, and whether it bears the claim out.

    Parameters
    ----------
    says : str
        The sentence, with the figures in it.
    holds : bool
        Whether the figures show what the study claims.

    Examples
    --------
    >>> new, seen = 0.52, 0.75
    >>> Finding(f"{new:.0%} of new images are right, of seen ones {seen:.0%}.", new < seen)
    Finding(says='52% of new images are right, of seen ones 75%.', holds=True)
    """

    says: str
    holds: bool


@dataclass(frozen=True)
class Picture:
    """A picture for a page, with its caption.

    Parameters
    ----------
    caption : str
        What there is to see.
    markup : Markup
        An `<svg>` of `pipelines.reporting.figures.svg.draw`, or an `<img>`; it is shown as it is.
    """

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
    name : str
        What the command line and the page call it.
    title : str
        A few words.
    text : str
        The claim in one line, then paragraphs, equations indented by four spaces, and last the
        source. For our studies this is the docstring of the study's folder.
    run : callable
        The experiment, ``run(dataset, size=1.0, seed=0)``, which returns a `Result`. A size of 1.0
        takes less than a minute on two cores, and 0.1 less than five seconds.
    pictures : callable
        ``pictures(result)``, which returns a list of `Picture`.

    Examples
    --------
    >>> from pipelines.studies import STUDIES
    >>> STUDIES["convexity"].title
    'Convexity'
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
    place : str
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
