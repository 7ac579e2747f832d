"""Which workers of a Dask cluster take part in a run: each is asked first what it is like."""

from __future__ import annotations

import asyncio
import pickle
import time
from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import replace
from typing import Any

from data.errors import as_one_line
from pipelines.errors import WorkersError
from pipelines.running.executors.cluster import at_worker, memory_there
from pipelines.running.executors.cluster.asking import asked
from pipelines.running.executors.far import Answer, Terms

LOOK_S = 0.5
"""How often the roll is looked through."""

_NEWCOMERS = 8
_LASTS_S = 60.0
_ANSWERS_S = 3.0


class Roll:
    """The workers of a cluster that were asked, and what they have answered.

    Parameters
    ----------
    client : distributed.Client
    terms : Terms
    wait_s : float
        How long to wait for the first worker.
    when_there : callable
        Is called when a worker comes while there was none for all tasks.

    Attributes
    ----------
    keeps : bool
        Whether a worker has the kernels of this process, so that what it makes may be kept.
    apart : bool
        Whether a worker that was there at the begin does not see the files of this process.
    to_say : deque of str
        What happened to workers.
    last_seen : float
        When a worker was last there.
    """

    def __init__(
        self, client: Any, terms: Terms, wait_s: float, when_there: Callable[[], None]
    ) -> None:
        self._client, self._terms, self._wait_s = client, terms, wait_s
        self._when_there = when_there
        self._workers: dict[str, Answer] = {}
        self._asked: dict[str, Future[Any]] = {}
        self._asking = ThreadPoolExecutor(_NEWCOMERS, "preconv-asks")
        self._nannies: set[str] = set()
        self._said = time.monotonic()
        self.to_say: deque[str] = deque()
        self.last_seen = time.monotonic()
        self.keeps = True
        self.apart = False

    @property
    def there(self) -> list[str]:
        """The addresses of the workers that were accepted."""
        return [address for address, each in list(self._workers.items()) if not each.refusal]

    @property
    def is_asking(self) -> bool:
        """Whether a worker has not answered yet."""
        return bool(self._asked)

    def answer_of(self, address: str) -> Answer | None:
        """Return what a worker has answered."""
        return self._workers.get(address)

    def tell(self, function: Callable[..., Any], *arguments: Any) -> None:
        """Let all workers do something, of which nobody waits to hear."""
        with suppress(RuntimeError):  # the run is over
            self._asking.submit(asked, self._client, self.there, function, *arguments)

    def wait(self) -> None:
        """Wait until the workers that are there were asked, and one of them was accepted.

        Raises
        ------
        WorkersError
            If none was.
        """
        until = time.monotonic() + self._wait_s
        while True:
            self.look()
            if not self._asked and self._workers:
                break
            if time.monotonic() > until:
                break
            time.sleep(LOOK_S / 10)
        if self.there:
            self.keeps = self._n_same() > 0
            self.apart = not all(self._workers[address].sees for address in self.there)
            self._terms = replace(self._terms, must_see=not self.apart)
            return
        where = self._client.scheduler.address if self._client.scheduler else "the cluster"
        if not self._workers:
            raise WorkersError(f"{where}: no worker came within {self._wait_s:.0f} s")
        why = dict.fromkeys(f"{each.refusal}" for each in self._workers.values())
        raise WorkersError(f"{where}: none of its workers can be used: {'; '.join(why)[:500]}")

    def look(self) -> None:
        """Ask workers that have come, miss those that are gone, and hear what was answered."""
        there = set(self._client.nthreads())
        for address in set(self._workers) - there:
            if not self._workers.pop(address).refusal:
                self.to_say.append(f"{address}: this worker is gone; its task runs on another")
        for address in there - set(self._workers) - set(self._asked):
            self._asked[address] = self._asking.submit(
                self._client.run,
                at_worker.accept,
                self._terms,
                workers=[address],
                on_error="return",
            )
        for address, answer in list(self._asked.items()):
            if answer.done():
                del self._asked[address]
                self._hear(address, answer)
        if self._n_for_all():
            self.last_seen = time.monotonic()
        if time.monotonic() - self._said > _LASTS_S:
            self._said = time.monotonic()
            self._spare(self.there)

    def close(self) -> None:
        """Ask nobody any more."""
        self._asking.shutdown(wait=False, cancel_futures=True)

    def count_again(self) -> None:
        """Let the nannies of all workers that were accepted count as before the run.

        They are asked directly: the scheduler does not know one whose worker is being started
        again. One that cannot be reached hears nothing of the run any more, and so ends it, too.
        """

        async def ask(address: str) -> None:
            with suppress(OSError):
                answer = self._client.rpc(address).run(
                    function=pickle.dumps(memory_there.count_again),
                    args=pickle.dumps((self._terms.resource,)),
                )
                await asyncio.wait_for(answer, _ANSWERS_S)

        async def ask_all() -> None:
            await asyncio.gather(*map(ask, self._nannies))

        if self._nannies:
            self._client.sync(ask_all)

    def _hear(self, address: str, answer: Future[Any]) -> None:
        """Note what a worker has answered; one that could not answer is asked again."""
        found = answer.exception() or answer.result().get(address)
        if isinstance(found, BaseException):
            if isinstance(found, OSError):
                return
            found = Answer(f"preconv does not run there: {as_one_line(found)}")
        if found is None:
            return
        waits = not self._n_for_all()
        self._workers[address] = found
        if not found.refusal:
            self._spare([address])
        if waits and self._n_for_all():
            self._when_there()
        if found.refusal:
            self.to_say.append(f"{address}: this worker gets no task: {found.refusal}")
        elif found.kernels:
            self.to_say.append(
                f"{address}: this worker has other kernels, and figures may differ in the last "
                f"digits: {'; '.join(found.kernels)}"
            )

    def _spare(self, addresses: list[str]) -> None:
        """Say to workers, and to their nannies, that the run lasts."""
        if self._terms.ours or not addresses:
            return
        nannies = {each: self._workers[each].nanny for each in addresses}
        self._nannies |= {*nannies.values()} - {""}
        guarded = [each for each, nanny in nannies.items() if nanny]
        for some, nanny in ((addresses, False), (guarded, True)):
            if some:
                run = self._terms.resource
                self._asking.submit(asked, self._client, some, memory_there.spare, run, nanny=nanny)

    def _n_for_all(self) -> int:
        """Return how many workers may run any task."""
        return self._n_same() if self.keeps else len(self.there)

    def _n_same(self) -> int:
        return sum(not (each.refusal or each.kernels) for each in list(self._workers.values()))
