"""Several runs that share a cache at the same time: the same bits, and its bound holds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data.keeping.cache import RunCache
from pipelines.record.report import Report
from tests.pipelines.forked import SPEC, run, start
from tests.pipelines.whole_files import NAMES, check_cache, check_folder, left_behind

pytestmark = [pytest.mark.slow, pytest.mark.skipif(os.name == "nt", reason="it forks")]

# All entries of such a run take 130 KB, the largest 52 KB.
TINY_GIB = 60_000 / 2**30


@pytest.mark.parametrize("gib", [10, TINY_GIB, 1000 / 2**30])
def test_four_runs_share_a_cache(tiny_npz: Path, gib: float) -> None:
    home, cache = tiny_npz.parent, tiny_npz.parent / "cache"
    (home / "spec.toml").write_text(SPEC.format(data=tiny_npz))
    whole = ("compare", "spec.toml", "--save-models", "-q", "--out", "whole")
    assert run(home, *whole, PRECONV_CACHE=home / "alone")[0] == 0
    reference = Report.read(home / "whole" / "report.json")
    for _ in range(2):  # with a cache that is empty, and with one that is not
        several = [
            start(
                home,
                *whole[:-1],
                f"out-{i}",
                said=f"said-{i}.txt",
                PRECONV_CACHE=cache,
                PRECONV_CACHE_GIB=gib,
            )
            for i in range(4)
        ]
        for i, process in enumerate(several):
            process.join(300)
            said = (home / f"said-{i}.txt").read_text()
            assert process.exitcode == 0, said
            assert "nothing kept" not in said
            assert check_folder(home / f"out-{i}") == len(NAMES)
            found = Report.read(home / f"out-{i}" / "report.json")
            assert found.results_digest == reference.results_digest is not None
        assert bool(check_cache(cache)) == (gib > 1e-5)
        assert RunCache(cache / "runs").size()[1] <= gib * 2**30
        assert not left_behind(cache)
