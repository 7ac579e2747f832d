"""How much memory may still be taken that no file backs, and what sets that limit."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

_GROUP = Path("/sys/fs/cgroup")
_UNLIMITED = 1 << 60


@dataclass(frozen=True)
class MemoryLimit:
    """What may be taken, and why no more.

    Parameters
    ----------
    left : int
        Bytes that may still be taken.
    total : int
        Bytes in all, those that are taken already included.
    what : str
        What sets the limit: "RLIMIT_DATA" for example.
    """

    left: int
    total: int
    what: str


def memory_limit() -> MemoryLimit:
    """Return the narrowest limit on memory that no file backs.

    It is the memory that the machine has available, or the limit of the container (cgroup), of
    RLIMIT_DATA or of RLIMIT_AS, whichever leaves least. Mapped files are not counted, because the
    system can drop their pages; only RLIMIT_AS counts them. Where the system does not say, there is
    no limit.

    Returns
    -------
    MemoryLimit
        The bytes that are left, the bytes in all, and the name of the limit.

    Examples
    --------
    >>> memory_limit().left > 0
    True
    """
    return min(_limits(), key=lambda each: each.left)


def limit_of_process() -> int | None:
    """Return the bytes in all that this process or its container may take; None for any number.

    Returns
    -------
    int or None
        The memory of the machine is no such limit.
    """
    limited = [each.total for each in [*_of_container(), *_of_process()]]
    return min(limited) if limited else None


def memory_left() -> int:
    """Return the bytes of memory that may still be taken and that no file backs.

    Returns
    -------
    int
        As `memory_limit` has them.
    """
    return memory_limit().left


def _limits() -> list[MemoryLimit]:
    found = [MemoryLimit(_UNLIMITED, _UNLIMITED, "the machine")]
    machine = _table("/proc/meminfo")
    if "MemAvailable" in machine:
        found.append(
            MemoryLimit(machine["MemAvailable"], machine.get("MemTotal", 0), "the machine")
        )
    return [*found, *_of_container(), *_of_process()]


def _of_process() -> list[MemoryLimit]:
    own, found = _table("/proc/self/status"), []
    for name, taken in (("RLIMIT_DATA", own.get("VmData", 0)), ("RLIMIT_AS", own.get("VmSize", 0))):
        limit = _soft_limit(name)
        if limit is not None:
            found.append(MemoryLimit(max(0, limit - taken), limit, name))
    return found


def _of_container() -> list[MemoryLimit]:
    try:
        limit = int((_GROUP / "memory.max").read_text())
        lines = (_GROUP / "memory.stat").read_text().splitlines()
    except (OSError, ValueError):  # there is none, or it is "max"
        return []
    # Pages of files are given back when memory is short.
    taken = sum(int(line.split()[1]) for line in lines if line.split()[0] in ("anon", "kernel"))
    return [MemoryLimit(max(0, limit - taken), limit, "the container (memory.max)")]


def _soft_limit(name: str) -> int | None:
    if sys.platform == "win32" or os.name != "posix":
        return None
    import resource

    soft = resource.getrlimit(getattr(resource, name))[0]
    return None if soft == resource.RLIM_INFINITY else int(soft)


def _table(path: str) -> dict[str, int]:
    """Return the lines of a file such as `VmData:  12 kB`, in bytes."""
    try:
        lines = [line.split() for line in Path(path).read_text().splitlines()]
    except OSError:
        return {}
    return {
        words[0].rstrip(":"): 1024 * int(words[1])
        for words in lines
        if len(words) == 3 and words[2] == "kB"
    }
