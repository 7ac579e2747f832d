"""What decides an outcome is in its key, and in that of the features."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from sklearn.neighbors import KNeighborsClassifier

import pipelines.keeping.code as code
from data import Dataset
from features import RawPixels
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.running.cells.kept_cells import key_of_cell
from pipelines.running.extraction import key_of_features


def keys() -> tuple[str | None, str | None]:
    features = key_of_features(RawPixels(), "0")
    return features, key_of_cell("any", [({}, KNeighborsClassifier())], 0, validated=False)


@pytest.mark.parametrize(
    "edited",
    ["data/pixels/views.py", "models/views_classifier.py", "pipelines/comparison/tables/ladder.py"],
)
def test_all_code_that_decides_figures_is_in_the_keys(
    edited: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    before, read = keys(), code._read
    assert (code.HOME / edited).is_file()

    def of_edited(path: Path) -> bytes:
        return read(path) + b" " * (path == code.HOME / edited)

    monkeypatch.setattr(code, "_read_once", cache(of_edited))
    for was, now in zip(before, keys(), strict=True):
        assert None not in (was, now)
        assert was != now


def chosen(dataset: Dataset, models: dict[str, object]) -> object:
    spec = {"features": {"raw": {"extractor": "RawPixels"}}, "models": models, "seeds": [0]}
    report = compare(Comparison.from_dict(spec), dataset=dataset)
    return report.cells[-1].chosen[0]


def test_a_value_that_is_chosen_is_none_that_is_given(tiny: Dataset) -> None:
    linear = {"classifier": "LinearClassifier", "loss": "squared"}
    assert chosen(tiny, {"m": {**linear, "alpha": 0.01}}) == {}
    assert chosen(tiny, {"m": {**linear, "choose": {"alpha": [0.01]}}}) == {"alpha": 0.01}


def test_a_parameter_of_a_model_inside_bears_the_name_of_this_spec(tiny: Dataset) -> None:
    inner = {"classifier": "DecisionTreeClassifier", "choose": {"max_depth": [1, 2]}}
    for name in ("tree", "shrub"):
        bag = {"classifier": "BaggingClassifier", "n_estimators": 2, "estimator": name}
        found = chosen(tiny, {name: inner, "bag": bag})
        assert [*found] == [f"{name}.max_depth"]  # type: ignore[misc]
