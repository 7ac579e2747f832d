"""A whole comparison has the same bits on any number of cores and of BLAS threads."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path
from typing import Any

import joblib
import numpy as np
import pytest
from threadpoolctl import threadpool_limits

from data import Dataset, save_npz
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison

SPEC = Path(__file__).parents[2] / "pipelines" / "specs" / "builtin.toml"


@pytest.mark.slow
@pytest.mark.usefixtures("without_pages")
@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_the_default_comparison_has_the_same_bits_on_any_number_of_cores(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (330, 24, 24, 3), dtype=np.uint8)
    labels = np.arange(330) % 4
    images[np.arange(330), ::4, :, labels % 3] //= 2
    data = Dataset("some", images[:300], labels[:300], images[300:], labels[300:], tuple("abcd"))
    save_npz(data, tmp_path / "some.npz")
    given: Any = tomllib.loads(SPEC.read_text(encoding="utf-8"))
    given |= {"data": str(tmp_path / "some.npz"), "seeds": [0]}
    given["features"]["bovw"] |= {"n_words": 40, "n_iterations": 2}
    for name in ("mlp", "mlp3"):
        given["models"][name]["max_iter"] = 2
    spec = Comparison.from_dict(given)
    found = []
    for n_cores in (1, 2, 4, 16):
        monkeypatch.setattr(joblib, "cpu_count", lambda n=n_cores: n)
        monkeypatch.setitem(os.environ, "OMP_NUM_THREADS", str(n_cores))
        with threadpool_limits(n_cores):
            report = compare(spec, out=tmp_path / str(n_cores), cache=False)
        assert len(report.cells) == len(spec.rows) * len(spec.columns)
        assert {cell.status for cell in report.cells} == {"done"}
        found.append((report.results_digest, [cell.predictions_sha256 for cell in report.cells]))
    assert all(each == found[0] for each in found)
