"""A disk that is full, or a Ctrl-C that comes, at the k-th thing that is written."""

from __future__ import annotations

import builtins
import errno
import io
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest.mock import patch

_CALLS = ("rename", "replace", "mkdir", "fsync", "link", "truncate")


class Faults:
    """Counts what is written, and lets the k-th such step fail, or it and all that follow.

    Steps are: to open a file for writing, to write to it or give it a size, and `os.rename`,
    `replace`, `mkdir`, `fsync`, `link` and `truncate`. To remove files works on a full disk.

    Parameters
    ----------
    at : int
        The first step that fails, from 0; -1 is none.
    lasting : bool
        Whether the disk stays full.
    error : callable
        Gives what is raised.
    """

    def __init__(
        self,
        at: int = -1,
        *,
        lasting: bool = False,
        error: Callable[[], BaseException] = lambda: OSError(
            errno.ENOSPC, "No space left on device"
        ),
    ) -> None:
        self.at, self.lasting, self.error = at, lasting, error
        self.steps: list[str] = []

    @property
    def happened(self) -> bool:
        """Whether there was a step that failed."""
        return 0 <= self.at < len(self.steps)

    def step(self, what: str) -> None:
        """Count a step; raise where it is to fail."""
        number = len(self.steps)
        self.steps.append(what)
        if number == self.at or (self.lasting and 0 <= self.at < number):
            raise self.error()


@contextmanager
def injected(faults: Faults) -> Iterator[Faults]:
    """Let what this process writes in the block go past the faults."""
    really_open, os_open = io.open, os.open

    class File(io.FileIO):
        def write(self, data: Any) -> int:
            faults.step("write")
            return super().write(data)

        def truncate(self, size: int | None = None) -> int:
            faults.step("truncate")
            return super().truncate(size)

    def opened(file: Any, mode: str = "r", *rest: Any, **more: Any) -> Any:
        if not set(mode) & set("wxa+") or isinstance(file, int):
            return really_open(file, mode, *rest, **more)
        faults.step("open")
        assert "b" in mode or "+" not in mode
        low = mode.replace("b", "").replace("t", "")
        raw = File(file, low, opener=more.get("opener"))
        made = io.BufferedRandom(raw) if "+" in mode else io.BufferedWriter(raw)
        return made if "b" in mode else io.TextIOWrapper(made, encoding="utf-8")

    def opened_low(path: Any, flags: int, *rest: Any, **more: Any) -> int:
        if flags & os.O_CREAT:
            faults.step("open")
        return os_open(path, flags, *rest, **more)

    def faulty(name: str) -> Any:
        call = getattr(os, name)

        def wrapped(*arguments: Any, **more: Any) -> Any:
            faults.step(name)
            return call(*arguments, **more)

        return patch.object(os, name, wrapped)

    patches: list[Any] = [patch.object(io, "open", opened), patch.object(builtins, "open", opened)]
    patches += [patch.object(os, "open", opened_low), *map(faulty, _CALLS)]
    for each in patches:
        each.start()
    try:
        yield faults
    finally:
        for each in reversed(patches):
            each.stop()
