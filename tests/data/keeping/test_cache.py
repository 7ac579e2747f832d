from __future__ import annotations

import errno
import json
import multiprocessing
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from data.errors import CacheError
from data.keeping.array_files import begin_array, read_array, write_rows
from data.keeping.cache import RunCache, key_of
from data.keeping.claimed_folder import ClaimedFolder

KEY, OTHER = key_of({"a": 1}), key_of({"a": 2})


@pytest.fixture
def cache(tmp_path: Path) -> RunCache:
    return RunCache(tmp_path / "runs", limit_bytes=100_000)


def keep(cache: RunCache, key: str = KEY, n: int = 100) -> None:
    assert cache.put(key, {"x": np.arange(n, dtype=np.float32)}, {"seconds": 1.5}, {"b": b"12"})


def test_what_is_kept_comes_back(cache: RunCache) -> None:
    assert cache.get(KEY) is None
    keep(cache)
    entry = cache.get(KEY)
    assert entry is not None
    assert np.array_equal(entry.arrays["x"], np.arange(100))
    assert type(entry.arrays["x"]) is np.ndarray
    assert not entry.arrays["x"].flags.writeable
    assert entry.facts == {"seconds": 1.5}
    assert entry.blobs == {"b": b"12"}
    assert cache.get(OTHER) is None


def _damages() -> list[str]:
    return ["flip", "truncate", "remove", "index", "not json", "other facts"]


@pytest.mark.parametrize("how", _damages())
def test_a_damaged_entry_counts_as_missing_and_can_be_replaced(cache: RunCache, how: str) -> None:
    keep(cache)
    array, index = cache.folder / KEY / "x.npy", cache.folder / KEY / "entry.json"
    if how == "flip":
        content = bytearray(array.read_bytes())
        content[-3] ^= 1
        array.write_bytes(content)
    elif how == "truncate":
        array.write_bytes(array.read_bytes()[:-4])
    elif how == "remove":
        array.unlink()
    elif how == "index":
        index.unlink()
    elif how == "not json":
        index.write_text("{")
    else:
        index.write_text(index.read_text().replace("1.5", "2.5"))
    assert cache.get(KEY) is None
    assert not (cache.folder / KEY).exists()
    keep(cache)
    assert cache.get(KEY) is not None


@pytest.mark.parametrize("number", [errno.ENOMEM, errno.EMFILE, errno.EIO])
def test_a_want_that_passes_removes_no_entry(
    cache: RunCache, number: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    keep(cache)
    with monkeypatch.context() as patch:
        patch.setattr("data.keeping.cache.read_array", fail)
        assert cache.get(KEY) is None
    assert cache.get(KEY) is not None


def test_nothing_is_unpickled(cache: RunCache) -> None:
    keep(cache)
    home = cache.folder / KEY
    np.save(home / "x.npy", np.array([{"a": 1}]), allow_pickle=True)
    # Even if the hashes were made to fit.
    import hashlib

    index = json.loads((home / "entry.json").read_text())
    index.pop("sha256")
    index["files"]["x.npy"] = hashlib.sha256((home / "x.npy").read_bytes()).hexdigest()
    (home / "entry.json").write_text(json.dumps(index | {"sha256": key_of(index)}))
    assert cache.get(KEY) is None


def test_the_least_recently_used_goes_first(tmp_path: Path) -> None:
    cache = RunCache(tmp_path, limit_bytes=15_000)
    keys = [key_of({"n": n}) for n in range(4)]
    for age, key in enumerate(keys[:3]):
        keep(cache, key, n=1000)
        os.utime(tmp_path / key / "entry.json", (1000 + age, 1000 + age))
    assert cache.get(keys[0]) is not None  # now it is the newest
    keep(cache, keys[3], n=1000)
    assert [key in {p.name for p in tmp_path.iterdir()} for key in keys] == [
        True,
        False,
        True,
        True,
    ]
    assert cache.size()[1] <= cache.limit_bytes


def test_what_is_larger_than_the_limit_is_not_kept(cache: RunCache) -> None:
    keep(cache)
    assert not cache.put(OTHER, {"x": np.zeros(200_000)}, {})
    assert cache.get(KEY) is not None


def test_what_is_larger_with_its_facts_is_not_kept_and_drives_nothing_out(cache: RunCache) -> None:
    keep(cache)
    assert not cache.put(OTHER, {"x": np.zeros(12_400)}, {"long": "x" * 2000})
    assert cache.get(OTHER) is None
    assert cache.get(KEY) is not None


def test_what_a_killed_process_had_not_locked_is_removed_at_once(cache: RunCache) -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    host = socket.gethostname()
    for pid, stays in ((ended.pid, False), (os.getpid(), True)):
        left = cache.folder / f".aside-{host}-{pid}-0123abcd"
        left.mkdir(parents=True)
        cache.sweep()
        assert left.is_dir() == stays


def test_what_a_killed_run_left_is_removed_after_a_while(cache: RunCache) -> None:
    keep(cache)
    left = cache.folder / ".aside-1-dead"
    left.mkdir()
    (left / "x.npy").write_bytes(b"half")
    keep(cache, OTHER)
    assert left.exists()
    os.utime(left, (time.time() - 7200,) * 2)
    keep(cache, key_of({"a": 3}))
    assert not left.exists()
    assert cache.size()[0] == 3


@pytest.mark.skipif(os.name == "nt", reason="there are no such locks")
def test_what_a_killed_run_left_goes_at_once_and_what_is_alive_stays(cache: RunCache) -> None:
    left = ClaimedFolder.make(cache.folder / f".aside-{os.getpid()}-0123abcd")
    cache.sweep()
    assert left.path.exists()
    left._close()  # as the end of its process does
    with cache.draft(KEY):
        cache.sweep()
        assert not left.path.exists()
    assert cache.get(KEY) is not None
    assert not list(cache.folder.glob(f"{KEY}/.claim"))


def test_a_cache_that_can_only_be_read_is_read(
    cache: RunCache, monkeypatch: pytest.MonkeyPatch
) -> None:
    keep(cache)

    def refuse(*_: object) -> None:
        raise PermissionError("read-only")

    monkeypatch.setattr(os, "utime", refuse)
    monkeypatch.setattr(Path, "rename", refuse)
    assert cache.get(KEY) is not None


def test_rows_may_come_in_blocks(cache: RunCache) -> None:
    with cache.draft(KEY) as draft:
        rows = np.arange(12, dtype=np.float32).reshape(4, 3)
        begin_array(draft.array_file("x"), (4, 3), np.float32)
        for first in (2, 0):
            write_rows(draft.array_file("x"), first, rows[first : first + 2])
        draft.facts["n"] = 4
        assert cache.get(KEY) is None
        assert cache.size() == (0, 0)
    entry = cache.get(KEY)
    assert entry is not None
    assert np.array_equal(entry.arrays["x"], rows)
    assert np.array_equal(read_array(entry.files["x"]), rows)
    assert entry.facts == {"n": 4}


def test_what_fails_on_its_way_leaves_nothing(cache: RunCache) -> None:
    keep(cache)

    def interrupted() -> None:
        with cache.draft(OTHER) as draft:
            begin_array(draft.array_file("x"), (2,), np.float32)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        interrupted()
    assert [path.name for path in cache.folder.iterdir()] == [KEY]


def test_what_takes_hours_to_write_is_not_abandoned(cache: RunCache) -> None:
    with cache.draft(OTHER) as draft:
        begin_array(draft.array_file("x"), (3,), np.float32)
        for first in range(3):
            os.utime(draft.home, (time.time() - 3000,) * 2)  # 50 minutes for each block
            keep(cache, key_of({"block": first}))
            write_rows(draft.array_file("x"), first, np.zeros(1, np.float32))
            draft.is_alive()
    assert cache.get(OTHER) is not None


def test_of_two_that_write_the_same_the_first_stays(cache: RunCache) -> None:
    with cache.draft(KEY) as draft:
        draft.facts["who"] = "second"
        with cache.draft(KEY) as other:
            other.facts["who"] = "first"
    entry = cache.get(KEY)
    assert entry is not None
    assert entry.facts == {"who": "first"}


def test_size_and_clear(cache: RunCache) -> None:
    assert cache.size() == (0, 0)
    assert cache.clear() == 0
    keep(cache)
    keep(cache, OTHER)
    (cache.folder / ".aside-1-dead").mkdir()
    n_entries, n_bytes = cache.size()
    assert n_entries == 2
    assert n_bytes > 800
    assert cache.clear() == 2
    assert list(cache.folder.iterdir()) == []


def test_an_entry_in_use_survives_clearing(cache: RunCache) -> None:
    keep(cache)
    entry = cache.get(KEY)
    assert entry is not None
    cache.clear()
    assert entry.arrays["x"].sum() == 4950


def test_a_cache_that_cannot_be_written_only_warns(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    cache = RunCache(tmp_path / "file" / "runs", limit_bytes=10**6)
    with pytest.warns(RuntimeWarning, match="nothing kept"):
        assert not cache.put(KEY, {"x": np.zeros(3)}, {})
    assert cache.get(KEY) is None


@pytest.mark.parametrize("text", ["", "  "])
def test_an_empty_limit_is_none(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECONV_CACHE_GIB", text)
    assert RunCache().limit_bytes == 10 * 2**30


def test_the_limit_comes_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PRECONV_CACHE_GIB", "0.5")
    assert RunCache().limit_bytes == 2**29
    assert RunCache().folder == Path(os.environ["PRECONV_CACHE"]) / "runs"
    for wrong in ("much", "-1", "nan", "inf", "1e308"):
        monkeypatch.setenv("PRECONV_CACHE_GIB", wrong)
        with pytest.raises(CacheError, match="PRECONV_CACHE_GIB"):
            RunCache()


def _hammer(folder: str, seed: int) -> int:
    """Keep, read, damage and clear at random; return how often something wrong was read."""
    cache = RunCache(Path(folder), limit_bytes=40_000)
    rng = np.random.default_rng(seed)
    wrong = 0
    for _ in range(150):
        n = int(rng.integers(8))
        key = key_of({"n": n})
        entry = cache.get(key)
        if entry is None:
            cache.put(key, {"x": np.full(2000, n)}, {"n": n})
        elif entry.facts["n"] != n or not (entry.arrays["x"] == n).all():
            wrong += 1
        if rng.random() < 0.03:
            cache.clear()
    return wrong


def test_two_runs_may_share_it(tmp_path: Path) -> None:
    with multiprocessing.get_context("spawn").Pool(2) as pool:
        wrong = pool.starmap(_hammer, [(str(tmp_path / "runs"), seed) for seed in (0, 1)])
    assert wrong == [0, 0]
    cache = RunCache(tmp_path / "runs")
    assert not [path for path in cache.folder.iterdir() if path.name.startswith(".aside")]
