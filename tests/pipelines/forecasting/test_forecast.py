"""A forecast is of what the run itself will do."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from data import Dataset, load_dataset
from data.limit import limited
from pipelines.cli import app
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from pipelines.forecasting.forecast import forecast
from pipelines.running.tasks import features_of
from pipelines.terminal.comparisons import show_forecast


def test_what_is_saved_is_fitted_again_if_the_cache_has_it(
    two_models: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    takes = {"one": 5.0, "three": 7.0}

    def cell(_: Any, name: tuple[str, str], *_parts: Any, **how: Any) -> Callable[[int], float]:
        assert how == {"chosen": True}, "the cache has all of it"
        return lambda _n: takes[name[1]]

    assert forecast(two_models, save_all_models=True).saving_s == 0
    compare(two_models)
    compare(two_models, validated=True)
    monkeypatch.setattr("pipelines.forecasting.forecast.Probe.cell", cell)
    best = forecast(two_models, save_model=True)
    assert (best.saving_s, best.seconds) == (7, 7)
    every = forecast(two_models, save_all_models=True)
    assert (every.saving_s, every.seconds) == (12, 12)
    assert forecast(two_models).seconds == 0


@pytest.mark.parametrize(
    ("rows", "seconds"),
    [
        (("raw", "color", "both"), [10, 14, 0]),
        (("both", "raw", "color"), [24, 0, 0]),
        (("both", "again"), [24, 0]),
    ],
)
def test_features_are_counted_once_in_any_order_of_the_rows(
    rows: tuple[str, ...], seconds: list[float], tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = {
        "data": str(tiny_npz),
        "features": {
            "raw": {"extractor": "RawPixels"},
            "color": {"extractor": "ColorHistogram", "bins": 2},
            "both": {"union": ["raw", "color"]},
            "again": {"union": ["color", "raw"]},
        },
        "models": {"one": {"classifier": "KNeighborsClassifier", "n_neighbors": 1}},
    }
    takes = {"RawPixels": 5.0, "ColorHistogram": 7.0}
    clock = SimpleNamespace(now=0.0)
    clock.perf_counter = lambda: clock.now

    def timed(extractor: Any, images: Any) -> Any:
        clock.now += takes[type(extractor).__name__]
        return features_of(extractor, images)

    monkeypatch.setattr("pipelines.forecasting.probe.time", clock)
    monkeypatch.setattr("pipelines.forecasting.probe.features_of", timed)
    found = forecast(Comparison.from_dict(asked).select(features=rows))
    assert [row.seconds for row in found.features] == seconds, "training and test images"
    assert found.seconds == 24


def test_with_folds_a_cell_learns_from_the_images_of_a_fold(
    two_models: Comparison, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    spec, cut = two_models.model_copy(update={"folds": 2}), list[int]()

    def cut_out(dataset: Dataset, n: int, **options: Any) -> Dataset:
        cut.append(dataset.n_train)
        return limited(dataset, n, **options)

    compare(spec)
    monkeypatch.setattr("pipelines.forecasting.forecast.limited", cut_out)
    monkeypatch.setattr("pipelines.forecasting.forecast.Probe.cell", lambda *_, **__: float)
    found = forecast(spec, save_all_models=True)
    assert (found.dataset.n_train, found.first_split.n_train) == (60, 50)
    assert found.saving_s == 50 + 50, "each model of the first fold"
    assert [cell.seconds for cell in forecast(spec, cache=False).cells] == [50 + 50, 50 + 50]
    assert (set(cut), found.n_probed) == ({50}, 50)
    show_forecast(found)
    assert "2 resamples, <Dataset 'tiny': 50 train, 50 test;" in capsys.readouterr().out


@pytest.mark.parametrize("cache", [True, False])
def test_images_are_kept_only_if_the_run_keeps_them(
    cache: bool, two_models: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def load(*given: Any, **options: Any) -> Dataset:
        asked.append(options["cache"])
        return load_dataset(*given, **options)

    monkeypatch.setattr("pipelines.forecasting.forecast.load_dataset", load)
    forecast(two_models, cache=cache)
    assert asked == [cache]


def test_the_command_passes_them_on(tiny_npz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def heard(spec: Comparison, **options: Any) -> None:
        asked.append(options)
        raise SpecError("seen")

    monkeypatch.setattr("pipelines.forecasting.forecast.forecast", heard)
    given = ["compare", "--data", str(tiny_npz), "--dry-run"]
    CliRunner().invoke(app, [*given, "--save-models", "--no-cache"])
    CliRunner().invoke(app, [*given, "--save-all-models"])
    names = ("save_model", "save_all_models", "cache")
    assert [tuple(each[name] for name in names) for each in asked] == [
        (True, False, False),
        (False, True, True),
    ]
