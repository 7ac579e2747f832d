"""A lock says that the process that is writing a file still lives, whatever its number or machine.

A process number alone would not say it: another process may have got the number since, and a
machine or a container that shares the disk has numbers of its own. A lock ends with its process.
"""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import Any

# Windows has none of it, but there a file that is open cannot be removed anyway.
fcntl: Any = import_module("fcntl") if find_spec("fcntl") else None

_HELD = (errno.EWOULDBLOCK, errno.EACCES)
_TRIES = 100


def claim(path: Path) -> int | None:
    """Make a new file that is locked until its descriptor is closed, and return the descriptor.

    Parameters
    ----------
    path : Path
        Of a file that does not exist.

    Returns
    -------
    int or None
        None where the system or the disk has no such locks.

    Raises
    ------
    OSError
        If the file cannot be made.
    """
    for _ in range(_TRIES):
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o666)
        if not _is_locked(descriptor):
            os.close(descriptor)
            return None
        if os.fstat(descriptor).st_nlink:
            return descriptor
        os.close(descriptor)  # somebody took it for abandoned before it was locked
    raise FileNotFoundError(errno.ENOENT, "is removed again and again", str(path))


@contextmanager
def taken_over(path: Path) -> Iterator[bool | None]:
    """Say whether the process that claimed a file is no more; if so, nobody else can claim it here.

    It is None where that cannot be told: it is no file, this process may not open it, or there
    are no locks.
    """
    try:
        # A pipe or a link in its place must neither hold this process up nor lead it elsewhere.
        flags = os.O_RDWR | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)
        descriptor = os.open(path, flags)
    except OSError:
        yield None
        return
    try:
        yield lock_at_once(descriptor) if stat.S_ISREG(os.fstat(descriptor).st_mode) else None
    finally:
        os.close(descriptor)


@contextmanager
def only_here(folder: Path) -> Iterator[bool]:
    """Say whether this block alone works in a folder; if so, others hear False until it ends.

    The folder itself is locked, so nothing is left there. It is always True where the system or the
    disk has no such locks.
    """
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        yield True
        return
    try:
        yield lock_at_once(descriptor) is not False
    finally:
        if fcntl is not None:
            with suppress(OSError):  # a process that was forked meanwhile has it open, too
                fcntl.flock(descriptor, fcntl.LOCK_UN)
        os.close(descriptor)


def lock_at_once(descriptor: int) -> bool | None:
    """Lock an open file, if nobody else holds it; return whether it is locked from here on.

    It is None where there are no such locks.
    """
    if fcntl is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        return False if error.errno in _HELD else None
    return True


def is_running(pid: int) -> bool:
    """Return whether this machine has a process of that number."""
    if os.name == "nt":  # where this question would end the process
        return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is somebody else's
        return True
    return True


def _is_locked(descriptor: int) -> bool:
    if fcntl is None:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError:
        return False
    return True
