from __future__ import annotations

import json
import tomllib
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import ValidationError

from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError

KNN = {"classifier": "KNeighborsClassifier"}
RAW = {"extractor": "RawPixels"}

values = st.recursive(
    st.booleans()
    | st.integers(-(2**62), 2**62)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3),
    max_leaves=5,
)


def test_a_toml_file_says_what_is_compared(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(
        """
        schema = 1
        data = "images/flowers"
        title = "Flowers"
        image_size = [24, 32]
        data_seed = 4
        seeds = [0, 2]

        [features.hog]
        extractor = "HOG"
        pixels_per_cell = [8, 8]
        [features.color]
        extractor = "ColorHistogram"
        alone = false
        [features."hog+color"]
        union = ["hog", "color"]

        [models.linear]
        classifier = "LinearClassifier"
        standardize = true
        choose = { alpha = [1e-4, 1e-3] }
        on = { hog = { max_iter = 9 } }
        """
    )
    spec = Comparison.from_toml(path)
    assert spec.rows == ("hog", "hog+color")
    assert spec.columns == ("linear",)
    assert spec.image_size == (24, 32)
    hog = spec.to_dict()["features"]["hog"]
    assert hog == {"extractor": "HOG", "pixels_per_cell": [8, 8]}
    assert spec.models["linear"].choose == {"alpha": (1e-4, 1e-3)}
    # A report names data by the last part of the path.
    assert spec.to_dict()["data"] == "flowers"
    assert Comparison.from_dict(json.loads(json.dumps(spec.to_dict()))).to_dict() == spec.to_dict()


@settings(max_examples=20)
@given(st.dictionaries(st.sampled_from(["bins", "color_space", "grid", "norm"]), values))
def test_a_spec_survives_json(parameters: dict[str, Any]) -> None:
    spec = Comparison.from_dict({"features": {"c": {"extractor": "ColorHistogram", **parameters}}})
    assert Comparison.from_dict(json.loads(json.dumps(spec.to_dict()))) == spec


def test_it_is_frozen(spec: Comparison) -> None:
    with pytest.raises(ValidationError, match="frozen"):
        spec.seeds = (3,)


@pytest.mark.parametrize(
    "text", ["a = " + "[" * 5000, "seeds = [" + "9" * 5000 + "]", "a = '" + "x" * 5_000_000 + "'"]
)
def test_a_file_that_is_too_deep_or_too_long_is_refused(text: str, tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text(text)
    with pytest.raises(SpecError, match=r"spec\.toml: cannot be read as TOML: .{0,200}$"):
        Comparison.from_toml(path)


@pytest.mark.parametrize(
    ("content", "says"),
    [
        ({"feature": {}}, "unknown key: feature; valid: schema, data"),
        ({"schema": 2}, "schema: Input should be 1"),
        ({"seeds": []}, "seeds: "),
        ({"seeds": [1, 1]}, "each seed once"),
        ({"seeds": [-1]}, "seeds.0"),
        ({"seeds": [0.5]}, "seeds.0"),
        ({"title": "two\nlines"}, "printable"),
        ({"image_size": 0}, "image_size"),
        ({"image_size": 10**9}, "image_size"),
        ({"class_from": 0}, "class_from"),
        ({"class_from": "middle"}, "class_from"),
        ({"fit": "zoom"}, "fit: Input should be 'stretch', 'crop' or 'pad'"),
        ({"skip_unreadable": "yes"}, "skip_unreadable"),
        ({"features": {"hog": {"extractor": "Hog"}}}, "unknown extractor: Hog; valid: RawPixels"),
        ({"features": {"h": {"extractor": "HOG", "cells": 3}}}, "parameter of HOG: cells; valid: "),
        ({"features": {"../h": RAW}}, "features.../h"),
        ({"features": {"h": {}}}, "features.h.extractor: Field required"),
        ({"features": {"h": 3}}, "features.h"),
        ({"features": {"h": RAW, "u": {"union": ["h", "x"]}}}, "part of features.u: x; valid: h"),
        ({"features": {"h": RAW, "u": {"union": ["h"]}}}, "features.u.union"),
        ({"features": {"h": {"extractor": "HOG", "orientations": float("inf")}}}, "finite number"),
        ({"features": {"h": {"extractor": "HOG", "orientations": 2**70}}}, "finite number"),
        ({"features": {"h": {"extractor": "HOG", "block_norm": "x" * 2000}}}, "short text"),
        (
            {"features": {"w": {"extractor": "BagOfVisualWords", "random_state": 1}}},
            "features.w: random_state: the run sets that itself",
        ),
        ({"models": {"m": {"classifier": "MLP"}}}, "unknown classifier: MLP; valid: Linear"),
        (
            {"models": {"m": {**KNN, "metric_params": {"VI": [[1]]}}}},
            "metric_params: only a classifier made in Python can have that",
        ),
        ({"models": {"m": {**KNN, "k": 3}}}, "unknown parameter of KNeighborsClassifier: k; valid"),
        ({"models": {"m": {**KNN, "choose": {"n_neighbors": 3}}}}, "lists of values"),
        ({"models": {"m": {**KNN, "choose": {"n_neighbors": []}}}}, "lists of values"),
        ({"models": {"m": {**KNN, "choose": {"k": [3]}}}}, "parameter of KNeighborsClassifier: k"),
        ({"models": {"m": {**KNN, "p": 1, "choose": {"p": [1]}}}}, "p: given a value and"),
        ({"models": {"m": {**KNN, "on": {"x": {"p": 1}}}}}, "row in models.m.on: x; valid: none"),
        ({"models": {"m": {**KNN, "on": {"x": {"q": 1}}}}}, "KNeighborsClassifier: q; valid"),
    ],
)
def test_what_is_wrong_is_said_with_what_would_be_right(content: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError) as refused:
        Comparison.from_dict(content, where="my.toml")
    assert str(refused.value).startswith("my.toml: ")
    assert says in str(refused.value)


def test_parameters_nest_only_so_deep() -> None:
    deep: Any = 1
    for _ in range(6):
        deep = [deep]
    with pytest.raises(SpecError, match="nest"):
        Comparison.from_dict({"features": {"h": {"extractor": "HOG", "orientations": deep}}})


def test_every_mistake_is_named_at_once() -> None:
    with pytest.raises(SpecError) as refused:
        Comparison.from_dict({"seeds": [], "features": {"a": {"extractor": "A"}}})
    assert len(str(refused.value).splitlines()) == 2


@pytest.mark.parametrize("content", [b"schema = ", b"\xff\xfe", b"seeds = [1"])
def test_a_file_that_is_no_toml_is_named(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "broken.toml"
    path.write_bytes(content)
    with pytest.raises(SpecError, match=r"broken\.toml: cannot be read as TOML"):
        Comparison.from_toml(path)
    with pytest.raises(SpecError, match=r"missing\.toml"):
        Comparison.from_toml(tmp_path / "missing.toml")


def test_selecting_a_union_keeps_its_parts_as_parts(spec: Comparison) -> None:
    narrow = spec.select(features=["raw+color"], models=["mlp"])
    assert narrow.rows == ("raw+color",)
    assert narrow.columns == ("mlp",)
    assert set(narrow.features) == {"raw", "color", "raw+color"}
    assert narrow.select(features=["raw"]).rows == ("raw",)
    both = spec.select(features=["raw+color", "color"])
    assert set(both.rows) == {"raw+color", "color"}


def test_selecting_a_row_away_takes_its_exceptions_along() -> None:
    spec = Comparison.from_dict(
        {"features": {"a": RAW, "b": RAW}, "models": {"m": {**KNN, "on": {"a": {"p": 1}}}}}
    )
    assert spec.select(features=["b"]).models["m"].on == {}
    assert spec.select(features=["a"]).models["m"].on == {"a": {"p": 1}}


def test_selecting_what_is_not_there_lists_what_is(spec: Comparison) -> None:
    with pytest.raises(SpecError, match=r"unknown features: hug; valid: raw, color, raw\+color"):
        spec.select(features=["raw", "hug"])
    with pytest.raises(SpecError, match="unknown models: svm; valid: knn, mlp"):
        spec.select(models=["svm"])


def test_a_number_of_generated_images_belongs_to_the_generated_data() -> None:
    spec = Comparison.from_options(settings=["n_train = 20000", "n_test=300"])
    assert (spec.how_to_load()["n_train"], spec.to_dict()["n_test"]) == (20_000, 300)
    assert Comparison.from_dict(spec.to_dict()) == spec
    assert "n_train" not in Comparison.from_options().to_dict()
    fields = spec.to_dict() | {"features": {}, "models": {}}
    for wrong in (0, 1.5, True, 10**10):
        with pytest.raises(SpecError, match="n_train"):
            Comparison.from_dict(fields | {"n_train": wrong})


def test_other_data_leave_it_out(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text("n_train = 20000")
    assert Comparison.from_options(path).n_train == 20_000
    assert Comparison.from_options(path, data="pictures").n_train is None
    said = Comparison.from_options(path, data="pictures", settings=["n_train=7"])
    assert said.n_train == 7  # which no loader will take


def test_options_start_from_the_built_in_spec() -> None:
    spec = Comparison.from_options(
        data="pictures", features=["hog", "raw"], models=["knn"], seeds=[4], image_size=16
    )
    assert spec.rows == ("hog", "raw")
    assert (spec.columns, spec.seeds, spec.data, spec.image_size) == (
        ("knn",),
        (4,),
        "pictures",
        16,
    )
    assert spec.title is None
    assert "class_from" not in spec.to_dict()
    for level in (2, "2"):
        chosen = Comparison.from_options(data="pictures", class_from=level)
        assert chosen.how_to_load()["class_from"] == chosen.to_dict()["class_from"] == 2
    assert Comparison.from_options(class_from="last").class_from == "last"
    with pytest.raises(SpecError, match="options: class_from"):
        Comparison.from_options(class_from="inner")
    fitted = Comparison.from_options(data="pictures", fit="pad", skip_unreadable=True)
    for how in (fitted.how_to_load(), fitted.to_dict()):
        assert (how["fit"], how["skip_unreadable"]) == ("pad", True)
    assert not {"fit", "skip_unreadable"} & {*spec.to_dict()}
    assert spec.how_to_load()["fit"] == "stretch"
    assert Comparison.from_options("cifar10").data == "cifar10"
    with pytest.raises(
        SpecError, match=r"cifar11: no such file, nor one of .*: builtin, .*cifar10"
    ):
        Comparison.from_options("cifar11")
    with pytest.raises(SpecError, match="options: seeds"):
        Comparison.from_options(seeds=[1, 1])


@pytest.mark.parametrize("name", ["builtin", "cifar10"])
def test_the_specs_of_the_package_are_valid(name: str) -> None:
    path = files("pipelines") / "specs" / f"{name}.toml"
    spec = Comparison.from_dict(tomllib.loads(path.read_text()), where=name)
    assert set(spec.rows) == {"raw", "color", "hog", "bovw", "hog+color"}
    assert set(spec.columns) >= {"linear", "mlp"}


def test_other_data_have_another_title() -> None:
    assert Comparison.from_options(data="photos").title is None
    assert Comparison.from_options(data="photos", title="My photos").title == "My photos"


def test_data_that_are_set_are_data_that_are_given(tmp_path: Path) -> None:
    path = tmp_path / "spec.toml"
    path.write_text('title = "Flowers"\nn_train = 99\n')
    for data, told in (("photos", []), (None, ["data = photos"])):
        spec = Comparison.from_options(path, data=data, settings=told)
        assert (spec.data, spec.title, spec.n_train) == ("photos", None, None)
        spec = Comparison.from_options(path, data=data, settings=[*told, "title = Trees"])
        assert (spec.data, spec.title) == ("photos", "Trees")
    assert Comparison.from_options(path, settings=["seeds = [1]"]).title == "Flowers"


def test_a_title_in_any_script() -> None:
    title = "کتاب\u200cها"
    assert Comparison.from_options(title=title).title == title
    with pytest.raises(SpecError, match="printable text on one line"):
        Comparison.from_options(title="a\u202eb")


def test_a_folder_is_no_spec(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even one that is called as a spec of this package, which still is what is meant."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cifar10").mkdir()
    (tmp_path / "photos").mkdir()
    assert Comparison.from_options("cifar10").data == "cifar10"
    with pytest.raises(SpecError, match=r"photos: a folder, .* --data photos\? .* cifar10"):
        Comparison.from_options("photos")
