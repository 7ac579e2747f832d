"""What a task is where it runs in another process, and what comes back of it."""

from __future__ import annotations

import os
import pickle
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from data.errors import PreconvError
from pipelines.running.apart.moving import NotHereError
from pipelines.running.resources.memory import error_text, peak_memory_bytes, within_memory

# How many threads joblib finds here, and with it everything that shares its jobs among threads.
_THREADS = "LOKY_MAX_CPU_COUNT"

_KERNELS = ("simd", "blas")
"""What may differ between a worker and the process that asks: figures can differ in last bits."""


class TaskFailed(RuntimeError):
    """A task failed in another process; the message is its error on one line."""


@dataclass(frozen=True)
class Ran:
    """What a task returned or raised in another process, and its warnings there."""

    value: Any
    error: str
    warnings: tuple[tuple[str, type[Warning], str, int], ...]
    peak_memory_bytes: int
    worker: str = ""
    fetched_bytes: int = 0
    files: Mapping[str, bytes] = field(default_factory=dict)


@dataclass(frozen=True)
class Terms:
    """What a worker must be like to get tasks of a run.

    Parameters
    ----------
    environment : mapping
        That of the process that asks, as `running.environment` has it.
    file : Path or None
        A file in the cache folder of that process; None if it could not write one.
    content : str
        What is in it.
    imports : tuple of str
        Files and modules of the user's own, which are imported first.
    resource : str
        What a worker that was accepted offers, and each task asks for: one at a time.
    same : str
        What it offers, too, if its kernels are those of the process that asks.
    ours : bool
        Whether the worker was started for this run alone.
    must_see : bool
        Whether a worker that does not see that file is refused, as the others share their files.
    """

    environment: Mapping[str, Any]
    file: Path | None
    content: str
    imports: Mapping[str, str]
    resource: str
    same: str
    ours: bool
    must_see: bool = False


@dataclass(frozen=True)
class Answer:
    """What a worker is like.

    Parameters
    ----------
    refusal : str
        Why it is refused, or "".
    kernels : tuple of str
        How its kernels differ.
    sees : bool
        Whether it sees the files of the process that asks.
    nanny : str
        The address of the process that starts it again, or "".
    """

    refusal: str
    kernels: tuple[str, ...] = ()
    sees: bool = True
    nanny: str = ""


def answer(terms: Terms) -> Answer:
    """Return whether this process may run the tasks of a run.

    Other libraries or another version of preconv would give other figures. Kernels of another
    processor may, and are reported.
    """
    from pipelines.comparison.named.own_names import import_own, imported_sources, source_key
    from pipelines.running.environment import differences, environment

    here = environment()
    differs = {
        key: line
        for key in dict.fromkeys([*terms.environment, *here])
        for line in differences(_only(here, key), _only(terms.environment, key))
    }
    if others := [line for key, line in differs.items() if key not in _KERNELS]:
        return Answer("; ".join(others))
    sees = terms.file is None or _holds(terms.file, terms.content)
    if terms.must_see and not sees:
        assert terms.file is not None
        return Answer(
            f"it does not see the folder {terms.file.parents[2]}, which the other workers share; "
            "let PRECONV_CACHE name that folder there, too, or start this worker before the run"
        )
    try:
        for source, code in terms.imports.items():
            import_own(source)
            if imported_sources()[source_key(source)] != code:
                return Answer(
                    f"{source}: this worker has loaded another state of it; bring it the same "
                    "file or version, and start it again"
                )
    except PreconvError as error:
        return Answer(str(error))
    _numba_threads(None)  # its import takes a second, and no task's time
    return Answer("", tuple(differs.values()), sees)


def ran(task: bytes, n_threads: int, limit_bytes: int = 0) -> Ran:
    """Run a task with so many threads and so much memory, and record its warnings.

    Without a limit it is that of the machine.
    """
    with threads(n_threads), within_memory(limit_bytes) as is_narrowed:
        return recorded(task, limit_bytes if is_narrowed else 0)


def recorded(task: bytes, worker_bytes: int = 0) -> Ran:
    """Run a task, and record its warnings.

    An error becomes text, because not every error can be pickled. Two are raised, because the
    caller can try again: an error of the disk, without the disk; `NotHereError`, where the array
    is. `worker_bytes` is what Dask allows the worker, if that is the limit that holds.
    """
    value, error = None, ""
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("default")
        try:
            function, arguments = pickle.loads(task)
            value = function(*arguments)
        except Exception as raised:
            if is_of_the_disk(raised) or isinstance(raised, NotHereError):
                raise
            error = error_text(raised, worker_bytes)
    lines = tuple((str(each.message), each.category, each.filename, each.lineno) for each in heard)
    return Ran(value, error, lines, peak_memory_bytes())


def is_of_the_disk(error: BaseException) -> bool:
    """Return whether an error is the system's own, as when a disk is full."""
    return isinstance(error, OSError) and type(error).__module__ == "builtins"


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Let a task find so many cores, so that the workers of one machine share them.

    BLAS and OpenMP have one thread in every task (`pinned_threads`). Loops of one's own that numba
    runs in parallel have as many as the worker.
    """
    before = os.environ.get(_THREADS)
    os.environ[_THREADS] = str(max(1, n))
    numba_before = _numba_threads(n)
    try:
        yield
    finally:
        _numba_threads(numba_before)
        if before is None:
            del os.environ[_THREADS]
        else:
            os.environ[_THREADS] = before


def _numba_threads(n: int | None) -> int:
    """Set how many threads numba uses in this thread; return the number before."""
    import numba

    before = int(numba.get_num_threads())
    if n is not None:
        config: Any = numba.config
        numba.set_num_threads(max(1, min(n, config.NUMBA_NUM_THREADS)))
    return before


def _holds(file: Path, content: str) -> bool:
    try:
        return file.read_text() == content
    except OSError:
        return False


def _only(found: Mapping[str, Any], key: str) -> dict[str, Any]:
    return {key: found[key]} if key in found else {}
