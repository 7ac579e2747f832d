"""No cell of the default comparison is behind the same cell written with scikit-learn."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from data import Dataset
from data.builtin import generate
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.predictions import kept_predictions
from pipelines.record.significance.statistics import paired_differences
from tests.pipelines.scikit_learn_grid import Labels, grid

BUILTIN = Path(__file__).parents[2] / "pipelines" / "specs" / "builtin.toml"
Cells = Mapping[tuple[str, str], npt.NDArray[Any]]

pytestmark = [
    pytest.mark.usefixtures("without_pages"),
    pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning"),
]


def ours(spec: Comparison, dataset: Dataset, out: Path) -> dict[tuple[str, str], npt.NDArray[Any]]:
    report = compare(spec, dataset=dataset, out=out, cache=False)
    return kept_predictions(report, out / "report.json")[1]


def leads(ours: Cells, theirs: Cells, labels: Labels) -> dict[str, tuple[float, float, float]]:
    """By how much each of our cells is ahead, and the 95 % interval of that cell alone."""
    found = {}
    for name in ours:
        both = {("", "ours"): ours[name], ("", "theirs"): theirs[name]}
        (pair,) = paired_differences(both, labels)
        sign = 1 if pair.first[1] == "ours" else -1
        low, high = sorted(sign * end for end in pair.ci95)
        found[" + ".join(name)] = (sign * pair.difference, low, high)
    return found


def behind(found: Mapping[str, tuple[float, float, float]]) -> dict[str, Any]:
    """The cells whose interval is below zero."""
    return {name: lead for name, lead in found.items() if lead[2] < 0}


def test_a_part_of_the_grid_is_nowhere_behind(tmp_path: Path) -> None:
    dataset = generate(n_train=400, n_test=300)
    spec = Comparison.from_toml(BUILTIN).to_dict()
    spec["seeds"] = [0]
    spec["features"] = {name: spec["features"][name] for name in ("color", "hog")}
    spec["models"] = {name: spec["models"][name] for name in ("linear", "mlp", "knn")}
    found = leads(
        ours(Comparison.from_dict(spec), dataset, tmp_path),
        theirs := grid(dataset, spec),
        dataset.labels_test,
    )
    assert not behind(found), found
    assert len(found) == 6
    # What is behind is found: fewer are right where every third answer is another class.
    worse = {name: np.where(np.arange(300) % 3, each, each + 1) for name, each in theirs.items()}
    assert len(behind(leads(worse, theirs, dataset.labels_test))) == 6


@pytest.mark.slow
def test_no_cell_of_the_default_comparison_is_behind(tmp_path: Path) -> None:
    spec = Comparison.from_toml(BUILTIN)
    dataset = generate()
    found = leads(ours(spec, dataset, tmp_path), grid(dataset, spec.to_dict()), dataset.labels_test)
    for name, (lead, low, high) in found.items():
        print(f"{name:18} {100 * lead:+5.1f} ({100 * low:+.1f} … {100 * high:+.1f})")
    assert not behind(found), behind(found)
    assert len(found) == 20
