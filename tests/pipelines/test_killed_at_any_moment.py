"""A run that is killed or stopped at any moment: no torn file then, the same bits afterwards."""

from __future__ import annotations

import os
import random
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pytest

from data import load_dataset
from pipelines.record.report import Report
from pipelines.saved_model import load_model
from tests.pipelines.forked import ROOT, SPEC, run, start
from tests.pipelines.whole_files import NAMES, check_cache, check_folder, left_behind

N_KILLS = int(os.environ.get("PRECONV_KILLS", "100"))

N_STEPS = 250  # so often something is written in a whole run, or a little less

COMMAND = ("compare", "spec.toml", "--save-models", "-q", "--out", "out")

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="it forks")]


@pytest.mark.parametrize(
    ("how", "n"),
    [
        (signal.SIGKILL, N_KILLS),
        (signal.SIGINT, N_KILLS // 2),
        (signal.SIGTERM, N_KILLS // 2),
    ],
)
def test_a_run_is_stopped_at_random_moments(how: signal.Signals, n: int, tiny_npz: Path) -> None:
    home = tiny_npz.parent
    out, cache, whole = home / "out", home / "cache", home / "whole"
    (home / "spec.toml").write_text(SPEC.format(data=tiny_npz))
    run(home, *COMMAND, PRECONV_CACHE=home / "first")  # the process that forks has begun, too
    shutil.rmtree(out)
    began = time.monotonic()
    run(home, *COMMAND, PRECONV_CACHE=home / "second")
    took = time.monotonic() - began
    out.rename(whole)
    reference, images = Report.read(whole / "report.json"), load_dataset(tiny_npz).images_test
    moments = random.Random(11)
    found: list[tuple[int, int]] = []
    n_left, n_late = 0, 0
    while len(found) < n:
        shutil.rmtree(out, ignore_errors=True)
        shutil.rmtree(cache, ignore_errors=True)
        # Some goes on from nothing, some from what one to four stopped ones have left.
        for _ in range(moments.randint(1, 5)):
            # By the clock, or just before something is written, which is when files could be torn.
            timed = len(found) % 2
            at = -1 if timed else moments.randrange(N_STEPS)
            process = start(home, *COMMAND, kill_at=at, how=how, PRECONV_CACHE=cache)
            process.join(moments.uniform(0.1, 1) * took if timed else None)
            if process.exitcode is None and process.pid is not None:
                os.kill(process.pid, how)
            process.join()
            said = (home / "said.txt").read_text()
            assert "Traceback" not in said
            # Once all is said, a signal ends the process by itself.
            assert process.exitcode in (0, -how, 128 + how), said
            n_late += process.exitcode == 0
            found.append((check_folder(out), check_cache(cache)))
            n_left += bool(left_behind(out, cache))
        status, said = run(home, *COMMAND, PRECONV_CACHE=cache)
        assert (status, check_folder(out)) == (0, len(NAMES)), said
        found_now = Report.read(out / "report.json")
        assert found_now.results_digest == reference.results_digest is not None
        assert (out / "predictions.npz").read_bytes() == (whole / "predictions.npz").read_bytes()
        scores, expected = (
            load_model(each / "model.skops").scores(images)[0] for each in (out, whole)
        )
        assert np.array_equal(scores, expected)
        assert not left_behind(out, cache)
    print(f"{how.name}: {len(found)}, {n_late} after its end; {n_left} left something unfinished")
    print(f"states (files, entries): {sorted(set(found))}")
    assert n_left > len(found) / 5 if how is signal.SIGKILL else n_left <= len(found) / 20


@pytest.mark.parametrize("how", [signal.SIGINT, signal.SIGTERM])
def test_a_run_is_stopped_while_it_loads(how: signal.Signals, tiny_npz: Path) -> None:
    home = tiny_npz.parent
    (home / "spec.toml").write_text(SPEC.format(data=tiny_npz))

    def heed_interrupts() -> None:
        # Whoever runs the tests in the background may have had SIGINT ignored.
        signal.signal(signal.SIGINT, signal.SIG_DFL)

    moments, took = random.Random(7), 0.0
    for number in range(6):
        shutil.rmtree(home / "out", ignore_errors=True)
        began = time.monotonic()
        with subprocess.Popen(
            [sys.executable, "-m", "pipelines", *COMMAND],
            cwd=home,
            env={**os.environ, "PYTHONPATH": os.fspath(ROOT)},
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=heed_interrupts,
        ) as process:
            try:
                timeout = moments.uniform(0.05, 0.6) * took if number else None
                _, said = process.communicate(timeout=timeout)
            except subprocess.TimeoutExpired:
                process.send_signal(how)
                _, said = process.communicate()
        took = took or time.monotonic() - began
        assert "Traceback" not in said
        # Before Python has begun, and once all is said, a signal ends the process by itself.
        assert process.returncode in (0, -how, 128 + how), said
        assert check_folder(home / "out") == len(NAMES) or (number and process.returncode)
        assert not left_behind(home / "out", Path(os.environ["PRECONV_CACHE"]))
