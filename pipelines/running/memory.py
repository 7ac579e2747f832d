"""How much memory a run takes, and an error if it asks for more than the machine has."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIMIT_OF_A_CONTAINER = Path("/sys/fs/cgroup/memory.max")


@contextmanager
def within_memory() -> Iterator[None]:
    """Make allocations beyond the machine's memory fail with MemoryError, where the system can.

    Linux grants more memory than there is, and kills some process when all of it is used. A spec
    from outside could ask for that much. Mapped files do not count, because the system can drop
    their pages.
    """
    try:
        import resource

        n_pages = int(Path("/proc/self/statm").read_text().split()[5])
        most = os.sysconf("SC_PAGE_SIZE") * n_pages + _there_is()
        soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    except (ImportError, OSError, ValueError):  # not Linux
        yield
        return
    narrower = soft == resource.RLIM_INFINITY or most < soft
    try:
        if narrower:
            resource.setrlimit(resource.RLIMIT_DATA, (most, hard))
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, (soft, hard))


def peak_memory_bytes() -> int:
    """Return the most memory that this process ever held, the mapped files that it read included.

    0 where the system does not say.
    """
    try:
        # On Linux `getrusage` would begin with the peak of the process that started this one.
        status = Path("/proc/self/status").read_text().splitlines()
        return next(1024 * int(line.split()[1]) for line in status if line.startswith("VmHWM:"))
    except (OSError, StopIteration):
        pass
    try:
        import resource
    except ImportError:
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak if sys.platform == "darwin" else peak * 1024


def _there_is() -> int:
    """Return the bytes of memory of this machine, or of this container if that has less."""
    n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(n_bytes, int(_LIMIT_OF_A_CONTAINER.read_text()))
    except (OSError, ValueError):
        return n_bytes
