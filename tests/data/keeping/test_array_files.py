from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from data.keeping.array_files import (
    begin_array,
    check_room,
    read_array,
    write_array,
    write_rows,
)


@pytest.mark.parametrize("shape", [(5,), (5, 3), (5, 2, 3)])
def test_rows_written_in_any_order_are_the_array(tmp_path: Path, shape: tuple[int, ...]) -> None:
    array = np.random.default_rng(0).normal(size=shape).astype(np.float32)
    begin_array(tmp_path / "a.npy", shape, np.float32)
    for first in (3, 0):
        write_rows(tmp_path / "a.npy", first, array[first : first + 3])
    found = read_array(tmp_path / "a.npy")
    assert found.dtype == np.float32
    assert not found.flags.writeable
    assert np.array_equal(found, array)
    assert np.array_equal(np.load(tmp_path / "a.npy"), array)


def test_a_whole_array_comes_back(tmp_path: Path) -> None:
    images = np.arange(48, dtype=np.uint8).reshape(1, 4, 4, 3)
    write_array(tmp_path / "images.npy", images[:, ::-1])
    assert np.array_equal(read_array(tmp_path / "images.npy"), images[:, ::-1])


def test_a_disk_that_is_too_full_is_known_before_the_work(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=99))
    with pytest.raises(OSError, match="400 bytes are needed, 99 are free"):
        begin_array(tmp_path / "a.npy", (100,), np.float32)
    assert list(tmp_path.iterdir()) == []
    check_room(tmp_path, 99)
