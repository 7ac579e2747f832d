"""What the process of a Dask worker does for a run: it answers, runs tasks, and hands on arrays."""

from __future__ import annotations

import asyncio
import signal
import threading
from contextlib import suppress
from dataclasses import replace
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.record.outcome import Outcome
from pipelines.running.apart import shelves
from pipelines.running.apart.moving import Content
from pipelines.running.apart.shelf import Kept
from pipelines.running.executors.cluster import memory_there
from pipelines.running.executors.far import Answer, Ran, Terms, answer, ran
from pipelines.running.matrices import Array

READ = "preconv_read"
TAKE = "preconv_take"
"""What other workers, and the process that asks, can call on a worker."""

_CONNECTS_S = 5.0
_ANSWERS_S = 60.0


def run_there(task: bytes, run: str, holders: dict[str, list[str]] | None, n_bytes: int = 0) -> Ran:
    """Run a task on this worker, which has nothing else to do meanwhile.

    Parameters
    ----------
    task : bytes
    run : str
    holders : dict or None
        Which workers have the images; None says that all is in files that this worker sees.
    n_bytes : int
        How much the matrices take that it reads, or half of what a kernel takes.
    """
    from distributed import get_worker

    worker = get_worker()
    n_threads, share = worker.state.nthreads, memory_there.share_of(worker)
    limit = worker.memory_manager.memory_limit or 0
    with memory_there.alone(run, large=memory_there.is_large(n_bytes, share)):
        if holders is None:
            return replace(ran(task, n_threads, limit), worker=worker.address)
        shelf = shelves.shelf_of(run)

        def fetch(address: str, name: str, first: int, stop: int) -> Array | None:
            return _fetched(worker, address, run, name, first, stop)

        before = shelf.fetched_bytes
        shelf.use(worker.address, fetch, holders)
        found = ran(task, n_threads, limit)
        return replace(
            found,
            worker=worker.address,
            fetched_bytes=shelf.fetched_bytes - before,
            files=_taken_along(found.value, shelf.folder),
        )


async def accept(terms: Terms, dask_worker: Any) -> Answer:
    """Say what this worker is like and, if it is accepted, let it offer the resource of the run."""
    found = await asyncio.to_thread(answer, terms)
    if not found.refusal:
        if terms.ours and threading.current_thread() is threading.main_thread():
            # Ctrl-C in a terminal goes to all: who started the workers ends them.
            signal.signal(signal.SIGINT, signal.SIG_IGN)
        shelves.take_part(terms.resource, makes=not found.kernels)
        memory_there.spare(terms.resource, dask_worker)
        dask_worker.handlers.update({READ: _read, TAKE: take})
        offers = [terms.resource] if found.kernels else [terms.resource, terms.same]
        await dask_worker.set_resources(**dict.fromkeys(offers, 1))
    return replace(found, nanny=dask_worker.nanny or "")


async def release(run: str, offers: list[str], dask_worker: Any) -> None:
    """Take back what a worker offered, and remove what it has of the run, as that is over."""
    await asyncio.to_thread(shelves.leave, run)
    memory_there.count_again(run, dask_worker)
    memory_there.forget(run)
    offered = set(offers) & set(dask_worker.state.total_resources)
    await dask_worker.set_resources(**dict.fromkeys(offered, 0))


async def drop(run: str, name: str) -> None:
    """Remove what a worker has of an array that no task will open any more."""
    with suppress(OSError):
        await asyncio.to_thread(lambda: shelves.shelf_of(run).drop(name))


async def recall(run: str, keys: dict[str, str]) -> dict[str, Kept]:
    """Return what lies here of blocks of features from an earlier run, by their names now."""

    def recalled() -> dict[str, Kept]:
        shelf = shelves.shelf_of(run)
        found = {name: shelf.recalled(name, key) for name, key in keys.items()}
        return {name: kept for name, kept in found.items() if kept is not None}

    return await asyncio.to_thread(recalled)


async def has(run: str, content: Content) -> bool:
    """Return whether a worker has an array, as from an earlier run."""
    return await asyncio.to_thread(lambda: shelves.shelf_of(run).has(content))


async def take(run: str, content: Content, first: int, rows: Array) -> str:
    """Take rows of an array that comes from the process that asks."""
    await asyncio.to_thread(lambda: shelves.shelf_of(run).take(content, first, rows))
    return "OK"


def serialized(value: Any) -> Any:
    """Return a value as Dask sends it: an array without a copy."""
    return import_module("distributed.protocol").to_serialize(value)


async def _read(run: str, name: str, first: int, stop: int) -> dict[str, Any]:
    """Give another worker rows of an array."""
    rows = await asyncio.to_thread(lambda: shelves.shelf_of(run).read(name, first, stop))
    return {"rows": None if rows is None else serialized(rows)}


def _fetched(worker: Any, address: str, run: str, name: str, first: int, stop: int) -> Array | None:
    from distributed.utils import sync

    async def ask() -> Any:
        # Dask would try for half a minute to reach a worker that is gone.
        comm = await asyncio.wait_for(worker.rpc.connect(address), _CONNECTS_S)
        worker.rpc.reuse(address, comm)
        asked = getattr(worker.rpc(address), READ)(run=run, name=name, first=first, stop=stop)
        return await asyncio.wait_for(asked, _ANSWERS_S)

    found = sync(worker.loop, ask)
    if not isinstance(found, dict) or "rows" not in found:
        raise OSError(f"{address}: another worker has this address now, and takes no part")
    rows: Array | None = found["rows"]
    return rows


def _taken_along(value: Any, folder: Path) -> dict[str, bytes]:
    """Return the file that a task has written for the process that asks."""
    if isinstance(value, Outcome) and value.model is not None and value.model.parent == folder:
        try:
            return {value.model.name: value.model.read_bytes()}
        finally:
            value.model.unlink(missing_ok=True)
    return {}
