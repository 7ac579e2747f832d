"""A run that is killed at any moment leaves whole files, and goes on to the same result."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from data import load_dataset
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Report
from pipelines.saved_model import load_model

ROOT = Path(__file__).parents[2]

N_KILLS = 50

SPEC = """
data = "{data}"
seeds = [0, 1]
[features.raw]
extractor = "RawPixels"
[features.color]
extractor = "ColorHistogram"
bins = 2
[features."raw+color"]
union = ["raw", "color"]
[models.knn]
classifier = "KNeighborsClassifier"
[models.linear]
classifier = "LinearClassifier"
[models.mlp]
classifier = "MLPClassifier"
hidden_layer_sizes = [16]
max_iter = 30
"""

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's here"),
]


def start(out: Path, cache: Path, *more: str) -> subprocess.Popen[str]:
    def heed_interrupts() -> None:
        # Whoever runs the tests in the background may have had SIGINT ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    command = [sys.executable, "-m", "pipelines", "compare", "spec.toml", "--save-models"]
    return subprocess.Popen(
        [*command, "--out", str(out), *more],
        cwd=out.parent,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PRECONV_CACHE": str(cache)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=heed_interrupts,
    )


def check_whole(out: Path) -> None:
    """Check that what stands in a folder under its own name can be read."""
    if (out / "report.json").exists():
        Report.read(out / "report.json")
    if (out / "predictions.npz").exists():
        with np.load(out / "predictions.npz", allow_pickle=False) as kept:
            assert [len(kept[name]) for name in kept.files]
    if (out / "report.html").exists():
        assert (out / "report.html").read_text(encoding="utf-8").rstrip().endswith("</html>")


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT, signal.SIGTERM])
def test_a_run_is_stopped_many_times(how: signal.Signals, tiny_npz: Path, tmp_path: Path) -> None:
    (tmp_path / "spec.toml").write_text(SPEC.format(data=tiny_npz))
    whole, began = tmp_path / "whole", time.monotonic()
    _, said = start(whole, tmp_path / "one").communicate()
    took = time.monotonic() - began
    reference = Report.read(whole / "report.json")

    out, cache, moments = tmp_path / "out", tmp_path / "other", random.Random(7)
    for kill in range(N_KILLS):
        # Every other one begins with nothing; by what is kept, the rest end sooner and sooner.
        more = ["--no-cache"] if kill % 2 else []
        process = start(out, cache, *more)
        try:
            _, said = process.communicate(timeout=moments.uniform(0.3, 1.0) * took)
        except subprocess.TimeoutExpired:
            process.send_signal(how)
            _, said = process.communicate()
        assert "Traceback" not in said
        # Before Python has begun, and once all is said, a signal ends the process by itself.
        assert process.returncode in (0, -how, 128 + how), said
        check_whole(out)

    process = start(out, cache)
    _, said = process.communicate()
    assert process.returncode == 0, said
    report = Report.read(out / "report.json")
    assert report.cells == reference.cells
    kept_predictions(report, out / "report.json")
    assert (out / "predictions.npz").read_bytes() == (whole / "predictions.npz").read_bytes()
    images = load_dataset(tiny_npz).images_test
    scores, expected = (load_model(each / "model.skops").scores(images)[0] for each in (out, whole))
    assert np.array_equal(scores, expected)
    assert not list(out.glob(".*"))
    assert not list((cache / "runs").glob(".*"))
    assert not list((cache / "workspaces").iterdir())
