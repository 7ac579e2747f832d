"""What can go wrong in a comparison and be mended by the user: every error with its sentence."""

from __future__ import annotations

from data.errors import PreconvError


class SpecError(PreconvError, ValueError):
    """A comparison cannot be what the spec asks for."""


class CacheError(PreconvError, ValueError):
    """The cache cannot be what its settings ask for."""


class PackingError(PreconvError, ValueError):
    """An object cannot become bytes, or bytes are no object to be trusted."""


class ReportError(PreconvError, ValueError):
    """A file is no report that can be read."""


class PredictionsError(PreconvError, ValueError):
    """There are no predictions beside a report, or they are not those of the report."""


class ModelError(PreconvError, ValueError):
    """A file is no model, or a model cannot do what is asked of it."""


class StudyError(PreconvError, ValueError):
    """A study cannot be run as asked."""
