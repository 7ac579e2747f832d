"""One process does a thing that others can then take from the disk; the others wait for it."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from pathlib import Path

from data.system.claims import fcntl, lock_at_once

_LOOK_S = 0.02
_LONGEST_S = 120.0
"""A process that holds its turn for so long is not waited for: it may have been stopped."""


class Turn:
    """The turn of this process among all that share a disk; it ends with the process at the latest.

    Without such locks, or without a folder to write to, everybody has the turn at once.

    Parameters
    ----------
    path : Path
        The file that stands for it, which is there only during a turn.
    """

    def __init__(self, path: Path) -> None:
        self._path, self._descriptor = path, -1

    def take(self, longest_s: float = _LONGEST_S) -> None:
        """Wait until nobody else has the turn, but no longer than so many seconds."""
        if fcntl is None or self._descriptor >= 0:
            return
        with suppress(OSError):
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT, 0o666)
            end = time.monotonic() + longest_s
            while lock_at_once(self._descriptor) is False and time.monotonic() < end:
                time.sleep(_LOOK_S)

    def end(self) -> None:
        """Let the next one have it."""
        if self._descriptor < 0:
            return
        with suppress(OSError):
            self._path.unlink()
        with suppress(OSError):  # a process that was forked meanwhile has the file open, too
            fcntl.flock(self._descriptor, fcntl.LOCK_UN)
        os.close(self._descriptor)
        self._descriptor = -1
