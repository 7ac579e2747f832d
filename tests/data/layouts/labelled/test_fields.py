"""Labelled images of which some cannot be read, or are named twice."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from data import DataError, Dataset, load_dataset
from tests.data.samples import load_and_hear, png, write_folder

IMAGE = png(np.zeros((4, 4, 3), np.uint8))
LABELS = {f"{i}.png": ("cat", "dog", "eel")[i % 3] for i in range(12)}


def written(folder: Path, damaged: dict[str, bytes], *, split: str = "") -> Path:
    files = dict.fromkeys(LABELS, IMAGE) | damaged
    rows = [f"{name},{label}" for name, label in LABELS.items()]
    if split:
        rows = [f"{row},{'test' if int(row.partition('.')[0]) > 8 else 'train'}" for row in rows]
    head = f"path,label{split}"
    return write_folder(folder, files | {"labels.csv": "\n".join([head, *rows]).encode()})


def test_a_class_without_a_readable_image_is_an_error(tmp_path: Path) -> None:
    eels = [name for name, label in LABELS.items() if label == "eel"]
    path = written(tmp_path / "x", dict.fromkeys(eels, b""))
    with pytest.raises(DataError, match=r"none of the 4 images of class 'eel' .*11\.png.*: empty"):
        load_dataset(path, skip_unreadable=True)
    with pytest.raises(DataError, match="none of the 4 images of class 'eel'"):
        Dataset.from_table(
            {"path": [*LABELS], "label": [*LABELS.values()]}, path, skip_unreadable=True
        )
    dataset, _ = load_and_hear(written(tmp_path / "y", {"2.png": b""}), skip_unreadable=True)
    assert (dataset.class_names, dataset.n_train + dataset.n_test) == (("cat", "dog", "eel"), 11)


def test_no_readable_image_at_all(tmp_path: Path) -> None:
    path = written(tmp_path / "x", dict.fromkeys(LABELS, b"no image"))
    with pytest.raises(DataError, match=r"none of the 4 images of class 'cat' can be read; the"):
        load_dataset(path, skip_unreadable=True)


def test_no_readable_image_of_a_part(tmp_path: Path) -> None:
    damaged = {f"{i}.png": b"" for i in (9, 10, 11)}
    path = written(tmp_path / "x", damaged, split=",split")
    with pytest.raises(DataError, match=r"for train alone.*without the 3 images .*10\.png.*empty"):
        load_dataset(path, skip_unreadable=True)


def test_an_image_in_two_tables(tmp_path: Path) -> None:
    path = write_folder(tmp_path / "x", dict.fromkeys(LABELS, IMAGE))
    lines = [",".join(pair) for pair in LABELS.items()]
    for part, rows in (("train", lines[:9]), ("test", lines[8:])):
        (path / f"{part}.csv").write_text("\n".join(["path,label", *rows]))
    with pytest.raises(DataError, match=r"'8\.png' have more than one line with a label or a part"):
        load_dataset(path)


def test_images_of_twelve_bits_in_files_of_sixteen_are_told(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    files = {name: png(rng.integers(0, 4096, (4, 4)).astype(np.uint16)) for name in LABELS}
    dataset, said = load_and_hear(written(tmp_path, files))
    assert 0 < dataset.images_train.max() <= 16
    assert "images are nearly black, 16 of 255 at the most, as where values of 12 bits lie" in said
