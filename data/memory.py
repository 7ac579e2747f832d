"""What is larger than a part of the memory goes to disk; so the memory is known in one place."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from data.errors import CacheError
from data.memory_left import limit_of_process

_SHARE = 4
_GROUPS = Path("/sys/fs/cgroup")
_OF_THIS_PROCESS = Path("/proc/self/cgroup")


def memory_bytes() -> int:
    """Return the bytes of memory that this process may count on.

    It is the least of: the memory of the machine, the limits of the control groups that the process
    is in, as a container sets them, the limits of the process (`RLIMIT_DATA` and `RLIMIT_AS`), and
    `$PRECONV_MEMORY_GIB`. Where nothing of it is known it is `sys.maxsize`.

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
    of_process = limit_of_process() or sys.maxsize
    return min([of_process, *_of_machine(), *_of_groups(), *_of_user()])


def is_large(n_bytes: int) -> bool:
    """Return whether an array is so large, over a quarter of the memory, that it goes to a file."""
    # Most arrays are small, and to ask the system takes longer than to make one.
    return n_bytes > _least_that_can_be_large() and n_bytes > memory_bytes() // _SHARE


def _least_that_can_be_large() -> int:
    return 0 if os.environ.get("PRECONV_MEMORY_GIB", "").strip() else 1 << 24


def _of_machine() -> Iterator[int]:
    try:
        yield os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    except (AttributeError, OSError, ValueError):  # not a system of this kind
        return


def _of_groups() -> Iterator[int]:
    """Yield the limits of the control groups, of version 2 and 1, from the inner to the outer.

    A process that is no container of its own has limits in groups below the root.
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
        for each in (inner, *inner.parents):
            try:
                yield int((home / each / file).read_text())
            except (OSError, ValueError):  # not there, or "max"
                continue


def _of_user() -> Iterator[int]:
    text = os.environ.get("PRECONV_MEMORY_GIB", "").strip()
    if not text:
        return
    try:
        n_bytes = float(text) * 2**30
    except ValueError:
        n_bytes = -1.0
    if not 0 < n_bytes < float("inf"):
        raise CacheError(f"PRECONV_MEMORY_GIB must be a number of GiB, above 0, got {text!r}")
    yield int(n_bytes)
