"""A warning is of use where the user's own call stands, so it is shown there."""

from __future__ import annotations

import os
import sys
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from data.errors import DataWarning
from data.names import shown

_HEARD: ContextVar[list[str] | None] = ContextVar("_HEARD", default=None)
_HERE = f"{Path(__file__).parents[1]}{os.sep}"


def say(text: str) -> None:
    """Warn of something about data, at the first caller that is not a part of this package.

    Names of files are in the text, so what would disturb a terminal is written as its number.
    """
    if (heard := _HEARD.get()) is not None:
        heard.append(text)
    level = 2  # of whoever calls this function
    frame = sys._getframe(1)
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_HERE):
        frame = frame.f_back
        level += 1
    warnings.warn(shown(text), DataWarning, stacklevel=level)


@contextmanager
def heard() -> Iterator[list[str]]:
    """Give a list of what is said meanwhile, so that it can be said again later."""
    texts: list[str] = []
    token = _HEARD.set(texts)
    try:
        yield texts
    finally:
        _HEARD.reset(token)
