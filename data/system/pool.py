"""Pure tasks on the cores, in threads or in processes, whose results come back in order."""

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
from typing import Any, Generic, Self, TypeVar

Given = TypeVar("Given")
Found = TypeVar("Found")

_MOST_PROCESSES = 8
_WAITING_PER_WORKER = 3


class Pool(Generic[Given, Found]):
    """Threads or processes that work on batches, and give results in the order of the batches.

    Processes that are killed are done without: threads go on.

    Parameters
    ----------
    task : callable (batch) -> result
        What is done with a batch.
    in_processes : bool
        Whether processes are wanted, for tasks that hold the interpreter's lock; else threads.
    """

    def __init__(self, task: Callable[[Given], Found], *, in_processes: bool) -> None:
        import joblib

        self._task = task
        self._n = int(joblib.cpu_count())
        self._pending: deque[tuple[Given, Future[Found]]] = deque()
        self._pool = (in_processes and self._n > 1 and self._processes()) or self._threads()

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

    def map(self, batches: Iterator[Given]) -> Iterator[Found]:
        """Yield what becomes of each batch, in order; some batches are done ahead."""
        for batch in batches:
            self._add(batch)
            if len(self._pending) > self._n * _WAITING_PER_WORKER:
                yield self._next()
        while self._pending:
            yield self._next()

    def _add(self, batch: Given) -> None:
        try:
            future = self._pool.submit(self._task, batch)
        except (BrokenProcessPool, OSError):
            self._fall_back()
            future = self._pool.submit(self._task, batch)
        self._pending.append((batch, future))

    def _next(self) -> Found:
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
