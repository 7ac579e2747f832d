"""A run that asks for more memory than there is gets an error, and the machine lives on."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_LIMIT_OF_A_CONTAINER = Path("/sys/fs/cgroup/memory.max")


@contextmanager
def within_memory() -> Iterator[None]:
    """Let allocations beyond the machine's memory fail with MemoryError, where the system can.

    Linux promises memory that it does not have, and ends some process when all of it is used:
    what a spec from outside asks for must not decide which. Mapped files do not count: their
    pages can go.
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


def _there_is() -> int:
    """Return the bytes of memory of this machine, or of this container if that has less."""
    n_bytes = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    try:
        return min(n_bytes, int(_LIMIT_OF_A_CONTAINER.read_text()))
    except (OSError, ValueError):
        return n_bytes
