"""A Croissant description names what can be checked: files, hashes, classes and counts."""

import json
import re
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from typer.testing import CliRunner

from data import NAMED_DATASETS, DataError, Dataset, inspect_source, save_npz
from data.description.croissant import croissant
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
    for label in ("a", "b"):
        (tmp_path / label).mkdir()
        for i in range(5):
            Image.new("RGB", (8 + i, 8)).save(tmp_path / label / f"{i}.png")
    with pytest.raises(DataError, match="several sizes"):
        inspect_source(tmp_path).to_croissant()


def photos(folder: Path, *parts: str) -> Path:
    """Write a folder of images, a folder a class, in these parts."""
    for part in parts:
        for shade, label in enumerate(("day", "night")):
            place = folder / part / label
            place.mkdir(parents=True)
            for i in range(3):
                Image.new("RGB", (2, 2), (shade, i, len(part))).save(place / f"{i}.png")
    (folder / parts[0] / "day" / "0.png").rename(folder / parts[0] / "day" / "0.PNG")
    return folder


def found_in(path: str, field: dict[str, Any]) -> str:
    found = re.match(field["source"]["transform"]["regex"], path)
    assert found is not None
    return found[1]


def test_images_of_a_folder_are_records_with_class_and_part(tmp_path: Path) -> None:
    found = inspect_source(photos(tmp_path / "sky", "train", "test")).to_croissant()
    (files,) = found["distribution"]
    assert files["includes"] == ["*.PNG", "*.png"]
    assert "containedIn" not in files
    images = found["recordSet"][-1]
    _, path, label, part = images["field"]
    assert path["source"]["extract"] == {"fileProperty": "fullpath"}
    for name in ("test/night/2.png", "sky/test/night/2.png"):
        assert (found_in(name, label), found_in(name, part)) == ("night", "test")


def test_images_of_an_archive_are_contained_in_it(tmp_path: Path) -> None:
    folder = photos(tmp_path / "sky", "sky")
    path = shutil.make_archive(str(tmp_path / "sky"), "zip", folder)
    archive, files = inspect_source(path).to_croissant()["distribution"]
    assert files["containedIn"] == {"@id": archive["@id"]}
    assert files["encodingFormat"] == "image/png"


def test_a_path_that_tells_no_class_is_not_said_to(tmp_path: Path) -> None:
    folder = photos(tmp_path / "sky", "sky")
    rows = [f"{p.relative_to(folder)},{p.stem}\n" for p in sorted(folder.rglob("*.[pP]*"))]
    (folder / "labels.csv").write_text(f"file,label\n{''.join(rows)}")
    images = inspect_source(folder).to_croissant()["recordSet"][-1]
    assert [field["name"] for field in images["field"]] == ["images/image", "images/path"]


def test_arrays_have_no_image_files(tmp_path: Path) -> None:
    save_npz(tiny(), tmp_path / "tiny.npz")
    found = inspect_source(tmp_path / "tiny.npz").to_croissant()
    assert [each["name"] for each in found["recordSet"]] == ["classes", "parts"]


def test_the_command_prints_it() -> None:
    ran = CliRunner().invoke(app, ["inspect", "builtin", "--croissant"])
    assert ran.exit_code == 0
    assert json.loads(ran.output)["name"] == "builtin"
    assert CliRunner().invoke(app, ["inspect", "builtin", "--croissant", "--json"]).exit_code != 0


def test_the_validator_of_the_format_takes_it(tmp_path: Path) -> None:
    mlcroissant = pytest.importorskip("mlcroissant", reason="the validator is not installed")
    folder = photos(tmp_path / "sky", "train", "test")
    archive = shutil.make_archive(str(tmp_path / "sky"), "tar", folder)
    for source in ("builtin", folder, archive):
        path = (folder if source is folder else tmp_path) / "croissant.json"
        path.write_text(json.dumps(inspect_source(source).to_croissant()))
        described = mlcroissant.Dataset(jsonld=path)
        assert not described.metadata.ctx.issues.errors
        if source != "builtin":
            records = list(described.records("images"))
            assert len(records) == 12
            assert {record["images/class"] for record in records} == {b"day", b"night"}
            assert {record["images/part"] for record in records} == {b"train", b"test"}
            assert all(record["images/path"].lower().endswith(b".png") for record in records)
