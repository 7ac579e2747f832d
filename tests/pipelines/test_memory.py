from __future__ import annotations

import sys

import numpy as np
import pytest

from pipelines import memory


@pytest.mark.skipif(sys.platform != "linux", reason="other systems say no by themselves")
def test_more_than_there_is_fails_and_is_had_again_afterwards(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(memory, "_there_is", lambda: 2**28)
    before = resource.getrlimit(resource.RLIMIT_AS)
    with memory.within_memory():
        np.empty(2**20, np.uint8)
        with pytest.raises(MemoryError):
            np.empty(2**29, np.uint8)
    assert resource.getrlimit(resource.RLIMIT_AS) == before
    assert np.empty(2**29, np.uint8).nbytes == 2**29


def test_a_narrower_limit_stays(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    monkeypatch.setattr(memory, "_there_is", lambda: 2**60)
    before = resource.getrlimit(resource.RLIMIT_AS)
    narrow = 2**45 if before[0] == resource.RLIM_INFINITY else before[0]
    resource.setrlimit(resource.RLIMIT_AS, (narrow, before[1]))
    try:
        with memory.within_memory():
            assert resource.getrlimit(resource.RLIMIT_AS)[0] == narrow
    finally:
        resource.setrlimit(resource.RLIMIT_AS, before)
