"""What a worker has of a run in its own cache folder, and what it fetches from other workers.

Images lie in the worker's cache under the hash of their content, so they are placed on it once,
for later runs, too. Blocks of features stay with the worker that made them: in a folder of the run
and, where it is known what they were made of, in its cache. Each file is written whole. Others read
rows of it.
"""

from __future__ import annotations

import math
import re
import secrets
import shutil
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import NamedTuple

import numpy as np

from data.keeping.array_files import begin_array, read_array, write_rows
from data.keeping.cache import RunCache
from pipelines.running.apart.moving import Content, NotHereError, chunks
from pipelines.running.matrices import Array, Workspace

Fetch = Callable[[str, str, int, int], Array | None]
"""Asks the worker at an address for rows `first` to `stop` of a name; None if it has them not."""

_GONE_S = 60.0  # so long a worker that does not answer is not asked again
_NAME = re.compile(r"[a-z]+-[0-9a-f]{16,64}(-\d{1,9})?")
_FILE = "content"


class Kept(NamedTuple):
    """A block of features from an earlier run: its shape, and how long it took to make."""

    shape: tuple[int, ...]
    seconds: float


class Shelf:
    """The arrays of one run on one worker.

    Parameters
    ----------
    makes : bool
        Whether this worker may make features that were lost: its kernels are those of the run.

    Raises
    ------
    OSError
        If the cache folder of this worker cannot be written to.
    """

    def __init__(self, *, makes: bool = True) -> None:
        self.makes = makes
        self.address = ""
        self.fetched_bytes = 0
        self.holders: dict[str, list[str]] = {}
        self._fetch: Fetch = _from_nobody
        self._cache = RunCache()
        self._arriving: dict[str, tuple[ExitStack, Path]] = {}
        self._lock = threading.Lock()
        self._gone: dict[str, float] = {}
        self._workspace = Workspace().__enter__()
        if self._workspace.folder is None:
            raise OSError(f"{self._workspace.home}: this worker cannot write into its cache folder")
        self.folder = self._workspace.folder

    def use(self, address: str, fetch: Fetch, holders: dict[str, list[str]]) -> None:
        """Tell the address of this worker, how the next task fetches, and who has which content."""
        self.address, self._fetch, self.holders = address, fetch, holders

    def close(self) -> None:
        """Remove what is of this run alone."""
        for stack, _ in list(self._arriving.values()):
            _abandon(stack)
        self._workspace.__exit__()

    def path(self, name: str) -> Path:
        """Return where an array of a name lies, or will."""
        return self.folder / f"{name}.npy"

    def read(self, name: str, first: int, stop: int) -> Array | None:
        """Return rows of what lies here under a name; None if nothing does."""
        if not _NAME.fullmatch(name):
            return None
        try:
            return np.array(read_array(self.path(name))[first:stop])
        except OSError:
            return None

    # Images and labels, by content.

    def given(self, content: Content) -> Array:
        """Return an array by its content: what lies here, or else what another worker has.

        Raises
        ------
        NotHereError
            If nobody has it who was named.
        """
        path = self.path(content.name)
        if path.exists() or self.has(content):
            return read_array(path)
        for address in self.holders.get(content.sha256, ()):
            if self._pulled(content, address):
                return read_array(path)
        raise NotHereError(content.name, self.address)

    def has(self, content: Content) -> bool:
        """Return whether an array lies here, or lay here after an earlier run."""
        path = self.path(content.name)
        if path.exists():
            return True
        entry = self._cache.get(content.key)
        return entry is not None and self._linked(entry.files[_FILE], path)

    def take(self, content: Content, first: int, rows: Array) -> None:
        """Take rows of an array that comes from the process that asks, from the first to the last.

        Raises
        ------
        ContentError
            If all of them together are something else.
        """
        with self._lock:
            if first == 0:
                if content.sha256 in self._arriving:
                    _abandon(self._arriving.pop(content.sha256)[0])
                stack = ExitStack()
                self._arriving[content.sha256] = stack, stack.enter_context(self._arrival(content))
            stack, path = self._arriving[content.sha256]
            try:
                write_rows(path, first, rows)
                if first + len(rows) >= content.shape[0]:
                    del self._arriving[content.sha256]
                    content.check(path)
                    stack.close()
                    self.has(content)
            except BaseException:
                self._arriving.pop(content.sha256, None)
                _abandon(stack)
                raise

    def _pulled(self, content: Content, address: str) -> bool:
        try:
            with self._arrival(content) as path:
                for first, stop in content.chunks():
                    rows = self._from(address, content.name, first, stop)
                    if rows is None:
                        raise NotHereError(content.name)
                    write_rows(path, first, rows)
                content.check(path)
        except NotHereError:
            return False
        return self.path(content.name).exists() or self.has(content)

    @contextmanager
    def _arrival(self, content: Content) -> Iterator[Path]:
        """Give a file for an array that arrives: in the cache, if it is large enough for it."""
        n_bytes = math.prod(content.shape) * np.dtype(content.dtype).itemsize
        if n_bytes <= self._cache.limit_bytes:
            with self._cache.draft(content.key) as draft:
                path = draft.array_file(_FILE)
                begin_array(path, content.shape, content.dtype)
                yield path
        else:
            with self._whole_file(self.path(content.name)) as aside:
                begin_array(aside, content.shape, content.dtype)
                yield aside

    def _linked(self, file: Path, path: Path) -> bool:
        """Let a file stay readable until the run ends, whatever the cache removes."""
        try:
            path.hardlink_to(file)
        except FileExistsError:
            pass
        except OSError:  # a system without links
            with self._whole_file(path) as aside:
                shutil.copyfile(file, aside)
        return True

    # Features, by the name of their matrix and the number of their block.

    def keep(self, name: str, block: Array, key: str | None = None, seconds: float = 0.0) -> None:
        """Keep a block of features under a name; with a key in the cache, too, for later runs."""
        kept = key and self._cache.put(key, {_FILE: block}, {"seconds": seconds})
        if not (kept and key and self.recalled(name, key)):
            self._write(self.path(name), block.shape, block.dtype, [block])

    def recalled(self, name: str, key: str) -> Kept | None:
        """Return what is kept under a key from an earlier run; it then lies here under a name."""
        entry = self._cache.get(key)
        if entry is None:
            return None
        self._linked(entry.files[_FILE], self.path(name))
        return Kept(entry.arrays[_FILE].shape, float(entry.facts["seconds"]))

    def rows(self, name: str, shape: tuple[int, ...], where: str) -> Iterator[Array] | None:
        """Return the rows of a block, piece by piece, from here or from where it was made."""
        if self.path(name).exists():
            return iter([read_array(self.path(name))])
        pieces = chunks(shape, np.float32)
        first = self._from(where, name, *next(pieces)) if where else None
        if first is None:
            return None

        def all_of_them() -> Iterator[Array]:
            yield first
            for piece in pieces:
                rows = self._from(where, name, *piece)
                if rows is None:
                    raise NotHereError(name)
                yield rows

        return all_of_them()

    def whole(self, name: str, shape: tuple[int, ...], pieces: Iterable[Array]) -> Array:
        """Return a matrix in one file, which is put together when it is first asked for."""
        path = self.path(name)
        if not path.exists():
            self._write(path, shape, np.float32, pieces)
        return read_array(path)

    def drop(self, name: str) -> None:
        """Remove a matrix and its blocks, or a content, as no task of the run will open it."""
        if _NAME.fullmatch(name):
            for path in (self.path(name), *self.folder.glob(f"{name}-*.npy")):
                path.unlink(missing_ok=True)

    def _write(
        self,
        path: Path,
        shape: tuple[int, ...],
        dtype: np.typing.DTypeLike,
        pieces: Iterable[Array],
    ) -> None:
        with self._whole_file(path) as aside:
            begin_array(aside, shape, dtype)
            first = 0
            for piece in pieces:
                write_rows(aside, first, piece)
                first += len(piece)

    @contextmanager
    def _whole_file(self, path: Path) -> Iterator[Path]:
        """Give a path for a new file; the file is there once the block ends well.

        What a process leaves that was killed goes with its folder.
        """
        aside = self.folder / f".{secrets.token_hex(8)}"
        try:
            yield aside
            aside.replace(path)
        finally:
            aside.unlink(missing_ok=True)

    def _from(self, address: str, name: str, first: int, stop: int) -> Array | None:
        if time.monotonic() - self._gone.get(address, -math.inf) < _GONE_S:
            return None
        try:
            rows = self._fetch(address, name, first, stop)
        except OSError:
            self._gone[address] = time.monotonic()
            return None
        if rows is not None:
            self.fetched_bytes += rows.nbytes
        return rows


def _abandon(stack: ExitStack) -> None:
    """End what waits for the rest of an array that will not come."""
    error = NotHereError("the rest of it")
    with suppress(NotHereError):
        stack.__exit__(NotHereError, error, None)


def _from_nobody(address: str, name: str, first: int, stop: int) -> Array | None:
    return None
