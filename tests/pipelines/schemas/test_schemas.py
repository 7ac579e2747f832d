from __future__ import annotations

import copy
import json
import tomllib
import zipfile
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from jsonschema import Draft202012Validator
from sklearn.linear_model import LogisticRegression

from features import RawPixels
from models import LinearClassifier
from pipelines.comparison.spec import Comparison
from pipelines.keeping.packing import pack
from pipelines.record.report import Report
from pipelines.saved_model import LAYOUT, load_model
from tests.pipelines.schemas.made import FOLDER, fields, said, schemas

ROOT = Path(__file__).parents[3]
REPORTS = sorted((ROOT / "pipelines" / "reports").glob("*/report.json"))
SPECS = sorted((ROOT / "pipelines" / "specs").glob("*.toml"))


@lru_cache
def validator(name: str) -> Draft202012Validator:
    schema = json.loads((FOLDER / f"{name}.schema.json").read_text(encoding="utf-8"))
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema)


def faults(name: str, content: Any) -> list[str]:
    return [error.json_path for error in validator(name).iter_errors(content)]


def test_the_files_are_those_of_the_code() -> None:
    kept = {path.name: path.read_text(encoding="utf-8") for path in FOLDER.iterdir()}
    assert kept == schemas(), "make keep-schemas writes them anew"


def test_the_page_says_what_each_field_of_a_report_means_and_of_no_other() -> None:
    schema = Report.model_json_schema()
    assert [path for path, _ in fields(schema, schema["$defs"])] == [*said("`report.json`")]


@pytest.mark.parametrize("path", REPORTS, ids=lambda path: path.parent.name)
def test_every_kept_report_and_its_spec_is_valid(path: Path) -> None:
    content = json.loads(path.read_text(encoding="utf-8"))
    assert faults("report-1", content) == []
    spec = {key: value for key, value in content["spec"].items() if key != "own"}
    assert faults("comparison-1", spec) == []


@pytest.mark.parametrize("path", SPECS, ids=lambda path: path.stem)
def test_every_comparison_that_comes_with_preconv_is_valid(path: Path) -> None:
    content = tomllib.loads(path.read_text(encoding="utf-8"))
    assert faults("comparison-1", content) == []
    assert faults("comparison-1", Comparison.from_toml(path).to_dict()) == []


def test_what_is_no_report_is_refused() -> None:
    report = json.loads((FOLDER.parent / "reports/builtin/report.json").read_text(encoding="utf-8"))
    report["cells"] = [{**report["cells"][0], "learning_curves": []}]
    report["pairs"] = report["pairs"][:1]
    assert faults("report-1", report) == []
    for place, value in {
        "schema": 2,
        "digest": "0",
        "cells.0.accuracy": 1.5,
        "cells.0.n_correct.0": -1,
        "cells.0.predictions_sha256.0": "G" * 64,
        "dataset.image_shape": [32, 32],
        "measurements.total_s": "long",
        "pairs.0.first": ["raw"],
        "more": 1,
    }.items():
        changed = copy.deepcopy(report)
        *path, last = [int(part) if part.isdigit() else part for part in place.split(".")]
        node: Any = changed
        for part in path:
            node = node[part]
        node[last] = value
        assert len(faults("report-1", changed)) == 1, place
    without = {key: value for key, value in report.items() if key != "digest"}
    assert faults("report-1", without) == ["$"]


def index_of(packed: bytes, path: Path) -> Any:
    path.write_bytes(packed)
    with zipfile.ZipFile(path) as archive:
        return json.loads(archive.read("index.json"))


def test_the_index_of_a_model_is_valid_and_no_other(tmp_path: Path) -> None:
    images = np.random.default_rng(0).integers(0, 256, (12, 4, 4, 3), np.uint8)
    labels = np.arange(12) % 2
    extractor = RawPixels().fit(images)
    values = extractor.transform(images)
    content = {
        "preconv_model": LAYOUT,
        "title": "Noise",
        "features": "raw",
        "model": "linear",
        "class_names": ["a", "b"],
        "image_shape": [4, 4, 3],
        "extractors": [extractor],
        "classifier": LinearClassifier().fit(values, labels),
    }
    name = f"model-{LAYOUT}"
    index = index_of(pack(content), tmp_path / "model.skops")
    assert load_model(tmp_path).features_ is not None
    assert faults(name, index) == []
    other = {**content, "classifier": LogisticRegression(), "image_fit": "crop"}
    assert faults(name, index_of(pack(other), tmp_path / "other.skops")) == []
    for wrong in (
        {key: value for key, value in content.items() if key != "title"},
        {**content, "preconv_model": LAYOUT + 1},
        {**content, "image_shape": [4, 4]},
        {**content, "more": 1},
    ):
        assert faults(name, index_of(pack(wrong), tmp_path / "wrong.skops"))
    unknown = json.loads(json.dumps(index).replace('"array"', '"pickle"'))
    assert faults(name, unknown)
