"""A run that is killed outright at any moment: no torn file then, and the same bits afterwards."""

from __future__ import annotations

import os
import random
import shutil
import time
from pathlib import Path

import pytest

from pipelines.record.report import Report
from tests.pipelines.forked import run, start
from tests.pipelines.whole_files import NAMES, check_cache, check_folder, left_behind

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
[models.mlp]
classifier = "MLPClassifier"
hidden_layer_sizes = [8]
max_iter = 10
"""

N_STEPS = 400  # so often something is written in a whole run, or a little less

COMMAND = ("compare", "spec.toml", "--save-models", "-q", "--out", "out")

pytestmark = pytest.mark.skipif(os.name == "nt", reason="it forks")


@pytest.mark.slow
def test_a_run_is_killed_at_random_moments(tiny_npz: Path) -> None:
    home = tiny_npz.parent
    out, cache = home / "out", home / "cache"
    (home / "spec.toml").write_text(SPEC.format(data=tiny_npz))
    run(home, *COMMAND, PRECONV_CACHE=home / "first")  # the process that forks has begun, too
    reference = Report.read(out / "report.json")
    predictions = (out / "predictions.npz").read_bytes()
    moments = random.Random(11)
    found: list[tuple[int, int]] = []
    n_left, n_late = 0, 0
    shutil.rmtree(out)
    began = time.monotonic()
    run(home, *COMMAND, PRECONV_CACHE=home / "second")
    took = time.monotonic() - began
    while len(found) < int(os.environ.get("PRECONV_KILLS", "100")):
        shutil.rmtree(out)
        shutil.rmtree(cache, ignore_errors=True)
        # Some goes on from nothing, some from what one to four killed ones have left.
        for _ in range(moments.randint(1, 5)):
            # By the clock, or just before something is written, which is when files could be torn.
            timed = len(found) % 2
            at = -1 if timed else moments.randrange(N_STEPS)
            process = start(home, *COMMAND, kill_at=at, PRECONV_CACHE=cache)
            process.join(moments.uniform(0.1, 1) * took if timed else None)
            n_late += process.exitcode == 0
            process.kill()
            process.join()
            found.append((check_folder(out), check_cache(cache)))
            n_left += bool(left_behind(out, cache))
        status, said = run(home, *COMMAND, PRECONV_CACHE=cache)
        assert (status, check_folder(out)) == (0, len(NAMES)), said
        assert Report.read(out / "report.json").cells == reference.cells
        assert (out / "predictions.npz").read_bytes() == predictions
        assert not left_behind(out, cache)
    print(f"{len(found)} kills, {n_late} after its end; {n_left} left something unfinished")
    print(f"states (files, entries): {sorted(set(found))}")
    assert n_left > len(found) / 5
