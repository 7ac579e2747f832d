"""The memory that counts is the least that anything allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import memory
from data.errors import CacheError
from data.memory import is_large, memory_bytes


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
    (tmp_path / folder / file).write_text("max\n")
    assert memory_bytes() == whole
    (tmp_path / folder / file).write_text("1000000\n")
    assert memory_bytes() == 1_000_000


def test_a_limit_of_the_process_counts(monkeypatch: pytest.MonkeyPatch) -> None:
    resource = pytest.importorskip("resource")
    limits = {resource.RLIMIT_DATA: (1 << 30, -1), resource.RLIMIT_AS: (resource.RLIM_INFINITY, -1)}
    monkeypatch.setattr(resource, "getrlimit", limits.__getitem__)
    assert memory_bytes() == 1 << 30
    assert is_large((1 << 28) + 1)
    assert not is_large(1 << 28)


def test_the_user_may_say_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECONV_MEMORY_GIB", "0.25")
    assert memory_bytes() == 1 << 28
    assert is_large((1 << 26) + 1)
    assert not is_large(1 << 26)
    for nonsense in ("0", "-1", "all", "nan", "inf"):
        monkeypatch.setenv("PRECONV_MEMORY_GIB", nonsense)
        with pytest.raises(CacheError, match=f"above 0, got '{nonsense}'"):
            memory_bytes()
