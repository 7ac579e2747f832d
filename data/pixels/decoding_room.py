"""Of large images only as many are decoded at a time as memory has room for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from threading import Condition

from data.system.memory import memory_bytes

_BYTES_A_PIXEL = 24
"""Grey of 32 bits takes most: its values twice, and two arrays of float64."""

_SMALL_BYTES = 1 << 24
_PART = 4
"""Images that are being decoded take at most the fourth part of memory, or are one."""

_free = Condition()
_taken = 0


@contextmanager
def room_for(n_pixels: int) -> Iterator[None]:
    """Wait until an image of so many pixels can be decoded beside those of the other threads.

    Threads of one process wait for each other. Other processes decode only where files are many
    and small.

    Examples
    --------
    >>> with room_for(32 * 32):
    ...     pass
    """
    global _taken
    n_bytes = _BYTES_A_PIXEL * n_pixels
    if n_bytes <= _SMALL_BYTES:
        yield
        return
    most = memory_bytes() // _PART
    with _free:
        _free.wait_for(lambda: not _taken or _taken + n_bytes <= most)
        _taken += n_bytes
    try:
        yield
    finally:
        with _free:
            _taken -= n_bytes
            _free.notify_all()
