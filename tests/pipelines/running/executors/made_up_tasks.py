"""Tasks that other processes can import."""

from __future__ import annotations

import os
import signal
import threading
import time
import warnings
from pathlib import Path
from typing import Any

import joblib
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.neighbors import KNeighborsClassifier

from pipelines.running import environment
from pipelines.running.executors.cluster import at_worker
from pipelines.running.matrices import Handle


def whoami() -> int:
    return os.getpid()


def n_threads() -> int:
    return int(joblib.cpu_count())


def sum_of(handle: Handle) -> int:
    return int(handle.open().sum())


def numba_threads() -> int:
    import numba

    return int(numba.get_num_threads())


def memory_settings(dask_worker: Any) -> dict[str, Any]:
    """What a worker, or its nanny, does when it holds much memory."""
    manager = vars(dask_worker.memory_manager)
    return {name: value for name, value in manager.items() if name.endswith("_fraction")}


def move_cache(home: str) -> str:
    """Give this process a cache folder of its own."""
    os.environ["PRECONV_CACHE"] = str(Path(home) / f"cache-{os.getpid()}")
    return os.environ["PRECONV_CACHE"]


def limit_memory(n_bytes: int, dask_worker: Any) -> None:
    """Let a worker have so much memory, as Dask says it; 0 for as much as there is."""
    dask_worker.memory_manager.memory_limit = n_bytes or None


def pretend(numpy: str) -> None:
    """Let this worker say that it has another NumPy; "" for its own."""
    found = {**really(), "numpy": numpy} if numpy else really()
    environment.environment = lambda: found


def cut_off(yes: bool) -> None:
    """Let this worker reach no other one, or reach them again."""
    found: Any = _unreachable if yes else _fetched
    at_worker._fetched = found


really = environment.environment
_fetched = at_worker._fetched


def _unreachable(*_: object) -> Any:
    raise OSError(113, "No route to host")


def warn_and_return(value: int) -> int:
    warnings.warn("close to the edge", RuntimeWarning, stacklevel=1)
    return value


class Unpicklable(Exception):
    def __init__(self, one: int, two: int) -> None:
        super().__init__(f"{one}\n and {two}")
        self.lock = threading.Lock()


def fail(kind: str) -> None:
    if kind == "own":
        raise Unpicklable(1, 2)
    if kind == "disk":
        raise OSError(28, "No space left on device")
    raise ValueError("3 is no\n shape")


def interrupt() -> None:
    raise KeyboardInterrupt


def wait(seconds: float) -> None:
    time.sleep(seconds)


def wait_and_say(seconds: float) -> int:
    time.sleep(seconds)
    return os.getpid()


class Deadly(ClassifierMixin, BaseEstimator):
    """Kills the process that fits it, so often in all; each time leaves a mark in a folder."""

    def __init__(self, *, folder: str = "", n_times: int = 1) -> None:
        self.folder = folder
        self.n_times = n_times

    def fit(self, X: Any, y: Any) -> Deadly:
        n = len(list(Path(self.folder).iterdir()))
        if n < self.n_times:
            (Path(self.folder) / f"{n}").touch()
            os.kill(os.getpid(), signal.SIGKILL)
        self.nearest_ = KNeighborsClassifier(1).fit(X, y)
        self.classes_ = self.nearest_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.nearest_.predict(X)


class Greedy(ClassifierMixin, BaseEstimator):
    """Asks for so much memory, and does not touch it."""

    def __init__(self, *, n_bytes: int = 0) -> None:
        self.n_bytes = n_bytes

    def fit(self, X: Any, y: Any) -> Greedy:
        assert np.empty(self.n_bytes, np.uint8).size == self.n_bytes
        self.nearest_ = KNeighborsClassifier(1).fit(X, y)
        self.classes_ = self.nearest_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.nearest_.predict(X)


class Slow(ClassifierMixin, BaseEstimator):
    """Nearest neighbours that take their time."""

    cache_key = "its parameters decide"

    def __init__(self, *, seconds: float = 0.1) -> None:
        self.seconds = seconds

    def fit(self, X: Any, y: Any) -> Slow:
        time.sleep(self.seconds)
        self.nearest_ = KNeighborsClassifier(1).fit(X, y)
        self.classes_ = self.nearest_.classes_
        return self

    def predict(self, X: Any) -> Any:
        return self.nearest_.predict(X)
