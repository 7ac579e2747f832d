"""What a fresh process loads, step by step: each step says what it must not have loaded yet."""

from __future__ import annotations

import subprocess
import sys

import pytest

NEVER = ("numba", "skimage", "matplotlib", "jinja2", "skops", "pooch")

STEPS = {
    "extractors": (
        "from features import *; HOG(), BagOfVisualWords()\nassert 'sklearn' in sys.modules",
        ("rich", "sklearn.pipeline"),
    ),
    "classifiers": (
        "from models import KernelClassifier, LinearClassifier, MLPClassifier, ViewsClassifier",
        (
            "rich",
            "sklearn.pipeline",
            "sklearn.preprocessing",
            "sklearn.model_selection",
            "sklearn.neural_network",
        ),
    ),
    "comparing": (
        "for each in [*sys.modules]:\n"
        "    if each.partition('.')[0] == 'models': del sys.modules[each]\n"
        "import pipelines.cli, pipelines; from pipelines import compare\n"
        "assert callable(compare) and callable(pipelines.compare)\n"
        "assert callable(pipelines.reproduce)",
        (
            "sklearn.pipeline",
            "sklearn.neighbors",
            "sklearn.metrics",
            "sklearn.linear_model",
            "models.mlp_classifier",
            "models.linear_classifier",
        ),
    ),
}


@pytest.fixture(scope="module")
def loaded() -> dict[str, str]:
    """Of each step, the modules that were loaded and should not have been, in one process."""
    lines = ["import sys"]
    for name, (code, heavy) in STEPS.items():
        wanted = (*NEVER, *heavy)
        lines += [code, f"print({name!r}, [each for each in {wanted} if each in sys.modules])"]
    script = "\n".join(lines)
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    return dict(line.split(" ", 1) for line in run.stdout.splitlines())


@pytest.mark.parametrize("step", STEPS)
def test_it_loads_what_it_needs_when_it_runs(loaded: dict[str, str], step: str) -> None:
    assert loaded[step] == "[]"
