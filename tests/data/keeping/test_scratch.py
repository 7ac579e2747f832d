from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from data.keeping.scratch import scratch_array

ROWS = np.arange(12, dtype=np.float32).reshape(6, 2)


@pytest.mark.parametrize("has_room", [True, False])
def test_rows_lie_in_a_file_if_there_is_room_for_them(
    has_room: bool, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PRECONV_CACHE", str(tmp_path / "cache"))
    usage = SimpleNamespace(free=10**9 if has_room else 10)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage)
    made = scratch_array(iter([ROWS[:4], ROWS[4:]]), (6, 2), np.float32)
    assert np.array_equal(made, ROWS)
    assert isinstance(made.base, np.memmap) == has_room
    assert not made.flags.writeable
    assert not [*(tmp_path / "cache").glob("*")], "its file has no name"
