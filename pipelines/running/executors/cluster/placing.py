"""Arrays that a task needs are placed on one worker that has them not; the others ask that one."""

from __future__ import annotations

import math
import random
import threading
import time
from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from data.keeping.array_files import read_array
from pipelines.running.apart.handles import Columns, FileThere, Placed, Spread, where_it_is
from pipelines.running.apart.moving import Content
from pipelines.running.apart.shelf import Kept
from pipelines.running.content import sha256_of
from pipelines.running.executors.cluster import at_worker
from pipelines.running.executors.cluster.asking import asked
from pipelines.running.matrices import Array, Handle

_TAKES_S = 60
_SILENT_S = 60.0  # so long a worker that did not answer is not asked again
_MOST_NAMED = 8  # so many workers are named to a task as those that have an array


@dataclass
class Needs:
    """What the arguments of a task name: the arrays, and the files that it writes for us."""

    contents: list[Content] = field(default_factory=list)
    files: dict[str, Path] = field(default_factory=dict)


class Placing:
    """Which worker has which array of a run whose workers do not see our files.

    Parameters
    ----------
    client : distributed.Client
    run : str
    there : callable
        Returns the addresses of the workers that take part.

    Attributes
    ----------
    placed_bytes : int
        What went from this process to workers.
    """

    def __init__(self, client: Any, run: str, there: Callable[[], Collection[str]]) -> None:
        self._client, self._run, self._there = client, run, there
        self._files: dict[str, Path] = {}
        self._contents: dict[Path, Content] = {}
        self._holders: dict[str, set[str]] = {}
        self._lacking: dict[str, set[str]] = {}
        self._silent: dict[str, float] = {}
        self._lock = threading.Lock()
        self.placed_bytes = 0

    def translated(self, argument: Any, needs: Needs) -> Any:
        """Return an argument as a worker can use it, and note what it names."""
        again = partial(self.translated, needs=needs)
        if isinstance(argument, Columns):
            return replace(argument, parts=tuple(map(again, argument.parts)))
        if isinstance(argument, Spread):
            found = where_it_is(argument, set(self._there()))
            return replace(found, images=again(argument.images))
        if isinstance(argument, Handle) and argument.path is not None:
            content = self.content(argument.path)
            needs.contents.append(content)
            return Placed(argument.key, rows=argument.rows, run=self._run, content=content)
        if isinstance(argument, Path):
            needs.files[argument.name] = argument
            return FileThere(self._run, argument.name)
        return argument

    def content(self, path: Path) -> Content:
        """Return what is in a file of this run, which does not change."""
        if path not in self._contents:
            array = read_array(path)
            self._contents[path] = Content(sha256_of(path), array.shape, array.dtype.str)
            self._files[self._contents[path].sha256] = path
        return self._contents[path]

    def place(self, contents: list[Content]) -> dict[str, list[str]]:
        """Return who has each array, once somebody has it, if any worker is there.

        Raises
        ------
        OSError
            If no worker could take it.
        """
        found = {}
        for content in contents:
            with self._lock:
                holders = self._holders.setdefault(content.sha256, set())
                there = set(self._there())
                holders &= there
                for address in self._lacking.pop(content.sha256, set()) & there:
                    with suppress(OSError):  # then it asks another one again
                        holders.add(self._put(content, [address]))
                if there and not holders:
                    holders.add(self._put(content, sorted(there)))
                named = sorted(holders)
            found[content.sha256] = random.sample(named, min(len(named), _MOST_NAMED))
        return found

    def note(self, contents: list[Content], address: str) -> None:
        """Note that a worker has run a task with these arrays, and so has them."""
        with self._lock:
            for content in contents:
                self._holders.setdefault(content.sha256, set()).add(address)

    def recalled(self, keys: Mapping[str, str]) -> dict[str, tuple[str, Kept]]:
        """Return which worker has a block of features from an earlier run, and what it is."""
        given = at_worker.recall, self._run, dict(keys)
        answers = asked(self._client, self._there(), *given, seconds=_TAKES_S)
        return {
            name: (address, kept)
            for address, blocks in answers.items()
            for name, kept in blocks.items()
        }

    def forget(self, name: str, where: str = "") -> None:
        """Note that those who were said to have an array have lost it.

        It may also be that the worker that needs it cannot reach them. So it is placed there, too.
        """
        sha256 = name.removeprefix("given-")
        with self._lock:
            self._holders.pop(sha256, None)
            if where:
                self._lacking.setdefault(sha256, set()).add(where)

    def drop(self, handle: Handle) -> str:
        """Return the name under which workers have an array that goes, or ""."""
        if isinstance(handle, Columns | Spread):
            return handle.matrix
        content = self._contents.pop(handle.path, None) if handle.path else None
        if content is None:
            return ""
        self.forget(content.name)
        return content.name

    def _put(self, content: Content, there: list[str]) -> str:
        """Give an array to a worker, unless one has it from an earlier run; return its address."""
        error: Exception | None = None
        now = time.monotonic()
        known = [each for each in there if now - self._silent.get(each, -math.inf) > _SILENT_S]
        answers = asked(self._client, known or there, at_worker.has, self._run, content)
        self._silent |= {each: now for each in known if each not in answers}
        for address, has in answers.items():
            if has:
                return address
        array = read_array(self._files[content.sha256])
        # One that has not answered may hang.
        for address in sorted(there, key=lambda each: each not in answers):
            try:
                for first, stop in content.chunks():
                    self._send(address, content, first, array[first:stop])
            except Exception as raised:  # each kind of connection has its own
                error = raised
            else:
                self.placed_bytes += array.nbytes
                return address
        raise OSError(f"no worker could take the images: {error}")

    def _send(self, address: str, content: Content, first: int, rows: Array) -> None:
        """Give rows to a worker: directly or, where it cannot be reached, through the scheduler."""

        async def directly() -> None:
            there = getattr(self._client.rpc(address), at_worker.TAKE)
            packed = at_worker.serialized(content)
            await there(run=self._run, content=packed, first=first, rows=at_worker.serialized(rows))

        try:
            self._client.sync(directly, callback_timeout=_TAKES_S)
        except (OSError, TimeoutError):
            given = self._run, content, first, rows
            if not asked(self._client, [address], at_worker.take, *given, seconds=_TAKES_S):
                raise
