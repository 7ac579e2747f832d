"""A forecast looks for what the run itself will look for."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from data import Dataset, load_dataset
from pipelines.cli import app
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from pipelines.forecast import forecast


def of_two_models(path: Path) -> Comparison:
    return Comparison.from_dict(
        {
            "data": str(path),
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {
                "one": {"classifier": "KNeighborsClassifier", "n_neighbors": 1},
                "three": {"classifier": "KNeighborsClassifier", "n_neighbors": 3},
            },
        }
    )


@pytest.mark.usefixtures("without_pages")
def test_a_model_to_be_saved_is_looked_for_as_it_is_then_chosen(
    tiny_npz: Path, tmp_path: Path
) -> None:
    spec = of_two_models(tiny_npz)

    def n_kept() -> list[list[int]]:
        found = [forecast(spec), forecast(spec, save_model=True)]
        return [[cell.n_kept for cell in each.cells] for each in found]

    compare(spec)
    assert n_kept() == [[1, 1], [0, 0]]
    compare(spec, out=tmp_path / "out", save_model=True)
    assert n_kept() == [[1, 1], [1, 1]]


def test_what_is_saved_is_fitted_again_if_the_cache_has_it(
    tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = of_two_models(tiny_npz)
    takes = {"one": 5.0, "three": 7.0}

    def cell(_: Any, name: tuple[str, str], *_parts: Any, **how: Any) -> Callable[[int], float]:
        assert how == {"chosen": True}, "the cache has all of it"
        return lambda _n: takes[name[1]]

    assert forecast(spec, save_all_models=True).saving_s == 0
    compare(spec)
    compare(spec, validated=True)
    monkeypatch.setattr("pipelines.forecast._Probe.cell", cell)
    best = forecast(spec, save_model=True)
    assert (best.saving_s, best.seconds) == (7, 7)
    every = forecast(spec, save_all_models=True)
    assert (every.saving_s, every.seconds) == (12, 12)
    assert forecast(spec).seconds == 0


@pytest.mark.parametrize("cache", [True, False])
def test_images_are_kept_only_if_the_run_keeps_them(
    cache: bool, tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def load(*given: Any, **options: Any) -> Dataset:
        asked.append(options["cache"])
        return load_dataset(*given, **options)

    monkeypatch.setattr("pipelines.forecast.load_dataset", load)
    forecast(of_two_models(tiny_npz), cache=cache)
    assert asked == [cache]


def test_the_command_passes_them_on(tiny_npz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []

    def heard(spec: Comparison, **options: Any) -> None:
        asked.append(options)
        raise SpecError("seen")

    monkeypatch.setattr("pipelines.forecast.forecast", heard)
    given = ["compare", "--data", str(tiny_npz), "--dry-run"]
    CliRunner().invoke(app, [*given, "--save-models", "--no-cache"])
    CliRunner().invoke(app, [*given, "--save-all-models"])
    names = ("save_model", "save_all_models", "cache")
    assert [tuple(each[name] for name in names) for each in asked] == [
        (True, False, False),
        (False, True, True),
    ]
