"""Results that runs keep for later runs: entries, found by a hash of all that decides them.

An entry is a folder of arrays and facts. It is written under another name and then renamed. So a
run that is killed leaves no half of an entry, and several runs can share the cache. Arrays can be
written a block of rows at a time, and so be larger than the memory. Every file is checked against
its hash when it is read. An entry that is damaged counts as missing.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import secrets
import shutil
import socket
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from weakref import WeakValueDictionary

import numpy.typing as npt

from data.errors import CacheError
from data.keeping.array_files import read_array, write_array
from data.keeping.claimed_folder import ClaimedFolder, remove_abandoned
from data.keeping.frozen import frozen_file, holder_of
from data.system.cache_folder import cache_folder
from data.system.claims import is_running

Array = npt.NDArray[Any]

_DEFAULT_GIB = 10.0
_INDEX = "entry.json"
ASIDE = ".aside-"
"""How the names of folders begin that are no entries yet, or no more."""
_ABANDONED_S = 3600.0


_IN_USE: WeakValueDictionary[Path, Array] = WeakValueDictionary()


@dataclass(frozen=True, eq=False)
class Entry:
    """What was kept: arrays, mapped from disk and read-only, their files, bytes, and facts."""

    arrays: Mapping[str, Array]
    files: Mapping[str, Path]
    blobs: Mapping[str, bytes]
    facts: Mapping[str, Any]


@dataclass(frozen=True, eq=False)
class Draft:
    """An entry that is being written: arrays go to files in its folder, the rest is set here."""

    home: Path
    facts: dict[str, Any] = field(default_factory=dict)
    blobs: dict[str, bytes] = field(default_factory=dict)

    def array_file(self, name: str) -> Path:
        """Return the path at which an array of that name has to be written."""
        return self.home / f"{name}.npy"

    def is_alive(self) -> None:
        """Mark the draft as still in work, so that no other run removes it as abandoned."""
        os.utime(self.home)


class RunCache:
    """Kept results in `<cache folder>/runs`, no larger than a limit.

    Parameters
    ----------
    folder
        Another place for the entries.
    limit_bytes
        When the cache is larger than this, the entries that were not used for longest are removed.
        Default: `$PRECONV_CACHE_GIB` GiB, or 10.
    """

    def __init__(self, folder: Path | None = None, *, limit_bytes: int | None = None) -> None:
        self.folder = cache_folder() / "runs" if folder is None else folder
        self.limit_bytes = _limit_from_environment() if limit_bytes is None else limit_bytes
        self._has_warned = False

    def get(self, key: str, *, check: bool = True) -> Entry | None:
        """Return the entry of a key, or None if there is none that is whole.

        Without `check` the files are not read: it is for what this process has just written.
        """
        home = self.folder / key
        if not home.is_dir():
            return None
        try:
            entry = _read(home, check)
        except (FileNotFoundError, ValueError, KeyError, TypeError, AttributeError):
            _discard(home)
            return None
        except OSError:  # a want of memory or of open files passes, and the entry may be whole
            return None
        with suppress(OSError):  # a cache that can only be read is good enough
            os.utime(home / _INDEX)
        return entry

    def put(
        self,
        key: str,
        arrays: Mapping[str, Array],
        facts: Mapping[str, Any],
        blobs: Mapping[str, bytes] | None = None,
    ) -> bool:
        """Keep an entry; return whether it is there now. What cannot be kept is only warned of."""
        size = sum(array.nbytes for array in arrays.values())
        if size > self.limit_bytes:
            return False
        try:
            with self.draft(key) as draft:
                for name, array in arrays.items():
                    write_array(draft.array_file(name), array)
                draft.blobs.update(blobs or {})
                draft.facts.update(facts)
        except OSError as error:
            self.warn(error)
            return False
        return (self.folder / key).is_dir()

    def pin(self, key: str, array: Array) -> None:
        """Let an entry stay, beyond the limit, as long as this process has an array of it."""
        _IN_USE[self.folder / key] = holder_of(array)

    def warn(self, error: OSError) -> None:
        """Warn that something cannot be kept: once, for a full disk stays full."""
        if not self._has_warned:
            self._has_warned = True
            warnings.warn(f"{self.folder}: nothing kept: {error}", RuntimeWarning, stacklevel=3)

    @contextmanager
    def draft(self, key: str) -> Iterator[Draft]:
        """Give a draft, which is the entry of a key once the block ends without an error.

        It is not if it turns out to be larger than the limit of the cache.

        Raises
        ------
        OSError
            If it cannot be written.
        """
        home = self.folder / key
        aside = self.folder / aside_name()
        claimed = ClaimedFolder.make(aside)
        try:
            draft = Draft(aside)
            yield draft
            claimed.release()
            _finish(draft)
            if sum(map(_size, _children(aside))) > self.limit_bytes:
                return
            try:
                aside.rename(home)
            except OSError:
                if not home.is_dir():  # another run may have been first
                    raise
        finally:
            claimed.remove()
        self._shrink(keep=key)

    def sweep(self) -> None:
        """Remove what processes that are no more had not finished."""
        for path in _children(self.folder):
            if (
                path.name.startswith(ASIDE)
                and remove_abandoned(path) is None
                and (_is_of_a_dead_process(path) or time.time() - _age_mark(path) > _ABANDONED_S)
            ):
                shutil.rmtree(path, ignore_errors=True)

    def size(self) -> tuple[int, int]:
        """Return how many entries there are and how many bytes they take."""
        sizes = [size for _, size, _ in self._entries()]
        return len(sizes), sum(sizes)

    def clear(self) -> int:
        """Remove everything; return how many entries there were."""
        n_entries, _ = self.size()
        for path in _children(self.folder):
            _discard(path)
        return n_entries

    def _shrink(self, keep: str) -> None:
        """Remove what was not used for longest until the limit holds, and what runs abandoned."""
        self.sweep()
        entries = sorted(self._entries())
        total = sum(size for _, size, _ in entries)
        for _, size, path in entries:
            if total <= self.limit_bytes:
                break
            if path.name != keep and path not in _IN_USE:
                _discard(path)
                total -= size

    def _entries(self) -> list[tuple[float, int, Path]]:
        """Return when each entry was last used, its size and its folder."""
        return [
            (_age_mark(path / _INDEX), sum(_size(file) for file in _children(path)), path)
            for path in _children(self.folder)
            if not path.name.startswith(ASIDE)
        ]


def key_of(parts: Mapping[str, Any]) -> str:
    """Return the key of an entry: the sha256 of what decides its content, as canonical JSON.

    Examples
    --------
    >>> key_of({"a": 1, "b": 2}) == key_of({"b": 2, "a": 1})
    True
    """
    text = json.dumps(parts, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def _finish(draft: Draft) -> None:
    for name, blob in draft.blobs.items():
        (draft.home / f"{name}.bin").write_bytes(blob)
    hashes = {path.name: _sha256(path) for path in _children(draft.home)}
    content = {"facts": draft.facts, "files": hashes}
    (draft.home / _INDEX).write_text(json.dumps(content | {"sha256": key_of(content)}))


def _read(home: Path, check: bool) -> Entry:
    content = json.loads((home / _INDEX).read_bytes())
    if content.pop("sha256") != key_of(content):
        raise ValueError(f"{home / _INDEX} is damaged")
    for name, sha256 in content["files"].items():
        if check and _sha256(home / name) != sha256:
            raise ValueError(f"{home / name} is damaged")
    paths = [home / name for name in content["files"]]
    files = {path.stem: path for path in paths if path.suffix == ".npy"}
    return Entry(
        arrays={name: frozen_file(read_array(path)) for name, path in files.items()},
        files=files,
        blobs={path.stem: path.read_bytes() for path in paths if path.suffix == ".bin"},
        facts=content["facts"],
    )


def aside_name() -> str:
    """Return a name for a folder in which this process makes something."""
    return f"{ASIDE}{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(4)}"


def _is_of_a_dead_process(path: Path) -> bool:
    """Return whether a process of this machine made a folder and is no more."""
    found = re.fullmatch(rf"{re.escape(ASIDE)}(.*)-(\d+)-[0-9a-f]{{8}}", path.name)
    return found is not None and found[1] == socket.gethostname() and not is_running(int(found[2]))


def _discard(path: Path) -> None:
    """Remove an entry in one step, as seen from other runs."""
    aside = path.with_name(aside_name())
    try:
        path.rename(aside)
    except OSError:
        return  # another run was faster, or has it open on a system that forbids this
    if aside.is_dir():
        shutil.rmtree(aside, ignore_errors=True)
    else:
        aside.unlink(missing_ok=True)


def _children(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())
    except OSError:
        return []


def _age_mark(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return 0.0


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _limit_from_environment() -> int:
    text = os.environ.get("PRECONV_CACHE_GIB", "").strip() or str(_DEFAULT_GIB)
    try:
        n_bytes = float(text) * 2**30
    except ValueError:
        n_bytes = -1.0
    if not 0 <= n_bytes < float("inf"):
        raise CacheError(f"PRECONV_CACHE_GIB must be a number of GiB, 0 or more, got {text!r}")
    return int(n_bytes)
