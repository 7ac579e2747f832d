from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data import Dataset, DataWarning, inspect_source, load_dataset


def write(path: Path, seed: int, height: int = 8, mode: str = "RGB") -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 255, (height, 10, 3), dtype=np.uint8)
    Image.fromarray(pixels).convert(mode).save(path)


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Three cats and one dog to train on, one of each to test, and other things."""
    root = tmp_path / "photos"
    for i in range(3):
        write(root / "train" / "cat" / f"{i}.png", i)
    write(root / "train" / "dog" / "3.png", 3, mode="L")
    write(root / "test" / "cat" / "0.png", 0)
    write(root / "test" / "dog" / "4.png", 4)
    (root / "train" / "dog" / "notes.txt").write_text("x")
    (root / "train" / "dog" / "bad.png").write_bytes(b"x")
    return root


def test_all_that_becomes_of_a_folder_is_said(photos: Path) -> None:
    found = inspect_source(photos)
    assert found.layout == "folder of images"
    assert found.counts == {"train": {"cat": 3, "dog": 1}, "test": {"cat": 1, "dog": 1}}
    assert found.kinds == {"RGB 8×10": 5, "L 8×10": 1}
    assert not found.size_needed
    assert found.imbalance == 3.0
    text = str(found)
    assert "images of 8×10 pixels, RGB" in text
    assert "train: 4, test: 2" in text
    assert "  cat: 3 / 1" in text
    assert "1 test images also in training" in text
    assert "notes.txt" in text
    assert "bad.png" in text
    assert found.dataset.sha256 in text
    with pytest.warns(DataWarning, match="bad.png"):
        assert found.dataset.sha256 == load_dataset(photos, skip_unreadable=True).sha256
    content = json.loads(json.dumps(found.to_dict(), allow_nan=False))
    assert content["parts"] == found.counts
    assert content["duplicates"]["n_test_in_train"] == 1
    assert {each["n"] for each in content["passed_over"]} == {1}


def test_images_of_several_sizes_are_no_error_here(photos: Path) -> None:
    write(photos / "train" / "dog" / "large.png", 9, height=20)
    found = inspect_source(photos)
    assert found.size_needed
    assert "images of several sizes: set --image-size" in str(found)
    assert found.kinds["RGB 20×10"] == 1
    assert not inspect_source(photos, image_size=16).size_needed


def test_a_notebook_sees_images_of_each_class_and_no_markup_of_others(photos: Path) -> None:
    shown = inspect_source(photos)._repr_html_()
    assert shown.count("<img") == 2
    images = np.zeros((2, 4, 4, 1), np.uint8)
    few = Dataset("<b>few", images, np.array([0, 1]), images, np.array([0, 1]), ("<i>", "b"))
    assert "<b>" not in few._repr_html_()
    assert "<i>" not in few._repr_html_()
    assert "&lt;i&gt;" in few._repr_html_()
