"""Pages of mapped files are let go of, and read again as they were."""

from __future__ import annotations

import mmap
from pathlib import Path
from time import monotonic, sleep
from typing import Any

import numpy as np
import pytest

from data.keeping import mapped_pages
from data.keeping.array_files import read_array
from data.keeping.mapped_pages import let_go_in_time, mapped_bytes

needs_linux = pytest.mark.skipif(
    mapped_bytes() == 0 or not hasattr(mmap, "MADV_DONTNEED"), reason="the system does not say"
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "numbers.npy"
    np.save(path, np.arange(1 << 20, dtype=np.float64))
    return path


@needs_linux
def test_the_pages_of_what_was_read_go_and_come_back(
    file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mapped_pages, "_LARGE", 0)
    monkeypatch.setattr(mapped_pages, "_EVERY_S", 0.01)
    array = read_array(file)
    total = array.sum()
    before = mapped_bytes()
    monkeypatch.setattr(mapped_pages, "MOST_BYTES", 0)
    started = monotonic()
    while mapped_bytes() > before - 6_000_000:
        assert monotonic() < started + 10
        sleep(0.01)
    assert array.sum() == total
    assert array[12345] == 12345
    del array
    while mapped_pages._watchers:
        assert monotonic() < started + 20
        sleep(0.01)


def test_small_arrays_are_not_watched(file: Path) -> None:
    array = read_array(file)
    assert not mapped_pages._maps
    assert array[-1] == len(array) - 1


@pytest.mark.parametrize("mode", ["c", "r+"])
def test_what_can_be_written_to_is_refused(file: Path, mode: Any) -> None:
    with pytest.raises(ValueError, match="only a map that is read-only"):
        let_go_in_time(np.load(file, mmap_mode=mode))
