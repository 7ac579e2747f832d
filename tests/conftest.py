"""What every test shares: the hypothesis profile, a cache folder of its own, the real images."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pytest
import typer.testing
from hypothesis import HealthCheck, settings

settings.register_profile(
    "checks",
    derandomize=True,
    deadline=None,
    max_examples=50,
    suppress_health_check=[HealthCheck.too_slow],
)
settings.load_profile("checks")

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


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Give each worker whole files; and whole studies, whose files share one experiment."""
    from tests.sharing import WholeRooms

    return WholeRooms(config, log)


@pytest.fixture(scope="session")
def cache_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Folders that are not there yet: to make one for each test takes longer than most tests."""
    parent = tmp_path_factory.mktemp("caches")
    return (parent / str(number) for number in count())


@pytest.fixture(autouse=True)
def cache_folder_of_its_own(cache_folders: Iterator[Path], monkeypatch: pytest.MonkeyPatch) -> None:
    """No test reads or writes the user's cache."""
    monkeypatch.setenv("PRECONV_CACHE", str(next(cache_folders)))


@pytest.fixture(scope="session")
def cifar10_jpeg() -> Path:
    """The JPEG copy of CIFAR-10 beside the checkout; skips where it is missing."""
    path = Path(__file__).parents[2] / "shared" / "cifar10" / "cifar10-jpeg.tar"
    if not path.is_file():
        pytest.skip("the JPEG copy of CIFAR-10 is not beside this checkout")
    return path
