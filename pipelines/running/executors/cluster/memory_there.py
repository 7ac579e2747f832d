"""The memory of a worker: what counts as such, and large tasks that do not meet on one machine.

Dask counts the pages of mapped files as memory of a worker. It would stop giving it tasks, or end
it, for pages that the system drops when it needs room. During a run it does not; the same limit
holds then for memory that no file backs, and what asks for more fails with that reason.

A run says again and again that it lasts. Where it does not any more, as after its process was
killed, workers count as before.
"""

from __future__ import annotations

import asyncio
import math
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import joblib

from data.system.claims import fcntl
from data.system.memory import memory_limit

_OF_WORKER = {
    "memory_target_fraction": False,
    "memory_spill_fraction": False,
    "memory_pause_fraction": False,
}
_OF_NANNY = {"memory_terminate_fraction": math.inf}

TIMES = 2
"""A fit takes about as much again as the matrices that it reads."""

SPARED_S = 600.0
"""So long a worker does not count mapped pages after a run has said that it lasts."""

_Runs = dict[str, asyncio.TimerHandle]
_before: dict[int, tuple[_Runs, dict[str, Any]]] = {}


def spare(run: str, dask_worker: Any, seconds: float = SPARED_S) -> None:
    """Let a worker, or its nanny, not count mapped pages as memory for a while, as a run lasts."""
    manager = dask_worker.memory_manager
    changes = _OF_NANNY if hasattr(manager, "memory_terminate_fraction") else _OF_WORKER
    found = {name: getattr(manager, name) for name in changes}
    runs, _ = _before.setdefault(id(manager), ({}, found))
    if run in runs:
        runs[run].cancel()
    loop = asyncio.get_running_loop()
    runs[run] = loop.call_later(seconds, count_again, run, dask_worker)
    for name, value in changes.items():
        setattr(manager, name, value)


def count_again(run: str, dask_worker: Any) -> None:
    """Let a worker, or its nanny, count as it did before the run."""
    manager = dask_worker.memory_manager
    runs, found = _before.get(id(manager), ({}, {}))
    if ends := runs.pop(run, None):
        ends.cancel()
    if not runs:
        _before.pop(id(manager), None)
        for name, value in found.items():
            setattr(manager, name, value)


def share_of(worker: Any) -> int:
    """Return how much memory a worker may take: what Dask says, or its part of the machine's."""
    limit = worker.memory_manager.memory_limit
    n_threads, n_cores = worker.state.nthreads, max(1, joblib.cpu_count())
    return int(limit or memory_limit().total * min(1.0, n_threads / n_cores))


def is_large(n_bytes: int, share: int) -> bool:
    """Return whether a task that reads so much may take more than the share of a worker.

    Examples
    --------
    >>> is_large(3, 8), is_large(5, 8)
    (False, True)
    """
    return TIMES * n_bytes > share


@contextmanager
def alone(run: str, *, large: bool) -> Iterator[None]:
    """Wait until no other worker of this machine runs a large task, if this one is large.

    The lock ends with its process. Where there are no locks, nobody waits.
    """
    if not large or fcntl is None:
        yield
        return
    flags = os.O_RDWR | os.O_CREAT | getattr(os, "O_NOFOLLOW", 0)
    descriptor = os.open(lock_file(run), flags, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def forget(run: str) -> None:
    """Remove what the large tasks of a run were locked with."""
    with suppress(OSError):
        lock_file(run).unlink(missing_ok=True)


def lock_file(run: str) -> Path:
    """Return the file that the workers of a machine lock."""
    return Path(tempfile.gettempdir()) / f"{run}.lock"
