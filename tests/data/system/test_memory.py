"""The memory that counts is the least that anything allows."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from data.errors import CacheError
from data.system import memory
from data.system.memory import is_large, limit_of_process, memory_bytes, memory_left, memory_limit

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems do not say")


@pytest.fixture(autouse=True)
def no_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_GROUPS", tmp_path)
    monkeypatch.setattr(memory, "_OF_THIS_PROCESS", tmp_path / "cgroup")


@pytest.mark.parametrize(
    ("line", "folder", "file"),
    [
        ("0::/user/job", "user/job", "memory.max"),
        ("0::/user/job", "user", "memory.max"),
        ("0::/", "", "memory.max"),
        ("3:cpu,memory:/docker/x", "memory/docker/x", "memory.limit_in_bytes"),
    ],
)
def test_a_control_group_around_the_process_limits_it(
    line: str, folder: str, file: str, tmp_path: Path
) -> None:
    (tmp_path / "cgroup").write_text(f"9:cpuset:/\n{line}\n")
    (tmp_path / folder).mkdir(parents=True, exist_ok=True)
    whole = memory_bytes()
    for no_limit in ("max\n", "9223372036854771712\n"):
        (tmp_path / folder / file).write_text(no_limit)
        assert memory_bytes() == whole
        assert limit_of_process() is None
    (tmp_path / folder / file).write_text("1000000\n")
    assert memory_bytes() == limit_of_process() == 1_000_000


def test_pages_of_files_are_no_memory_of_a_group(tmp_path: Path) -> None:
    (tmp_path / "cgroup").write_text("0::/\n")
    (tmp_path / "memory.max").write_text("3000000\n")
    (tmp_path / "memory.stat").write_text("anon 500000\nfile 2400000\nkernel 20000\n")
    found = memory_limit()
    assert (found.left, found.total) == (2_480_000, 3_000_000)
    assert "memory.max" in found.what
    assert memory_left() == found.left


@linux
@pytest.mark.parametrize("name", ["RLIMIT_DATA", "RLIMIT_AS"])
def test_a_limit_of_the_process_is_what_is_left_of_it(name: str) -> None:
    resource = pytest.importorskip("resource")
    which = getattr(resource, name)
    soft, hard = resource.getrlimit(which)
    limit = 2**33 if name == "RLIMIT_DATA" else 2**36
    try:
        resource.setrlimit(which, (limit, hard))
        found = {each.what: each for each in memory._limits()}
    finally:
        resource.setrlimit(which, (soft, hard))
    assert found[name].total == limit
    assert 0 < found[name].left < limit - 2**24, "what is taken counts"


def test_a_limit_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_soft_limit", {"RLIMIT_DATA": 1 << 30}.get)
    assert memory_bytes() == 1 << 30
    assert is_large((1 << 28) + 1)
    assert not is_large(1 << 28)


def test_the_user_may_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECONV_MEMORY_GIB", "0.25")
    assert memory_bytes() == 1 << 28
    assert memory_limit().what == "PRECONV_MEMORY_GIB"
    assert is_large((1 << 26) + 1)
    assert not is_large(1 << 26)
    for nonsense in ("0", "-1", "all", "nan", "inf"):
        monkeypatch.setenv("PRECONV_MEMORY_GIB", nonsense)
        with pytest.raises(CacheError, match=f"above 0, got '{nonsense}'"):
            memory_bytes()


def test_where_nothing_is_said_there_is_no_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(memory, "_table", lambda path: {})
    monkeypatch.setattr(memory, "_soft_limit", lambda name: None)
    monkeypatch.delattr(os, "sysconf")
    assert memory_limit().left >= 2**60
    assert limit_of_process() is None
