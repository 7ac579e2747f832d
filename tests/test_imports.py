"""The four packages import."""

import importlib

import pytest


@pytest.mark.parametrize("name", ["data", "features", "models", "pipelines"])
def test_package_imports(name: str) -> None:
    assert importlib.import_module(name).__doc__
