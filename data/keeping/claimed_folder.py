"""A folder that a process works in: whoever comes later can tell whether that process still lives.

The folder holds a file that its process keeps locked. A folder that was just made, or that lies on
a disk without locks, has none.
"""

from __future__ import annotations

import os
import shutil
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from data.system.claims import claim, taken_over

_CLAIM = ".claim"
_TRIES = 100


@dataclass
class ClaimedFolder:
    """A new folder of this process.

    Parameters
    ----------
    path : Path
    """

    path: Path
    _descriptor: int | None

    @classmethod
    def make(cls, path: Path) -> ClaimedFolder:
        """Make the folder, and claim it; raise OSError if that cannot be."""
        for _ in range(_TRIES):
            with suppress(FileNotFoundError):  # it was taken for abandoned before it was locked
                return cls(path, _made(path))
        return cls(path, _made(path))

    def release(self) -> None:
        """Let the folder be one like any other."""
        with suppress(OSError):
            (self.path / _CLAIM).unlink(missing_ok=True)
        self._close()

    def remove(self) -> None:
        """Remove the folder and what is in it, as far as that can be."""
        shutil.rmtree(self.path, ignore_errors=True)
        self._close()

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, None
        if descriptor is not None:
            os.close(descriptor)


def _made(path: Path) -> int | None:
    path.mkdir(parents=True)
    try:
        descriptor = claim(path / _CLAIM)
        if descriptor is None:
            (path / _CLAIM).unlink()
    except BaseException:
        shutil.rmtree(path, ignore_errors=True)
        raise
    return descriptor


def remove_abandoned(folder: Path) -> bool | None:
    """Remove a folder if it was claimed by a process that is no more; return whether it was so.

    None says that this cannot be told, and that nothing was removed.
    """
    with taken_over(folder / _CLAIM) as abandoned:
        if abandoned:
            shutil.rmtree(folder, ignore_errors=True)
    return abandoned
