"""What every test and every docstring shares: a cache folder and surroundings of its own."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from pathlib import Path

import pytest

_OF_THE_SHELL = (
    "PRECONV_CACHE_GIB",
    "PRECONV_MEMORY_GIB",
    "PRECONV_OFFLINE",
    "PRECONV_TRACEBACK",
    "DASK_SCHEDULER_ADDRESS",
    "FORCE_COLOR",
)


@pytest.fixture(scope="session")
def cache_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet: to make one for each test takes longer than most tests."""
    parent = tmp_path_factory.mktemp("caches")
    return (parent / str(number) for number in count())


@pytest.fixture(autouse=True)
def surroundings_of_its_own(cache_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache, or does as the user's shell says."""
    monkeypatch.setenv("PRECONV_CACHE", str(next(cache_folders)))
    for name in _OF_THE_SHELL:
        monkeypatch.delenv(name, raising=False)
    for name in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(name, "127.0.0.1,localhost")
