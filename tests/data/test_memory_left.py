from __future__ import annotations

import sys
from pathlib import Path

import pytest

from data import memory_left
from data.memory_left import memory_limit

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say")


@linux
@pytest.mark.parametrize("name", ["RLIMIT_DATA", "RLIMIT_AS"])
def test_a_limit_of_the_process_is_what_is_left_of_it(name: str) -> None:
    resource = pytest.importorskip("resource")
    which = getattr(resource, name)
    soft, hard = resource.getrlimit(which)
    limit = 2**33 if name == "RLIMIT_DATA" else 2**36
    try:
        resource.setrlimit(which, (limit, hard))
        found = {each.what: each for each in memory_left._limits()}
    finally:
        resource.setrlimit(which, (soft, hard))
    assert found[name].total == limit
    assert 0 < found[name].left < limit - 2**24, "what is taken counts"


@linux
def test_pages_of_files_are_no_memory_of_a_container(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(memory_left, "_GROUP", tmp_path)
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.stat").write_text("anon 500000\nfile 2400000\nkernel 20000\n")
    found = memory_limit()
    assert (found.left, found.total) == (2_480_000, 3_000_000)
    assert "memory.max" in found.what
    (tmp_path / "memory.max").write_text("max\n")
    assert "memory.max" not in memory_limit().what


def test_where_nothing_is_said_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory_left, "_table", lambda path: {})
    monkeypatch.setattr(memory_left, "_of_container", list)
    monkeypatch.setattr(memory_left, "_soft_limit", lambda name: None)
    assert memory_limit().left >= 2**60
