"""A Croissant description names what can be checked: files, hashes, classes and counts."""

import json
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from data import NAMED_DATASETS, DataError, Dataset, inspect_source, save_npz
from data.croissant import croissant
from pipelines.cli import app


def tiny(name: str = "day and night") -> Dataset:
    images, labels = np.zeros((4, 2, 2, 3), np.uint8), np.array([0, 0, 1, 1])
    images[2:] = 255
    return Dataset(name, images, labels, images ^ np.uint8(1), labels, ("night", "day"))


def test_a_file_is_named_with_its_hash_and_size(tmp_path: Path) -> None:
    path = tmp_path / "tiny.npz"
    save_npz(tiny(), path)
    found = inspect_source(path).to_croissant()
    (file,) = found["distribution"]
    assert file["contentUrl"] == "tiny.npz"
    assert file["contentSize"] == f"{path.stat().st_size} B"
    import hashlib

    assert file["sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert str(tmp_path) not in json.dumps(found)


def test_the_record_sets_hold_classes_and_counts() -> None:
    classes, parts = croissant(tiny(), "builtin")["recordSet"]
    assert [row["classes/name"] for row in classes["data"]] == ["night", "day"]
    assert sum(row["parts/n_images"] for row in parts["data"]) == 8
    for records in (classes, parts):
        names = {field["@id"] for field in records["field"]}
        assert all(set(row) == names for row in records["data"])


def test_the_version_is_that_of_the_pixels() -> None:
    dataset = tiny()
    assert dataset.sha256 in croissant(dataset, "builtin")["version"]


def test_a_name_of_any_kind_becomes_one_of_the_format() -> None:
    assert croissant(tiny(), "nowhere")["name"] == "day-and-night"


@pytest.mark.parametrize("name", [n for n, known in NAMED_DATASETS.items() if known.files])
def test_published_files_come_with_their_published_hashes(name: str) -> None:
    files = croissant(tiny(), name)["distribution"]
    assert [file["sha256"] for file in files] == [f.sha256 for f in NAMED_DATASETS[name].files]


def test_images_of_several_sizes_are_not_described(tmp_path: Path) -> None:
    from PIL import Image

    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(5):
            Image.new("RGB", (8 + i, 8)).save(tmp_path / label / f"{i}.png")
    with pytest.raises(DataError, match="several sizes"):
        inspect_source(tmp_path).to_croissant()


def test_the_command_prints_it() -> None:
    ran = CliRunner().invoke(app, ["inspect", "builtin", "--croissant"])
    assert ran.exit_code == 0
    assert json.loads(ran.output)["name"] == "builtin"
    assert CliRunner().invoke(app, ["inspect", "builtin", "--croissant", "--json"]).exit_code != 0


def test_the_validator_of_the_format_takes_it(tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="the validator is not installed")
    path = tmp_path / "croissant.json"
    path.write_text(json.dumps(inspect_source("builtin").to_croissant()))
    assert not mlcroissant.Dataset(jsonld=path).metadata.ctx.issues.errors
