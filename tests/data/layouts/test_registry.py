"""Which layout reads a source, and how a layout is added."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from data import DataError, Dataset, load_dataset
from data.archives.source import Source
from data.layouts.layout import Layout
from data.layouts.registry import LAYOUTS
from data.options import LoadOptions
from tests.data.samples import png, write_folder

Pack = Callable[[Mapping[str, bytes]], Path]
IMAGES = np.random.default_rng(0).integers(0, 256, (6, 4, 4), np.uint8)
START = b"\x00\x00\x08\x03"
FILES = {
    "digits/train-images.gz": gzip.compress(START + IMAGES[:4].tobytes()),
    "digits/readme.txt": b"hello",
    "digits/test-images.gz": gzip.compress(START + IMAGES[4:].tobytes()),
}


def recognise(source: Source) -> dict[str, str] | None:
    """Find both parts by what the files hold: the names tell only which of them is which."""
    found = {}
    for member in source.members():
        if member.name.endswith(".gz"):
            content = gzip.decompress(member.read(1 << 20))
            if content.startswith(START):
                found["train" if "train" in member.name else "test"] = member.name
    if len(found) == 1:
        raise DataError(f"{source.path}: one of two parts is missing")
    return found or None


def load(source: Source, names: dict[str, str], options: LoadOptions) -> Dataset:
    contents = {m.name: m.read(1 << 20) for m in source.members() if m.name in names.values()}
    parts = []
    for part in ("train", "test"):
        raw = gzip.decompress(contents[names[part]])[len(START) :]
        images = np.frombuffer(raw, np.uint8).reshape(-1, 4, 4, 1)
        labels = (np.arange(len(images)) + options.seed) % 2
        parts += [images, labels]
    return Dataset.of_file(source.path, source.plain_name, *parts, ("even", "odd"))


DIGITS = Layout("digits", "train-images.gz and test-images.gz", recognise, load)


@pytest.fixture
def added(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(LAYOUTS, DIGITS.name, DIGITS)


@pytest.mark.usefixtures("added")
def test_a_layout_is_added_by_one_entry(pack: Pack) -> None:
    """It is read from a folder and from every archive, and resized like all others."""
    path = pack(FILES)
    dataset = load_dataset(path, seed=1)
    assert dataset.name == "pets"
    assert np.array_equal(dataset.images_train[..., 0], IMAGES[:4])
    assert np.array_equal(dataset.images_test[..., 0], IMAGES[4:])
    assert dataset.labels_train.tolist() == [1, 0, 1, 0]
    assert load_dataset(path, image_size=2).image_shape == (2, 2, 1)
    with pytest.raises(DataError, match=r'pets.*: labels="coarse" is for CIFAR-100 alone'):
        load_dataset(path, labels="coarse")


@pytest.mark.usefixtures("added")
def test_a_layout_says_what_is_missing(tmp_path: Path) -> None:
    path = write_folder(tmp_path, {name: c for name, c in FILES.items() if "test" not in name})
    with pytest.raises(DataError, match="one of two parts is missing"):
        load_dataset(path)


@pytest.mark.usefixtures("added")
def test_the_error_lists_all_layouts_when_none_fits(pack: Pack) -> None:
    with pytest.raises(
        DataError,
        match=r"no image in it \(passed over: 1 file without the suffix of an image "
        r"\(notes.txt\)\); expected one of these layouts: ",
    ) as caught:
        load_dataset(pack({"notes.txt": b"hello"}))
    message = str(caught.value)
    for layout in LAYOUTS.values():
        assert f"{layout.name}: {layout.files}" in message
    assert "digits: train-images.gz and test-images.gz" in message


def test_a_file_that_is_no_archive_is_refused_as_one(tmp_path: Path) -> None:
    (tmp_path / "pets.tar").write_bytes(b"hello" * 200)
    with pytest.raises(
        DataError, match=r"pets\.tar: not a folder, and not a \.tar, .*npz: an \.npz"
    ):
        load_dataset(tmp_path / "pets.tar")


def test_the_particular_comes_before_the_general(tmp_path: Path, pack: Pack) -> None:
    """SVHN's files among images are SVHN; a zip of arrays is an .npz whatever its name."""
    files = {f"{pet}/{i}.png": png(IMAGES[i]) for pet in ("a", "b") for i in range(5)}
    with pytest.raises(DataError, match="not SVHN's"):
        load_dataset(pack(files | {"train_32x32.mat": b"x", "test_32x32.mat": b"x"}))
    saved = tmp_path / "saved.npz"
    labels = np.array([0, 1, 0, 1, 0, 1])
    np.savez(
        saved,
        images_train=IMAGES[..., None],
        labels_train=labels,
        images_test=IMAGES[..., None],
        labels_test=labels,
        class_names=["a", "b"],
    )
    assert load_dataset(saved.rename(tmp_path / "renamed.zip")).n_train == 6
