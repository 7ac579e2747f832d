"""How much memory a run takes, and an error if it asks for more than there is."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from data.errors import as_one_line
from data.system.memory import gib, memory_limit
from data.system.threads import n_threads

_LIMIT_OF_A_CONTAINER = Path("/sys/fs/cgroup/memory.max")
_STATUS = Path("/proc/self/status")

_EVERY_S = 0.05

_SIDE, _TOGETHER_S = 512, 2.0

_watching = threading.Lock()
_seen = [0]


@contextmanager
def within_memory(limit_bytes: int = 0) -> Iterator[bool]:
    """Make allocations beyond the machine's memory fail with MemoryError, where the system can.

    Linux grants more memory than there is, and kills some process when all of it is used. A spec
    from outside could ask for that much. Mapped files do not count, because the system can drop
    their pages. `limit_bytes` may be a narrower limit; whether it is the one that holds is yielded.
    """
    try:
        import resource

        n_pages = int(Path("/proc/self/statm").read_text().split()[5])
        there_is = _there_is()
        most = os.sysconf("SC_PAGE_SIZE") * n_pages + min(there_is, limit_bytes or sys.maxsize)
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    except (ImportError, OSError, ValueError):  # not Linux
        yield False
        return
    narrower = soft == resource.RLIM_INFINITY or most < soft
    try:
        if narrower:
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
        yield narrower and 0 < limit_bytes < there_is
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def peak_memory_bytes() -> int:
    """Return the most memory that this process ever held, the mapped files that it read included.

    0 where the system does not say.
    """
    try:
        # On Linux `getrusage` would begin with the peak of the process that started this one.
        return _of_status("VmHWM")
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


@contextmanager
def watched_memory() -> Iterator[None]:
    """Watch how much memory this process holds that no file backs, for `peak_anonymous_bytes`.

    The system keeps a peak of all resident memory only, in which pages of mapped files count.
    """
    if not _watching.acquire(blocking=False):
        yield  # somebody watches already
        return
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_EVERY_S):
            _look()

    watcher = threading.Thread(target=watch, daemon=True)
    _seen[0] = 0
    try:
        watcher.start()
        yield
    finally:
        over.set()
        with suppress(RuntimeError):  # there was no memory to start it
            watcher.join()
        _watching.release()


def hold_buffers() -> None:
    """Let BLAS take its buffers while there is memory: later it would end the process without any.

    OpenBLAS keeps a buffer for each thread that multiplies at the same time as others.
    """
    import numpy as np
    from scipy.linalg.blas import sgemm

    together = threading.Barrier(n_threads(None))
    square = np.ones((_SIDE, _SIDE), np.float32)

    def multiply() -> None:
        for product in (np.matmul, lambda a, b: sgemm(1.0, a, b)):
            with suppress(threading.BrokenBarrierError):
                together.wait(_TOGETHER_S)
            product(square, square)

    others = [threading.Thread(target=multiply, daemon=True) for _ in range(together.parties)]
    for other in others:
        other.start()
    for other in others:
        other.join()


def anonymous_bytes() -> int:
    """Return how much memory this process holds that no file backs; 0 if nobody says."""
    with suppress(OSError, StopIteration):
        return _of_status("RssAnon")
    return 0


def peak_anonymous_bytes() -> int:
    """Return the most memory that no file backs and that was seen since `watched_memory` began.

    It is looked at twenty times a second. 0 where the system does not say.
    """
    _look()
    return _seen[0]


def error_text(error: BaseException, worker_bytes: int = 0) -> str:
    """Return an error on one line; of too little memory with what there is, and the way out.

    What is left at that moment is not said: a report holds this line, and does not change.
    `worker_bytes` is what Dask allows the worker, if that is the limit that holds.
    """
    if not is_memory_short(error):
        return as_one_line(error)
    limit = memory_limit()
    asked = " ".join(str(error).split()) or "an allocation failed"
    if worker_bytes and limit.what == "RLIMIT_DATA":  # which `within_memory` has set
        return (
            f"MemoryError: {asked}; Dask allows its worker {gib(worker_bytes)}: start fewer "
            "workers with more memory each (dask worker --memory-limit, or memory_limit of the "
            "cluster in Python), or take fewer images (--limit) or fewer columns"
        )
    return (
        f"MemoryError: {asked}; {limit.what} allows {gib(limit.total)} in all: raise that, or take "
        "fewer images (--limit), fewer columns or fewer --workers"
    )


def is_memory_short(error: BaseException) -> bool:
    """Return whether an error says that there is too little memory, if only for a thread."""
    return isinstance(error, MemoryError) or (
        isinstance(error, RuntimeError) and "can't start new thread" in str(error)
    )


def _look() -> None:
    _seen[0] = max(_seen[0], anonymous_bytes())


def _of_status(name: str) -> int:
    lines = _STATUS.read_text().splitlines()
    return next(1024 * int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


def _there_is() -> int:
    """Return the bytes of memory of this machine, or of this container if that has less."""
    n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(n_bytes, int(_LIMIT_OF_A_CONTAINER.read_text()))
    except (OSError, ValueError):
        return n_bytes
