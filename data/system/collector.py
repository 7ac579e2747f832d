"""Python's collector of cycles looks at all objects again and again while many are made."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def paused_collector() -> Iterator[None]:
    """Let no cycles be looked for meanwhile: of a hundred thousand names, that takes a second.

    While the libraries of a comparison are imported it takes 0.3 s, and while a loop is compiled a
    twelfth of the time.

    Examples
    --------
    >>> with paused_collector():
    ...     gc.isenabled()
    False
    """
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
