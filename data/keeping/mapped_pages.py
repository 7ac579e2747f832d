"""Mapped files that are read from end to end do not fill the memory with their pages.

A page of a mapped file stays with the process that read it until the system wants the memory for
something else. So a process that reads a file of 14 GB seems to take 14 GB.
"""

from __future__ import annotations

import mmap
import os
import threading
import weakref
from contextlib import suppress
from pathlib import Path
from time import sleep

import numpy as np

MOST_BYTES = 4 << 30
"""When more than this of mapped files is in memory, their pages are let go."""

_LARGE = 1 << 28
_EVERY_S = 0.2
_STATUS = Path("/proc/self/statm")
_maps: weakref.WeakSet[mmap.mmap] = weakref.WeakSet()
_lock = threading.Lock()
_watchers: list[threading.Thread] = []


def let_go_in_time(array: np.memmap) -> np.memmap:
    """Return an array that is mapped to be read; a thread lets go of its pages in time.

    What is read again comes from the system's cache of the file, or from the disk. The thread ends
    when no large array is mapped any more.

    Parameters
    ----------
    array : memmap
        Read-only.

    Returns
    -------
    memmap
        The same array.

    Raises
    ------
    ValueError
        If it can be written to: what was written might be lost.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "numbers.npy"
    >>> np.save(path, np.arange(3))
    >>> let_go_in_time(np.load(path, mmap_mode="r"))
    memmap([0, 1, 2])
    """
    if array.flags.writeable:
        raise ValueError("only a map that is read-only can be let go of, got a writable one")
    held = getattr(array, "_mmap", None)
    if isinstance(held, mmap.mmap) and array.nbytes >= _LARGE and _is_known():
        with _lock:
            _maps.add(held)
            if not _watchers:
                watcher = threading.Thread(target=_watch, name="mapped pages", daemon=True)
                _watchers.append(watcher)
                watcher.start()
    return array


def mapped_bytes() -> int:
    """Return how many bytes of mapped files are in this process's memory; 0 if it is not known.

    Returns
    -------
    int

    Examples
    --------
    >>> mapped_bytes() >= 0
    True
    """
    try:
        return int(_STATUS.read_text().split()[2]) * mmap.PAGESIZE
    except (OSError, ValueError, IndexError):
        return 0


def let_go() -> None:
    """Let go of the pages of all mapped arrays that are watched; each is read again when needed.

    Examples
    --------
    >>> let_go()
    """
    with _lock:
        held = list(_maps)
    for each in held:
        with suppress(OSError, ValueError):  # the system refuses, or the map was closed meanwhile
            each.madvise(mmap.MADV_DONTNEED)


def _watch() -> None:
    while True:
        sleep(_EVERY_S)
        with _lock:
            if not _maps:
                _watchers.clear()
                return
        if mapped_bytes() > MOST_BYTES:
            let_go()


def _is_known() -> bool:
    return hasattr(mmap, "MADV_DONTNEED") and mapped_bytes() > 0


def _after_fork() -> None:
    """Begin anew in a process that was forked: it has the maps, but not the thread."""
    global _lock
    _lock = threading.Lock()
    _watchers.clear()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_after_fork)
