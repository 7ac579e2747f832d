from __future__ import annotations

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from data.pixels import decoding_room
from data.pixels.decoding_room import room_for

LARGE = 1 << 22
"""Pixels; they take 96 MiB while they are decoded."""


OF_ONE = decoding_room._BYTES_A_PIXEL * LARGE


@pytest.mark.parametrize(("total", "most"), [(1, 1), (2 * 4 * OF_ONE, 2)])
def test_only_as_many_as_there_is_room_for(
    total: int, most: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(decoding_room, "memory_bytes", lambda: total)
    lock, inside, seen = threading.Lock(), 0, []
    full = threading.Barrier(most)

    def decode(_: int) -> None:
        nonlocal inside
        with room_for(LARGE):
            with lock:
                inside += 1
                seen.append(inside)
            full.wait(timeout=20)  # as many as fit are inside at the same time
            time.sleep(0.02)  # time for one more to come in, if it were let in
            with lock:
                inside -= 1

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(decode, range(8)))
    assert max(seen) == most


def test_small_ones_do_not_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_room, "memory_bytes", lambda: 1)
    with room_for(LARGE), room_for(256 * 256):
        pass


def test_what_fails_leaves_its_room(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(decoding_room, "memory_bytes", lambda: 1)
    for _ in range(2):
        with pytest.raises(OSError, match="broken"), room_for(LARGE):
            raise OSError("broken")
