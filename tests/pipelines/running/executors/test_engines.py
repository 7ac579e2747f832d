"""What a user can name, and what is wrong with it."""

from __future__ import annotations

import re
import socket
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from data import Dataset
from pipelines.cli import app
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import MissingExtraError, WorkersError
from pipelines.running.executors import InProcess, engines, given_engine, named_engine
from pipelines.running.executors.beside import Beside
from pipelines.running.executors.engines import ADDRESS, number_of_workers, tasks_at_once


@pytest.fixture(autouse=True)
def no_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(ADDRESS, raising=False)


def test_without_a_word_and_with_one_worker_this_process_runs_all() -> None:
    for workers in (None, "1"):
        with named_engine(workers, None) as engine:
            assert engine is None
    with given_engine(None, None) as given:
        assert isinstance(given, InProcess)


def test_auto_is_a_worker_for_each_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 6)
    assert number_of_workers("auto") == 6
    assert number_of_workers(" 3 ") == 3


@pytest.mark.parametrize("text", ["0", "-1", "two", "1.5", "", "99999"])
def test_a_number_of_workers_is_one_that_can_be(text: str) -> None:
    with pytest.raises(WorkersError, match=f"1 to 512, or auto; got {text!r}"):
        named_engine(text, None)


def test_one_of_them_is_named() -> None:
    with pytest.raises(WorkersError, match="choose one"):
        named_engine("2", "tcp://127.0.0.1:1")
    with pytest.raises(WorkersError, match="give one"):
        given_engine(InProcess(), object())
    with pytest.raises(WorkersError, match="not be asynchronous"):
        given_engine(None, SimpleNamespace(asynchronous=True))


def test_where_no_scheduler_is_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_CONNECT_S", 0.3)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"tcp://127.0.0.1:{free.getsockname()[1]}"
    monkeypatch.setenv(ADDRESS, address)
    for named in (named_engine(None, None), named_engine(None, "carrier://pigeon")):
        with pytest.raises(WorkersError, match="no Dask scheduler answers there"), named:
            pass


def test_without_dask_it_says_how_to_get_it(monkeypatch: pytest.MonkeyPatch, tiny: Dataset) -> None:
    monkeypatch.setitem(sys.modules, "distributed", None)
    spec = Comparison.from_options(features=["color"], models=["knn"], seeds=[0])
    with pytest.raises(MissingExtraError, match=re.escape('pip install "preconv[dask]"')):
        compare(spec, dataset=tiny, client=SimpleNamespace())
    found = CliRunner().invoke(app, ["compare", "--workers", "2"])
    assert found.exit_code == 2
    assert 'preconv: workers need Dask, which is not installed: pip install "preconv[dask]"' in (
        found.stderr
    )


def test_the_command_takes_both_options(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def named(workers: str | None, scheduler: str | None) -> Any:
        asked.append((workers, scheduler))
        raise WorkersError("no more of it")

    monkeypatch.setattr("pipelines.running.executors.named_engine", named)
    for words in (["--workers", "auto"], ["--scheduler", "tcp://there:8786"], []):
        assert CliRunner().invoke(app, ["compare", *words]).exit_code == 2
    assert asked == [("auto", None), (None, "tcp://there:8786"), (None, None)]


def test_the_processes_beside_take_no_room_that_counts() -> None:
    with Beside(3, n_steps=1) as executor:
        assert tasks_at_once(executor, None) == tasks_at_once(None, None) == 1
