"""The package is light to import, and has all its names."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import features
import features.words

ROOT = Path(__file__).parents[2]


def run(script: str) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return done.stdout.strip()


HEAVY = (
    "sorted({'numba', 'skimage', 'scipy', 'sklearn', 'pandas', 'matplotlib'} & set(sys.modules))"
)


@pytest.mark.parametrize("name", ["features", "features.words"])
def test_importing_takes_less_than_a_second_of_cpu_and_nothing_heavy(name: str) -> None:
    seconds = "sum(os.times()[:2])"
    before, loaded = run(f"import sys, os, {name}; print({seconds}, {HEAVY})").split(maxsplit=1)
    assert float(before) < 1
    assert loaded == "[]"


@pytest.mark.parametrize("package", [features, features.words], ids=lambda p: p.__name__)
def test_every_name_is_there(package: object) -> None:
    for name in package.__all__:  # type: ignore[attr-defined]
        assert getattr(package, name).__doc__
        assert name in dir(package)
    with pytest.raises(AttributeError, match="no attribute 'SIFT'"):
        package.SIFT  # type: ignore[attr-defined]  # noqa: B018
    assert set(features._HOMES) == set(features.__all__)
