from __future__ import annotations

import json
import re

import numpy as np
import pytest
import sklearn
import threadpoolctl

from pipelines import environment as module
from pipelines.environment import (
    BLAS_THREADS,
    code_sha256,
    differences,
    environment,
    pinned_threads,
)


def test_it_records_what_figures_depend_on_and_no_path() -> None:
    found = environment()
    assert found["numpy"] == np.__version__
    assert found["scikit-learn"] == sklearn.__version__
    assert found["blas_threads"] == BLAS_THREADS
    assert found["blas"]
    assert re.fullmatch("[0-9a-f]{64}", found["code"])
    assert json.loads(json.dumps(found)) == found
    assert "/" not in json.dumps(found)


def test_it_is_the_same_each_time() -> None:
    assert environment() == environment()
    assert differences(environment(), environment()) == []


def test_threads_are_pinned_inside_only() -> None:
    def threads() -> set[int]:
        return {
            each["num_threads"]
            for each in threadpoolctl.threadpool_info()
            if each["user_api"] in {"blas", "openmp"}
        }

    with threadpoolctl.threadpool_limits(1):
        before = threads()
        with pinned_threads():
            assert threads() == {BLAS_THREADS}
        assert threads() == before == {1}


def test_differences_name_both_sides_of_what_differs_or_lacks() -> None:
    assert differences({"a": 1, "b": 2, "c": 3}, {"a": 1, "b": 3}) == [
        "b: 2 there, 3 here",
        "c: 3 there, None here",
    ]
    (line,) = differences({"x": ["y" * 100]}, {"x": []})
    assert len(line) < 100


def test_the_code_hash_follows_the_source(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = tmp_path_factory.mktemp("house")
    (home / "features" / "part").mkdir(parents=True)
    (home / "features" / "a.py").write_text("x = 1")
    (home / "features" / "part" / "b.py").write_text("y = 1")
    (home / "pipelines").mkdir()
    (home / "pipelines" / "run.py").write_text("z = 1")
    monkeypatch.setattr(module, "__file__", str(home / "pipelines" / "environment.py"))
    before, run = code_sha256("features"), code_sha256("pipelines.run")
    assert code_sha256("features") == before
    (home / "features" / "part" / "b.py").write_text("y = 2")
    assert code_sha256("features") != before
    assert code_sha256("pipelines.run") == run
    (home / "pipelines" / "run.py").write_text("z = 2")
    assert code_sha256("pipelines.run") != run
