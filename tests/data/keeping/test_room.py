"""Room for arrays: in memory, or in a file, with the same content."""

from __future__ import annotations

import os
import shutil
import time
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pytest

from data.errors import DataError
from data.keeping.cache import RunCache
from data.keeping.frozen import holder_of, is_frozen
from data.keeping.room import Room, scratch
from data.keeping.row_sets import contiguous, copied, joined, taken
from data.system.cache_folder import cache_folder

VALUES = np.arange(60, dtype=np.uint8).reshape(10, 2, 3)


@pytest.fixture(params=["memory", "file"])
def place(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    if request.param == "file":
        monkeypatch.setenv("PRECONV_MEMORY_GIB", "1e-8")
    return str(request.param)


@pytest.fixture
def in_file(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECONV_MEMORY_GIB", "1e-8")


def files() -> list[Path]:
    return [path for path in cache_folder().rglob("*") if path.is_file()]


def test_rows_come_in_any_order(place: str) -> None:
    room = Room(VALUES.shape)
    room[4:8] = VALUES[4:8]
    room[[9, 0, 1, 3]] = VALUES[[9, 0, 1, 3]]
    room[np.array([2, 8])] = VALUES[[2, 8]]
    found = room.array()
    assert np.array_equal(found, VALUES)
    assert isinstance(holder_of(found), np.memmap) == (place == "file")
    assert is_frozen(found) == (place == "file")
    assert files() == []  # a map stays after its file is gone


def test_one_channel_fills_three(place: str) -> None:
    room = Room((10, 2, 3))
    room[0:5] = VALUES[:5, :, :1]
    room[[9, 8, 7, 6, 5]] = VALUES[[9, 8, 7, 6, 5], :, :1]
    assert np.array_equal(room.array(), VALUES[:, :, [0, 0, 0]])


def test_parts_that_lie_together_are_joined_without_a_copy(place: str) -> None:
    room = Room(VALUES.shape)
    room[:] = VALUES
    whole = room.array()
    whole.setflags(write=False)
    parts = [whole[:3], whole[3:3], whole[3:7], whole[7:]]
    assert np.shares_memory(joined(parts), whole)
    assert np.array_equal(joined(parts), VALUES)
    assert is_frozen(joined(parts))
    assert np.shares_memory(joined(parts[2:]), whole)
    apart = [parts[2], parts[0]]
    assert not np.shares_memory(joined(apart), whole)
    assert np.array_equal(joined(apart), np.concatenate(apart))


def test_arrays_that_can_be_edited_are_joined_by_a_copy() -> None:
    whole = VALUES.copy()
    assert not np.shares_memory(joined([whole[:3], whole[3:]]), whole)


def test_what_is_taken_or_copied_is_the_same_in_a_file(place: str) -> None:
    rows = np.array([3, 3, 9, 0])
    for found, expected in (
        (taken(VALUES, rows), VALUES[rows]),
        (copied(VALUES), VALUES),
        (contiguous(VALUES.transpose(0, 2, 1)), VALUES.transpose(0, 2, 1)),
    ):
        assert np.array_equal(found, expected)
        assert found.flags.c_contiguous
        assert isinstance(holder_of(found), np.memmap) == (place == "file")


def test_files_of_a_block_stay_until_it_ends(in_file: None) -> None:
    with scratch() as made:
        room = Room(VALUES.shape)
        room[:] = VALUES
        found = room.array()
        assert made.file_of(holder_of(found)) in files()
    assert files() == []
    assert np.array_equal(found, VALUES)


def test_room_that_takes_hours_to_fill_is_not_abandoned(
    in_file: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("data.keeping.room._TOUCH_S", -1.0)
    monkeypatch.setattr("data.keeping.cache.remove_abandoned", lambda _: None)  # no locks there
    room = Room(VALUES.shape)
    assert room.path is not None
    for row, values in enumerate(VALUES):
        os.utime(room.path.parent, (time.time() - 4000,) * 2)
        room[row : row + 1] = values[None]
        RunCache().sweep()
    assert np.array_equal(room.array(), VALUES)


def test_room_that_is_given_up_leaves_nothing(in_file: None) -> None:
    Room((9,)).discard()
    room = Room((9,))
    del room
    assert files() == []


class Disk(NamedTuple):
    free: int


def test_what_cannot_be_held_is_said_before_it_starts(
    in_file: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRECONV_CACHE_GIB", "1")
    with pytest.raises(
        DataError, match=r"pets take 2,147,483,648 bytes \(2 GiB\).*GIB=2.1 or more"
    ):
        Room((2048, 1 << 20), what="pets")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Disk(5))
    with pytest.raises(
        DataError, match=r"pets take 9 bytes .*has 5 bytes free.*PRECONV_CACHE to a"
    ):
        Room((9,), what="pets")
    assert files() == []


def test_a_disk_that_is_full_on_the_way_is_named(
    in_file: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Full:
        def __getattr__(self, _: str) -> Any:
            raise OSError(28, "No space left on device")

    room = Room((9,), what="pets")
    monkeypatch.setattr(room, "_file", Full())
    with pytest.raises(DataError, match=r"pets cannot be written to the cache: .*No space left"):
        room[0:9] = np.zeros(9, np.uint8)
