"""A dataset that takes no time, and a comparison of it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import Dataset, save_npz
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Report
from pipelines.report_files import ReportFiles
from pipelines.reporting.examples import Examples
from tests.pipelines.chromium import start
from tests.pipelines.made_up import MadeUp, make
from tests.pipelines.own import Flat, Grown


@pytest.fixture(scope="session")
def tiny() -> Dataset:
    """60 training and 40 test images of 8×8 in three classes that colour half tells apart."""
    rng = np.random.default_rng(7)
    labels = np.arange(100) % 3
    images = rng.integers(0, 200, (100, 8, 8, 3))
    images[np.arange(100), :, :, labels] += 12
    pixels = images.astype(np.uint8)
    return Dataset("tiny", pixels[:60], labels[:60], pixels[60:], labels[60:], ("a", "b", "c"))


@pytest.fixture
def tiny_npz(tiny: Dataset, tmp_path: Path) -> Path:
    path = tmp_path / "tiny.npz"
    save_npz(tiny, path)
    return path


@pytest.fixture(scope="session")
def spec() -> Comparison:
    """Two extractors and their union; a classifier that chooses and a random one; two seeds."""
    return Comparison.from_dict(
        {
            "seeds": [0, 1],
            "features": {
                "raw": {"extractor": "RawPixels"},
                "color": {"extractor": "ColorHistogram", "bins": 2},
                "raw+color": {"union": ["raw", "color"]},
            },
            "models": {
                "knn": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 5]}},
                "mlp": {
                    "classifier": "MLPClassifier",
                    "hidden_layer_sizes": [8],
                    "max_iter": 8,
                    "early_stopping": True,
                },
            },
        }
    )


@pytest.fixture(autouse=True)
def faults_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A fault of preconv ends a test with its traceback, and no command with one line."""
    monkeypatch.setenv("PRECONV_TRACEBACK", "1")


@pytest.fixture
def without_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pages take seconds to draw, and most tests look at the figures only."""
    monkeypatch.setattr(ReportFiles, "render", lambda *_: None)


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    yield from start()


@pytest.fixture(autouse=True)
def nothing_counted_yet() -> None:
    Flat.calls.clear()
    Grown.fits.clear()


@pytest.fixture(scope="session")
def made_up() -> MadeUp:
    """A made-up comparison, made once."""
    return make()


@pytest.fixture(scope="session")
def report(made_up: MadeUp) -> Report:
    return made_up.report


@pytest.fixture(scope="session")
def examples(made_up: MadeUp) -> Examples:
    return made_up.examples
