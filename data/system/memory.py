"""How much memory there is, and how much may still be taken: whatever limits it, in one place.

What is larger than a part of the memory goes to disk, and what cannot fit is refused before it
starts.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from data.errors import CacheError

_SHARE = 4
_GROUPS = Path("/sys/fs/cgroup")
_OF_THIS_PROCESS = Path("/proc/self/cgroup")
_NO_LIMIT = 1 << 60
_MACHINE = "the machine"


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


def memory_bytes() -> int:
    """Return the bytes of memory that this process may count on, those that it has included.

    It is the least of: the memory of the machine, the limits of the control groups that the process
    is in, as a container sets them, the limits of the process (`RLIMIT_DATA` and `RLIMIT_AS`), and
    `$PRECONV_MEMORY_GIB`. Where nothing of it is known it is more than any machine has.

    Raises
    ------
    CacheError
        If `$PRECONV_MEMORY_GIB` is no number of GiB.

    Examples
    --------
    >>> from unittest.mock import patch
    >>> with patch.dict("os.environ", PRECONV_MEMORY_GIB="0.5"):
    ...     memory_bytes() <= 2**29
    True
    """
    return min(each.total for each in _limits())


def memory_limit() -> MemoryLimit:
    """Return the limit that leaves least of the memory that no file backs.

    The limits are those of `memory_bytes`. Mapped files are not counted, because the system can
    drop their pages; only RLIMIT_AS counts them.

    Returns
    -------
    MemoryLimit
        The bytes that are left, the bytes in all, and the name of the limit.

    Raises
    ------
    CacheError
        As `memory_bytes`.

    Examples
    --------
    >>> memory_limit().left > 0
    True
    """
    return min(_limits(), key=lambda each: each.left)


def memory_left() -> int:
    """Return the bytes of memory that may still be taken and that no file backs.

    Returns
    -------
    int
        As `memory_limit` has them.
    """
    return memory_limit().left


def limit_of_process() -> int | None:
    """Return the bytes in all that a limit of this process leaves it; None for any number.

    Returns
    -------
    int or None
        The memory of the machine is no such limit.
    """
    return min((each.total for each in _limits() if each.what != _MACHINE), default=None)


def is_large(n_bytes: int) -> bool:
    """Return whether an array is so large, over a quarter of the memory, that it goes to a file."""
    # Most arrays are small, and to ask the system takes longer than to make one.
    return n_bytes > _least_that_can_be_large() and n_bytes > memory_bytes() // _SHARE


def gib(n_bytes: int) -> str:
    """Return a number of bytes in GiB, to three digits or whole.

    Examples
    --------
    >>> gib(3 << 29), gib(2000 << 30)
    ('1.5 GiB', '2,000 GiB')
    """
    n = n_bytes / 2**30
    return f"{n:,.0f} GiB" if n >= 100 else f"{n:.3g} GiB"


def _least_that_can_be_large() -> int:
    return 0 if os.environ.get("PRECONV_MEMORY_GIB", "").strip() else 1 << 24


def _limits() -> list[MemoryLimit]:
    return [*_of_machine(), *_of_groups(), *_of_process(), *_of_user()]


def _of_machine() -> Iterator[MemoryLimit]:
    there = _table("/proc/meminfo")
    if "MemAvailable" in there:
        yield MemoryLimit(there["MemAvailable"], there.get("MemTotal", _NO_LIMIT), _MACHINE)
        return
    total = _NO_LIMIT
    with suppress(AttributeError, OSError, ValueError):  # a system that does not say it
        total = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    yield MemoryLimit(total, total, _MACHINE)


def _of_groups() -> Iterator[MemoryLimit]:
    """Yield the limits of the control groups, of version 2 and 1, from the inner to the outer.

    A process that is in no container of its own has limits in groups below the root.
    """
    try:
        lines = _OF_THIS_PROCESS.read_text().splitlines()
    except OSError:
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, group = rest.partition(":")
        if controllers == "":
            home, file = _GROUPS, "memory.max"
        elif "memory" in controllers.split(","):
            home, file = _GROUPS / "memory", "memory.limit_in_bytes"
        else:
            continue
        inner = PurePosixPath(group.lstrip("/"))
        for each in dict.fromkeys((inner, *inner.parents)):
            try:
                total = int((home / each / file).read_text())
            except (OSError, ValueError):  # not there, or "max"
                continue
            if total >= _NO_LIMIT:  # so version 1 says "max"
                continue
            left = max(0, total - _taken_by_group(home / each))
            yield MemoryLimit(left, total, f"the container ({file})")


def _taken_by_group(group: Path) -> int:
    """Return what a control group has taken; pages of files are given back when memory is short."""
    try:
        lines = [line.split() for line in (group / "memory.stat").read_text().splitlines()]
        return sum(int(n) for name, n in lines if name in ("anon", "kernel", "rss"))
    except (OSError, ValueError):
        return 0


def _of_process() -> Iterator[MemoryLimit]:
    own = _table("/proc/self/status")
    for name, taken in (("RLIMIT_DATA", own.get("VmData", 0)), ("RLIMIT_AS", own.get("VmSize", 0))):
        limit = _soft_limit(name)
        if limit is not None:
            yield MemoryLimit(max(0, limit - taken), limit, name)


def _of_user() -> Iterator[MemoryLimit]:
    text = os.environ.get("PRECONV_MEMORY_GIB", "").strip()
    if not text:
        return
    try:
        n_bytes = float(text) * 2**30
    except ValueError:
        n_bytes = -1.0
    if not 0 < n_bytes < float("inf"):
        raise CacheError(f"PRECONV_MEMORY_GIB must be a number of GiB, above 0, got {text!r}")
    taken = _table("/proc/self/status").get("RssAnon", 0)
    yield MemoryLimit(max(0, int(n_bytes) - taken), int(n_bytes), "PRECONV_MEMORY_GIB")


def _soft_limit(name: str) -> int | None:
    if sys.platform == "win32":
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
