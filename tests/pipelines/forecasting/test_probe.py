"""The probe does on few images what the run does on all of them."""

from __future__ import annotations

import inspect
import warnings
from pathlib import Path
from typing import Any

import pytest

from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.forecasting.forecast import forecast
from pipelines.record.outcome import Outcome
from pipelines.running.cells.cell import run_cell


@pytest.mark.parametrize("validated", [False, True])
def test_a_cell_is_judged_on_held_out_images_where_the_run_does_so(
    validated: bool, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    color = {"extractor": "ColorHistogram", "choose": {"bins": [2, 3]}}
    asked = {
        "data": str(tiny_npz),
        "features": {"raw": {"extractor": "RawPixels"}, "color": color},
        "models": {
            "one": {"classifier": "KNeighborsClassifier", "n_neighbors": 1},
            "best": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [1, 3]}},
        },
    }
    spec, heard = Comparison.from_dict(asked), list[tuple[int, bool]]()

    def run(*given: Any, **options: Any) -> Outcome:
        bound = inspect.signature(run_cell).bind(*given, **options)
        bound.apply_defaults()
        heard.append((len(bound.arguments["candidates"]), bound.arguments["validated"]))
        return run_cell(*given, **options)

    monkeypatch.setattr("pipelines.running.cells.cell_tasks.run_cell", run)
    compare(spec, cache=False, validated=validated)
    in_run = sorted(heard)
    assert in_run == sorted([(1, validated), *2 * [(1, True)], *3 * [(2, False)]])
    heard.clear()
    monkeypatch.setattr("pipelines.forecasting.probe.run_cell", run)
    forecast(spec, cache=False, save_model=validated)
    assert sorted(heard) == sorted(2 * in_run), "each on two small numbers of images"


def test_what_is_only_said_of_few_images_is_not_said(tiny_npz: Path) -> None:
    asked = {
        "data": str(tiny_npz),
        "features": {"raw": {"extractor": "RawPixels"}},
        "models": {"mlp": {"classifier": "MLPClassifier", "batch_size": 4096, "max_iter": 1}},
    }
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        found = forecast(Comparison.from_dict(asked))
    assert not heard
    assert all(each.seconds is not None and not each.error for each in found.cells)
