"""A comparison of mapped images holds little of them in memory, and says what is too much."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import Dataset
from data.keeping.frozen import frozen_file
from data.system.memory import MemoryLimit
from pipelines import Comparison, compare
from pipelines.comparison.plan import make_plan
from pipelines.errors import MemoryShortError
from pipelines.forecasting import needs
from pipelines.forecasting.needs import check_needs, needs_of, row_shapes
from pipelines.running.matrices import Workspace
from pipelines.running.resources.memory import error_text

SCRIPT = """
import json, sys, warnings
import numpy as np
from data import Dataset
from data.keeping.frozen import frozen_file
from pipelines import Comparison, compare
from pipelines.running.environment import environment
import resource

warnings.simplefilter("ignore")
n = 30_000
images = frozen_file(np.load(sys.argv[1], mmap_mode="r"))
labels = np.arange(n + 1000) % 10
labels.flags.writeable = False
many = Dataset("many", images[:n], labels[:n], images[n:], labels[n:], tuple("abcdefghij"))
spec = Comparison.model_validate({
    "schema": 1, "data": "many", "seeds": [0],
    "features": {"raw": {"extractor": "RawPixels"}},
    "models": {
        "linear": {"classifier": "LinearClassifier", "standardize": True, "max_iter": 3,
                   "choose": {"alpha": [0.01, 0.1]}},
        "squared": {"classifier": "LinearClassifier", "loss": "squared", "standardize": True,
                    "alpha": [0.01, 0.1]},
        "mlp": {"classifier": "MLPClassifier", "hidden_layer_sizes": [16], "standardize": True,
                "max_iter": 1, "early_stopping": True},
    },
})
limit = int(sys.argv[2])
if limit:
    resource.setrlimit(resource.RLIMIT_DATA, (limit, resource.RLIM_INFINITY))
report = compare(spec, dataset=many, cache=False)
print(json.dumps({
    "status": [cell.status for cell in report.cells],
    "hashes": [cell.predictions_sha256 for cell in report.cells],
    "anonymous": report.measurements.peak_anonymous_bytes,
    "limit": report.measurements.memory_limit_bytes,
}))
"""

linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such limit")

SPEC: dict[str, Any] = {
    "schema": 1,
    "data": "builtin",
    "seeds": [0],
    "features": {
        "hog": {"extractor": "HOG"},
        "bovw": {"extractor": "BagOfVisualWords", "n_words": 400},
        "both": {"union": ["hog", "bovw"]},
    },
    "models": {"linear": {"classifier": "LinearClassifier"}},
}


@pytest.fixture(scope="module")
def mapped(tmp_path_factory: pytest.TempPathFactory) -> Dataset:
    """Images that are mapped from a file of three parts, of which one belongs to nobody."""
    path = tmp_path_factory.mktemp("mapped") / "images.npy"
    rng = np.random.default_rng(0)
    np.save(path, rng.integers(0, 256, (90, 16, 16, 3), dtype=np.uint8))
    images = frozen_file(np.load(path, mmap_mode="r"))
    labels = np.arange(60) % 3
    labels.flags.writeable = False
    return Dataset(
        "mapped", images[10:70], labels, images[70:], labels[:20], ("one", "two", "three")
    )


def test_mapped_images_are_linked_and_not_copied(mapped: Dataset, tmp_path: Path) -> None:
    with Workspace(tmp_path) as workspace:
        for images in (mapped.images_train, mapped.images_test):
            handle = workspace.hold(images)
            assert handle.path is not None
            assert handle.path.stat().st_nlink > 1
            assert np.array_equal(handle.open(), images)
        own = workspace.hold(np.array(mapped.images_test))
        assert own.path is not None
        assert own.path.stat().st_nlink == 1


def planned(dataset: Dataset, **more: Any) -> needs.Needs:
    plan = make_plan(Comparison.model_validate({**SPEC, **more}))
    return needs_of(plan, plan.cells, dataset, row_shapes(plan, dataset))


def test_the_features_of_all_rows_and_of_a_union_are_counted(mapped: Dataset) -> None:
    found = planned(mapped, features={"raw": {"extractor": "RawPixels"}})
    n_values = int(np.prod(mapped.image_shape)) * (mapped.n_train + mapped.n_test)
    assert found.features_bytes == found.disk_bytes == 4 * n_values
    both = planned(mapped)
    assert both.disk_bytes == 2 * both.features_bytes, "the union is on the disk once more"


def test_what_cannot_fit_is_said_with_the_bytes_and_the_way_out(
    mapped: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    few = MemoryLimit(1 << 20, 1 << 31, "RLIMIT_DATA")
    with pytest.raises(MemoryShortError, match=r"0\.000977 GiB are left of 2 GiB that RLIMIT_DATA"):
        check_needs(planned(mapped), None, few)
    others = {"bayes": {"classifier": "GaussianNB"}}
    monkeypatch.setattr(needs, "_LIBRARIES", 0)
    monkeypatch.setattr(needs, "block_bytes", lambda: 0)
    with pytest.warns(RuntimeWarning, match="× bayes takes about .*; what fits is computed"):
        check_needs(planned(mapped, models=others), None, MemoryLimit(100, 1 << 31, "the machine"))
    monkeypatch.setattr(needs, "free_disk_bytes", lambda: 10)
    with pytest.raises(MemoryShortError, match="are free: make room there, set PRECONV_CACHE"):
        check_needs(planned(mapped), None, MemoryLimit(1 << 40, 1 << 40, "the machine"))


@linux
def test_a_run_that_cannot_fit_does_not_begin(
    mapped: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "LARGE_BYTES", 0)
    monkeypatch.setattr(needs, "memory_limit", lambda: MemoryLimit(1000, 2000, "RLIMIT_DATA"))
    with pytest.raises(MemoryShortError, match="left of"):
        compare(Comparison.model_validate(SPEC), dataset=mapped, cache=False)


def test_an_error_of_memory_says_what_there_is() -> None:
    text = error_text(MemoryError("Unable to allocate 9.5 GiB"))
    assert text.startswith("MemoryError: Unable to allocate 9.5 GiB; ")
    assert " in all: raise that" in text
    assert "--limit" in text
    assert " in all: raise that" in error_text(RuntimeError("can't start new thread"))
    assert error_text(RuntimeError("other")) == "RuntimeError: other"


@linux
@pytest.mark.slow
def test_mapped_features_are_compared_in_less_memory_than_they_take(tmp_path: Path) -> None:
    n, path = 30_000, tmp_path / "images.npy"
    images = np.lib.format.open_memmap(path, "w+", np.uint8, (n + 1000, 32, 32, 3))
    rng = np.random.default_rng(0)
    kinds = rng.integers(90, 166, (10, 32, 32, 3))
    for first in range(0, n + 1000, 1000):
        noise = rng.integers(-90, 91, (1000, 32, 32, 3))
        images[first : first + 1000] = kinds[np.arange(first, first + 1000) % 10] + noise
    del images
    matrix = 4 * 3072 * n
    found = []
    for limit in (0, (900 << 20)):
        done = subprocess.run(
            [sys.executable, "-c", SCRIPT, str(path), str(limit)],
            cwd=Path(__file__).parents[2],
            env={**os.environ, "PRECONV_CACHE": str(tmp_path / "cache")},
            capture_output=True,
            text=True,
            check=True,
        )
        found.append(json.loads(done.stdout))
    free, bound = found
    assert free["status"] == bound["status"] == ["done"] * 3
    assert free["hashes"] == bound["hashes"]
    assert bound["limit"] == 900 << 20
    assert bound["anonymous"] < 900 << 20
    assert free["limit"] is None or free["limit"] > 900 << 20
    assert matrix > 300 << 20
