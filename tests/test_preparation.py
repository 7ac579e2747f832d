from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from tests.preparation import from_its_end, loops, modules_of_tests, worker_of_all


def test_workers_meet_in_the_middle() -> None:
    things = list(range(10))
    assert [*from_its_end(things, 0)] == [*from_its_end(things, 2)] == things
    assert [*from_its_end(things, 1)] == things[::-1]


def test_names_are_those_that_pytest_gives(pytestconfig: pytest.Config) -> None:
    names = modules_of_tests(pytestconfig.rootpath)
    assert __name__ in names
    assert len(names) == len(set(names)) > 300


def test_only_workers_of_all_tests_prepare(pytestconfig: pytest.Config) -> None:
    def config(args: list[str], **given: Any) -> Any:
        return SimpleNamespace(args=args, getini=pytestconfig.getini, **given)

    worker, every = {"workerid": "gw11"}, [*pytestconfig.getini("testpaths")]
    assert worker_of_all(config(every, workerinput=worker)) == 11
    assert worker_of_all(config([*every, "--slow"], workerinput=worker)) is None
    assert worker_of_all(config(every)) is None


def test_each_loop_is_compiled_once() -> None:
    found = [(each.func, each.args) for each in loops()]
    assert len(found) == len(set(found)) > 30
