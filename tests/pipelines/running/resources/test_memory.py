from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from pipelines.running.resources import memory


@pytest.mark.skipif(sys.platform != "linux", reason="other systems say no by themselves")
def test_more_than_there_is_fails_and_is_had_again_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(memory, "_there_is", lambda: 2**28)
    before = resource.getrlimit(resource.RLIMIT_DATA)
    with memory.within_memory():
        np.empty(2**20, np.uint8)
        with pytest.raises(MemoryError):
            np.empty(2**29, np.uint8)
    assert resource.getrlimit(resource.RLIMIT_DATA) == before
    assert np.empty(2**29, np.uint8).nbytes == 2**29


@pytest.mark.skipif(sys.platform != "linux", reason="other systems say no by themselves")
def test_a_mapped_file_takes_no_memory(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(memory, "_there_is", lambda: 2**28)
    path = tmp_path / "sparse"
    with path.open("wb") as file:
        file.truncate(2**30)
    with memory.within_memory():
        assert np.memmap(path, np.uint8, "r").size == 2**30


@pytest.mark.skipif(sys.platform != "linux", reason="other systems say no by themselves")
def test_the_limit_of_a_worker_is_named_where_it_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_there_is", lambda: 2**29)
    with memory.within_memory(2**60) as is_narrowed:
        assert not is_narrowed
    with memory.within_memory(2**28) as is_narrowed:
        assert is_narrowed
        with pytest.raises(MemoryError) as raised:
            np.empty(2**28 + 2**27, np.uint8)
        text = memory.error_text(raised.value, 2**28)
        assert "RLIMIT_DATA" in memory.error_text(raised.value)
    assert "Dask allows its worker 0.25 GiB: start fewer workers with more" in text
    assert "--memory-limit" in text
    assert "RLIMIT_DATA" not in text


def test_a_narrower_limit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(memory, "_there_is", lambda: 2**60)
    before = resource.getrlimit(resource.RLIMIT_DATA)
    narrow = 2**45 if before[0] == resource.RLIM_INFINITY else before[0]
    resource.setrlimit(resource.RLIMIT_DATA, (narrow, before[1]))
    try:
        with memory.within_memory():
            assert resource.getrlimit(resource.RLIMIT_DATA)[0] == narrow
    finally:
        resource.setrlimit(resource.RLIMIT_DATA, before)
