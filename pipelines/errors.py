"""The errors of a comparison that a user can mend."""

from __future__ import annotations

from data.errors import PreconvError


class SpecError(PreconvError, ValueError):
    """A spec asks for a comparison that is not possible."""


class PackingError(PreconvError, ValueError):
    """An object cannot be written as bytes, or bytes cannot be read as an object."""


class UntrustedError(PackingError):
    """Bytes hold types that are not trusted; `names` lists them."""

    def __init__(self, message: str, names: tuple[str, ...]) -> None:
        super().__init__(message)
        self.names = names


class ReportError(PreconvError, ValueError):
    """A file is no report that can be read."""


class PredictionsError(PreconvError, ValueError):
    """There are no predictions beside a report, or they are not those of the report."""


class SavedModelError(PreconvError, ValueError):
    """A file is no model, or a model cannot do what is asked of it."""


class StudyError(PreconvError, ValueError):
    """A study cannot be run as asked."""


class MemoryShortError(PreconvError, MemoryError):
    """There is, or will be, too little memory or disk; the message has the bytes and the way out.

    What a comparison had finished is in its report.
    """


class MissingExtraError(PreconvError, ImportError):
    """A library is missing that only one thing needs; the message names what brings it."""


class WorkersError(PreconvError, ValueError):
    """There are no workers that could run a comparison; the message says why."""


class EngineLostError(PreconvError, ConnectionError):
    """Those who ran the tasks are gone; the run ends, and can go on from what was finished."""


class ContentError(PreconvError, ValueError):
    """A file holds something else than what the run means."""
