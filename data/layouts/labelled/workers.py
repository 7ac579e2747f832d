"""Who decodes: threads, for Pillow lets them run at once, or processes for many small files.

Around the decoding itself, Pillow holds the interpreter's lock. Of a small image that is most of
the time, so threads would wait for each other.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from types import TracebackType
from typing import Any, Self

from data.archives.member import Member
from data.layouts.labelled.batches import Decoded

_MANY_FILES = 5000
_SMALL_BYTES = 1 << 15
_MOST_PROCESSES = 8
_WAITING_PER_WORKER = 3

Batch = list[Member]


class Workers:
    """Threads or processes that decode batches, and give them back in the order they came in.

    Parameters
    ----------
    task : callable (list of Member) -> Decoded
        What is done with a batch.
    n_files : int
        How many files there are in all.
    sample : list of Member
        Some of them, whose size tells whether they are small.
    """

    def __init__(self, task: Callable[[Batch], Decoded], n_files: int, sample: Batch) -> None:
        self._task = task
        self._n = os.cpu_count() or 1
        self._pending: deque[tuple[Batch, Future[Decoded]]] = deque()
        small = sum(each.n_bytes for each in sample) <= _SMALL_BYTES * len(sample)
        many = n_files >= _MANY_FILES
        self._pool = (many and small and self._n > 1 and self._processes()) or self._threads()

    def _threads(self) -> Executor:
        return ThreadPoolExecutor(self._n)

    def _processes(self) -> Executor | None:
        """Return a pool of processes, or None where there can be none.

        They do not run the user's script again, as those of `multiprocessing` do.
        """
        if multiprocessing.current_process().daemon:
            return None
        try:
            from joblib.externals.loky import ProcessPoolExecutor

            self._n = min(self._n, _MOST_PROCESSES)
            pool: Executor = ProcessPoolExecutor(self._n)
        except (ImportError, OSError, RuntimeError):
            return None
        return pool

    def map(self, batches: Iterator[Batch]) -> Iterator[Decoded]:
        """Yield what becomes of each batch, in order; some batches are decoded ahead."""
        for batch in batches:
            self._add(batch)
            if len(self._pending) > self._n * _WAITING_PER_WORKER:
                yield self._next()
        while self._pending:
            yield self._next()

    def _add(self, batch: Batch) -> None:
        try:
            future = self._pool.submit(self._task, batch)
        except (BrokenProcessPool, OSError):
            self._fall_back()
            future = self._pool.submit(self._task, batch)
        self._pending.append((batch, future))

    def _next(self) -> Decoded:
        batch, future = self._pending.popleft()
        try:
            return future.result()
        except BrokenProcessPool:  # killed, for example for want of memory
            self._fall_back()
            return self._task(batch)

    def _fall_back(self) -> None:
        """Go on with threads."""
        if isinstance(self._pool, ThreadPoolExecutor):
            return
        self._end(self._pool, kill=True)
        self._pool = self._threads()
        again = [(batch, self._pool.submit(self._task, batch)) for batch, _ in self._pending]
        self._pending = deque(again)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for _, future in self._pending:
            future.cancel()
        self._end(self._pool, kill=error is not None)

    @staticmethod
    def _end(pool: Any, *, kill: bool) -> None:
        if isinstance(pool, ThreadPoolExecutor) or not kill:
            pool.shutdown(wait=True)
            return
        # After an interrupt a process may wait for ever for what nobody sends any more.
        for process in list((pool._processes or {}).values()):
            with suppress(OSError):
                if os.name == "nt":
                    process.terminate()
                else:
                    os.kill(process.pid, signal.SIGKILL)
        pool.shutdown(wait=False)
