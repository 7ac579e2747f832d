from __future__ import annotations

import subprocess
import sys

import pytest

import pipelines

FUNCTIONS = "callable(compare), callable(pipelines.compare), callable(pipelines.reproduce)"


def test_the_public_names_are_where_they_are_promised() -> None:
    from pipelines import Comparison, compare, reproduce

    assert Comparison.__module__ == "pipelines.comparison.spec"
    assert compare.__module__ == "pipelines.compare"
    assert reproduce.__module__ == "pipelines.reproduction"
    for name in pipelines.__all__:
        assert getattr(pipelines, name).__name__ == name
    assert dir(pipelines) == sorted(pipelines.__all__)


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="'pipelines' has no attribute 'comparisons'"):
        _ = pipelines.comparisons


def test_importing_the_package_loads_nothing_heavy() -> None:
    code = "import sys, pipelines; print(sorted({'numpy', 'sklearn'} & set(sys.modules)))"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "[]"


@pytest.mark.slow
@pytest.mark.parametrize("first", ["pipelines.compare", "pipelines.reproduction"])
def test_compare_is_the_function_whatever_was_imported_first(first: str) -> None:
    code = f"import {first}, pipelines; from pipelines import compare; print({FUNCTIONS})"
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert run.stdout.split() == ["True"] * 3
