"""The error for what a model cannot take: a parameter, its samples, a file of its own."""

from __future__ import annotations

from data.errors import PreconvError


class ModelError(PreconvError, ValueError):
    """A parameter, the samples or a checkpoint are not what a model can use.

    The message says what was given, what is allowed, and where possible what to do.

    Examples
    --------
    >>> from models import LinearClassifier
    >>> LinearClassifier(alpha=-1.0).fit([[0.0], [1.0]], [0, 1])
    Traceback (most recent call last):
    ...
    models.errors.ModelError: alpha must be a finite number from 0 up, or several such, got -1.0
    """
