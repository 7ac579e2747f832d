"""What every test shares: the hypothesis profile, who runs which file, the real images."""

from __future__ import annotations

import gc
import os
from collections.abc import Generator, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from _pytest.doctest import DoctestModule
from hypothesis import HealthCheck, settings

settings.register_profile(
    "checks",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("checks")

# Where workers share the cores, a thread of BLAS that has nothing to do sleeps at once. By itself
# it would keep a core busy for a while, in case more comes. NumPy must not be loaded yet.
if "PYTEST_XDIST_WORKER" in os.environ:
    os.environ.setdefault("OPENBLAS_THREAD_TIMEOUT", "4")

# Typer makes all commands anew for each call of its test runner, which takes 30 ms. They do not
# change.
typer.testing._get_command = cache(typer.testing._get_command)  # type: ignore[attr-defined]


@pytest.hookimpl(wrapper=True)
def pytest_collection(session: pytest.Session) -> Iterator[None]:
    """What is imported and collected stays: nothing looks through it for what can be freed."""
    from tests import preparation

    worker = preparation.worker_of_all(session.config)
    gc.disable()
    try:
        if worker is None:
            return (yield)
        preparation.import_tests(session.config.rootpath, worker)
        collected = yield
        preparation.compile_loops(worker)
        return collected
    finally:
        gc.freeze()
        gc.enable()


@pytest.hookimpl(wrapper=True)
def pytest_collect_file() -> Generator[None, Any, Any]:
    """No test has an example in its docstring, and to look for them takes seconds."""
    collected: Any = yield
    return [each for each in collected if not isinstance(each, DoctestModule)]


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker whole files; and whole studies, whose files share one experiment."""
    from tests.sharing import WholeRooms

    return WholeRooms(config, log)


@pytest.fixture(scope="session")
def cifar10_jpeg() -> Path:
    """The JPEG copy of CIFAR-10 beside the checkout; skips where it is missing."""
    path = Path(__file__).parents[2] / "shared" / "cifar10" / "cifar10-jpeg.tar"
    if not path.is_file():
        pytest.skip("the JPEG copy of CIFAR-10 is not beside this checkout")
    return path


@pytest.fixture
def few_builtin(monkeypatch: pytest.MonkeyPatch) -> None:
    """The built-in set is its first 1,500 images, for examples that need not be accurate."""
    from data import NAMED_DATASETS
    from tests.pipelines.studies.beginning import beginning

    first = beginning(n_train=1000, n_test=500)
    entry = replace(NAMED_DATASETS["builtin"], load=lambda *_: first)
    monkeypatch.setitem(NAMED_DATASETS, "builtin", entry)
