"""The error for what a model cannot take: a parameter, its samples, a file of its own."""

from __future__ import annotations

from data.errors import PreconvError


class ModelError(PreconvError, ValueError):
    """A parameter, the samples or a checkpoint are not what a model can use.

    The message says what was given, what is allowed, and where it can what to do.
    """
