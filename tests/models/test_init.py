"""The package: light to import, with all its public names."""

from __future__ import annotations

import subprocess
import sys

import pytest

import models


def test_importing_it_loads_nothing_heavy() -> None:
    heavy = ["sklearn", "scipy", "numba", "pandas", "numpy"]
    code = f"import sys, models; print([name for name in {heavy} if name in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


def test_its_names() -> None:
    for name in models.__all__:
        assert getattr(models, name).__name__ == name
    assert set(models.__all__) <= set(dir(models))
    with pytest.raises(AttributeError, match="no attribute 'Perceptron'"):
        _ = models.Perceptron
