"""Features that need not fit into memory, from the images to the predictions."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# Memory that no file backs: pages of mapped files count as resident, too, but the system takes
# them back whenever it needs room.
SCRIPT = """
import json, threading, time
from pathlib import Path
import numpy as np
from data import Dataset
from features import RawPixels
from models import LinearClassifier
from pipelines.keeping.cache import RunCache
from pipelines.running.matrices import extract

def anonymous():
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("RssAnon:")) * 1024

peaks = {{}}
def watched(what, work):
    before, done = anonymous(), threading.Event()
    peaks[what] = 0
    def watch():
        while not done.wait(0.002):
            peaks[what] = max(peaks[what], anonymous() - before)
    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        return work()
    finally:
        done.set()
        watcher.join()

rng = np.random.default_rng(0)
images = rng.integers(0, 256, (6_500, 82, 82, 3), dtype=np.uint8)
labels = np.arange(6_500) % 10
images[np.arange(6_500), labels, :] //= 2
dataset = Dataset("wide", images[:6_000], labels[:6_000], images[6_000:], labels[6_000:],
                  tuple("abcdefghij"))
cache = RunCache(Path({folder!r})) if {cached} else None
made = watched("extraction", lambda: extract(RawPixels(), dataset, cache=cache))
peaks["matrix"] = made.train.nbytes
if cache:
    net = LinearClassifier(loss="squared", alpha=[0.1, 1.0], standardize=True)
    held_out = np.arange(0, 6_000, 10)
    watched("solution", lambda: net.fit(made.train, dataset.labels_train, held_out=held_out))
    peaks["right"] = float(np.mean(watched("scores", lambda: net.predict(made.test))
                                   == dataset.labels_test))
print(json.dumps(peaks))
"""


def peaks(folder: Path, *, cached: bool) -> dict[str, float]:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.format(folder=str(folder), cached=cached)],
        cwd=Path(__file__).parents[3],
        capture_output=True,
        text=True,
        check=True,
    )
    found: dict[str, float] = json.loads(done.stdout)
    return found


needs_linux = pytest.mark.skipif(
    not Path("/proc/self/status").exists(), reason="the peak is read from /proc"
)


@needs_linux
@pytest.mark.slow
def test_neither_extraction_nor_solution_holds_the_matrix(tmp_path: Path) -> None:
    found = peaks(tmp_path, cached=True)
    assert found["extraction"] < 0.8 * found["matrix"]
    assert found["solution"] < 0.8 * found["matrix"]
    assert found["scores"] < 0.02 * found["matrix"]
    assert found["right"] > 0.9


@needs_linux
@pytest.mark.slow
def test_holding_it_would_be_noticed(tmp_path: Path) -> None:
    found = peaks(tmp_path, cached=False)
    assert found["extraction"] > found["matrix"]
