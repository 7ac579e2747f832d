"""What runs a comparison, as the user names it: a number of workers, an address, or a client."""

from __future__ import annotations

import logging
import os
import signal
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from importlib import import_module
from typing import TYPE_CHECKING, Any

import joblib

from data.errors import as_one_line
from pipelines.errors import MissingExtraError, WorkersError
from pipelines.running.executors.beside import Beside
from pipelines.running.executors.executor import Executor, InProcess, Workers

if TYPE_CHECKING:
    from pipelines.running.executors.cluster.on_dask import OnDask

ADDRESS = "DASK_SCHEDULER_ADDRESS"

_CONNECT_S = 15
_CLOSE_S = 20

# A worker that dies takes its task with it: Dask runs the task again, so often.
_MORE_TRIES = 2

_CONFIG = {
    # By default Dask sets one thread for BLAS in the environment, of this process, too. It also has
    # memory given back from 64 KiB up, whose pages are then cleared anew for each matrix: a fifth
    # of a worker's time. From 32 MiB up it is given back all the same.
    "distributed.nanny.pre-spawn-environ": {
        "MALLOC_MMAP_THRESHOLD_": "33554432",
        "MALLOC_TRIM_THRESHOLD_": "33554432",
    },
    "distributed.scheduler.allowed-failures": _MORE_TRIES,
    # A worker that is busy for minutes is not lost: its process is watched.
    "distributed.scheduler.worker-ttl": None,
    "distributed.worker.profile.enabled": False,
    "distributed.scheduler.http.routes": [],
    "distributed.worker.http.routes": [],
    "distributed.nanny.http.routes": [],
}

# Dask gives a worker up for good that is not back after 15 s. On a loaded machine it takes longer.
_MEANWHILE = {"distributed.deploy.lost-worker-timeout": "1 hour"}


def given_engine(executor: Executor | None, client: Any) -> AbstractContextManager[Executor]:
    """Return what runs the tasks of a comparison: an executor, a Dask client, or this process.

    Raises
    ------
    WorkersError
        If both are given, or the client is asynchronous.
    """
    if client is None:
        return nullcontext(InProcess() if executor is None else executor)
    if executor is not None:
        raise WorkersError("executor and client: give one of them")
    if getattr(client, "asynchronous", False):
        raise WorkersError("client must not be asynchronous: Client(address), not await Client()")
    return _on_dask(client)


def named_engine(
    workers: str | None, scheduler: str | None
) -> AbstractContextManager[Executor | None]:
    """Return what a user of the command line has named.

    Parameters
    ----------
    workers : str or None
        How many processes of this machine, or "auto": as many as it has cores.
    scheduler : str or None
        The address of a Dask scheduler. Default: `$DASK_SCHEDULER_ADDRESS`, if that is set and no
        number of workers is given.

    Raises
    ------
    WorkersError
        If that is not possible.
    MissingExtraError
        Without Dask.
    """
    _check_one_is_named(workers, scheduler)
    if workers is not None:
        n = number_of_workers(workers)
        return nullcontext(None) if n == 1 else on_this_machine(n)
    address = _address(scheduler)
    return on_cluster(address) if address else nullcontext(None)


def tasks_at_once(executor: Executor | None, client: Any) -> int:
    """Return how many tasks of a comparison may share its files, as is known before it begins.

    Examples
    --------
    >>> tasks_at_once(None, None)
    1
    """
    if client is not None:
        return 1 if getattr(client, "asynchronous", False) else max(1, len(client.nthreads()))
    if isinstance(executor, Beside):
        return 1  # what other processes take are tasks so short that they count for nothing
    workers = Workers(executor or InProcess())
    return 1 if workers.apart else workers.n_at_once


def tasks_at_once_of_named(workers: str | None, scheduler: str | None) -> int:
    """Return how many tasks will run at the same time; of a cluster that is not asked, a guess.

    Examples
    --------
    >>> tasks_at_once_of_named("4", None)
    4
    """
    _check_one_is_named(workers, scheduler)
    if workers is not None:
        return number_of_workers(workers)
    return int(joblib.cpu_count()) if _address(scheduler) else 1


def _check_one_is_named(workers: str | None, scheduler: str | None) -> None:
    if workers is not None and scheduler is not None:
        raise WorkersError("--workers and --scheduler: choose one of them")


def _address(scheduler: str | None) -> str:
    """Return the address of the scheduler that is named, here or in the environment, or ""."""
    return scheduler or os.environ.get(ADDRESS, "").strip()


def number_of_workers(text: str) -> int:
    """Return how many processes are asked for.

    Examples
    --------
    >>> number_of_workers("4")
    4
    """
    if text.strip() == "auto":
        return int(joblib.cpu_count())
    if not text.strip().isdecimal() or not 0 < int(text) <= _MOST:
        raise WorkersError(f"--workers takes a number from 1 to {_MOST}, or auto; got {text!r}")
    return int(text)


_MOST = 512


@contextmanager
def on_this_machine(n_workers: int) -> Iterator[OnDask]:
    """Yield an executor on so many new processes of this machine."""
    with local_client(n_workers) as client, _on_dask(client, ours=True) as found:
        yield found


@contextmanager
def local_client(n_workers: int) -> Iterator[Any]:
    """Yield a client of so many new processes of this machine, which share its cores.

    They listen on its own address 127.0.0.1 alone, and end with the block.
    """
    _check_dask()
    dask, distributed = import_module("dask"), import_module("distributed")
    with dask.config.set(_CONFIG):
        try:
            cluster = distributed.LocalCluster(
                n_workers=n_workers,
                threads_per_worker=max(1, joblib.cpu_count() // n_workers),
                processes=True,
                host="127.0.0.1",
                dashboard_address=None,
                scheduler_kwargs={"dashboard": False, "dashboard_address": "127.0.0.1:0"},
                # Dask would count mapped files as memory, and end a worker for them.
                memory_limit=0,
                silence_logs=logging.CRITICAL,
            )
        except (OSError, RuntimeError, TimeoutError) as error:
            raise WorkersError(f"no workers could be started: {as_one_line(error)}") from error
    try:
        with (
            dask.config.set(_MEANWHILE),
            distributed.Client(cluster, set_as_default=False) as client,
        ):
            yield client
    except BaseException:
        _end_at_once(cluster)
        raise
    finally:
        with suppress(TimeoutError):  # they end with this process anyway
            cluster.close(timeout=_CLOSE_S)


@contextmanager
def on_cluster(address: str) -> Iterator[OnDask]:
    """Yield an executor on the workers of a Dask scheduler; its security is as Dask is configured.

    Raises
    ------
    WorkersError
        If no scheduler answers there.
    """
    _check_dask()
    distributed = import_module("distributed")
    try:
        client = distributed.Client(
            address, timeout=_CONNECT_S, set_as_default=False, name="preconv"
        )
    except (OSError, ValueError, TypeError, RuntimeError) as error:
        raise WorkersError(
            f"{address}: no Dask scheduler answers there: {as_one_line(error, 200)}"
        ) from error
    with client, _on_dask(client) as found:
        yield found


def _on_dask(client: Any, *, ours: bool = False) -> OnDask:
    _check_dask()
    from pipelines.running.executors.cluster.on_dask import OnDask

    return OnDask(client, ours=ours)


def _end_at_once(cluster: Any) -> None:
    """End the processes of a cluster, whose tasks nobody waits for."""
    for each in list(cluster.workers.values()):
        with suppress(OSError, AttributeError):
            if each.pid:
                os.kill(each.pid, getattr(signal, "SIGKILL", signal.SIGTERM))


def _check_dask() -> None:
    try:
        import_module("distributed")
    except ImportError as error:
        raise MissingExtraError(
            'workers need Dask, which is not installed: pip install "preconv[dask]"'
        ) from error
