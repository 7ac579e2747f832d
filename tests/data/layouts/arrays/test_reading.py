"""Arrays in `.npz` and `.npy` files, under the names that people give them."""

from __future__ import annotations

import io
import unicodedata
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import DataError, Dataset, load_dataset, save_npz
from tests.data.samples import load_and_hear, png, refusal, tar_bytes, write_folder, zip_bytes

Pack = Callable[[Mapping[str, bytes]], Path]
RNG = np.random.default_rng(0)
TRAIN, TEST, VAL = (RNG.integers(0, 256, (n, 5, 6, 3), np.uint8) for n in (12, 6, 4))
LABELS, LABELS_TEST, LABELS_VAL = (np.arange(n) % 3 for n in (12, 6, 4))


def npy(array: Any, **options: Any) -> bytes:
    file = io.BytesIO()
    np.save(file, array, **options)
    return file.getvalue()


def npz(fields: Mapping[str, Any]) -> bytes:
    file = io.BytesIO()
    np.savez(file, **fields)
    return file.getvalue()


def as_files(fields: Mapping[str, Any]) -> dict[str, bytes]:
    return {f"{name}.npy": npy(array) for name, array in fields.items()}


KERAS = {"x_train": TRAIN, "y_train": LABELS[:, None], "x_test": TEST, "y_test": LABELS_TEST}
MEDMNIST = {
    "train_images": TRAIN, "val_images": VAL, "test_images": TEST,
    "train_labels": LABELS[:, None].astype(np.uint8),
    "val_labels": LABELS_VAL[:, None].astype(np.uint8),
    "test_labels": LABELS_TEST[:, None].astype(np.uint8),
}  # fmt: skip
EXPECTED = Dataset("x", TRAIN, LABELS, TEST, LABELS_TEST, ("0", "1", "2"))
WITH_VALIDATION = Dataset(
    "x", TRAIN, LABELS, TEST, LABELS_TEST, ("0", "1", "2"), VAL, LABELS_VAL
)  # fmt: skip


def test_an_npz_of_keras_and_of_medmnist_by_itself(tmp_path: Path) -> None:
    (tmp_path / "mnist.npz").write_bytes(npz(KERAS))
    dataset = load_dataset(tmp_path / "mnist.npz")
    assert (dataset.name, dataset.sha256) == ("mnist", EXPECTED.sha256)
    (tmp_path / "pathmnist.npz").write_bytes(npz(MEDMNIST))
    dataset = load_dataset(tmp_path / "pathmnist.npz")
    assert (dataset.name, dataset.sha256) == ("pathmnist", WITH_VALIDATION.sha256)
    (tmp_path / "latest.npz").symlink_to("pathmnist.npz")
    assert load_dataset(tmp_path / "latest.npz").name == "pathmnist", "as where it is in the cache"


@pytest.mark.parametrize("fields", [KERAS, MEDMNIST])
def test_in_folders_and_archives(pack: Pack, fields: Mapping[str, Any]) -> None:
    """An `.npz`, or its arrays by themselves, have one hash wherever they lie."""
    sha256 = (EXPECTED if fields is KERAS else WITH_VALIDATION).sha256
    inside = {"sets/readme.txt": b"hello", "sets/x.npz": npz(fields)}
    assert load_dataset(pack(inside)).sha256 == sha256


@pytest.mark.parametrize(
    ("images", "labels"),
    [
        ("images_{}", "labels_{}"), ("X_{}", "y_{}"), ("{}X", "{}Y"), ("x{}", "y{}"),
        ("{}_data", "{}_labels"), ("pets-{}-imgs", "pets-{}-targets"), ("{}/images", "{}/labels"),
        ("my/data/X.{}", "my/data/Y.{}"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("words", [("train", "test", "val"), ("Training", "Testing", "valid")])
def test_names_of_npy_files(
    tmp_path: Path, images: str, labels: str, words: tuple[str, ...]
) -> None:
    parts = zip(words, ((TRAIN, LABELS), (TEST, LABELS_TEST), (VAL, LABELS_VAL)), strict=True)
    fields = {
        name.format(word): array
        for word, pair in parts
        for name, array in zip((images, labels), pair, strict=True)
    }
    (tmp_path / "pets.zip").write_bytes(zip_bytes(as_files(fields)))
    assert load_dataset(tmp_path / "pets.zip").sha256 == WITH_VALIDATION.sha256


def test_a_pair_alone_is_split_wherever_it_is(pack: Pack, tmp_path: Path) -> None:
    files = as_files({"images": TRAIN, "labels": LABELS})
    dataset = load_dataset(pack(files))
    assert (dataset.n_train, dataset.n_test) == (9, 3)
    assert sorted(dataset.labels_test.tolist()) == [0, 1, 2]
    (tmp_path / "few.npz").write_bytes(npz({"images": TRAIN, "labels": LABELS}))
    assert load_dataset(tmp_path / "few.npz").sha256 == dataset.sha256
    assert load_dataset(tmp_path / "few.npz", seed=1).sha256 != dataset.sha256
    rows = {image.tobytes() for image in (*dataset.images_train, *dataset.images_test)}
    assert rows == {image.tobytes() for image in TRAIN}


def test_what_is_special_is_said(tmp_path: Path) -> None:
    one_hot = np.eye(3)[LABELS]
    fields = {"x_train": TRAIN, "y_train": one_hot, "x_val": VAL, "y_val": np.eye(3)[LABELS_VAL]}
    (tmp_path / "few.npz").write_bytes(npz(fields | {"mean": np.zeros(3)}))
    dataset, said = load_and_hear(tmp_path / "few.npz")
    assert dataset.labels_train.tolist() == LABELS.tolist()
    assert np.array_equal(dataset.images_test, VAL)
    assert dataset.images_validation is None
    assert "the validation part is the test part" in said
    assert "one-hot, read as 3 classes" in said
    assert "arrays that are no images with labels: 1 (mean)" in said
    assert [omission.names for omission in dataset.passed_over] == [("mean",)]


def test_floats_grey_and_texts(tmp_path: Path) -> None:
    grey = TRAIN[..., 0]
    names = np.array(["cat", "dog", "eel"])
    fields = {"X": (grey / 255).astype(np.float32)[:, None], "y": names[LABELS]}
    (tmp_path / "few.npz").write_bytes(npz(fields))
    dataset = load_dataset(tmp_path / "few.npz")
    assert dataset.class_names == ("cat", "dog", "eel")
    images = np.concatenate([dataset.images_train, dataset.images_test])
    assert {image.tobytes() for image in images} == {image.tobytes() for image in grey}
    fields = {"X": np.asfortranarray(grey), "y": LABELS, "class_names": names}
    (tmp_path / "few.npz").write_bytes(npz(fields))
    again = load_dataset(write_folder(tmp_path / "few", as_files(fields)))
    assert again.sha256 == dataset.sha256
    assert load_dataset(tmp_path / "few", image_size=3).image_shape == (3, 3, 1)


def test_our_own_npz_inside_an_archive(tmp_path: Path) -> None:
    save_npz(WITH_VALIDATION, tmp_path / "few.npz")
    (tmp_path / "few.tar").write_bytes(
        tar_bytes({"x/few.npz": (tmp_path / "few.npz").read_bytes()})
    )
    assert load_dataset(tmp_path / "few.tar").sha256 == WITH_VALIDATION.sha256


class Harm:
    def __reduce__(self) -> tuple[Any, ...]:
        return pytest.fail, ("a pickle was run",)


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"images": TRAIN}, "holds 'images'; expected images and labels of each part"),
        ({"images": TRAIN, "labels": LABELS[:5]}, "images has 12 images, but labels has 5"),
        ({"a_x": TRAIN, "a_y": LABELS, "b_x": TRAIN, "b_y": LABELS}, "several sets .*'a', 'b'"),
        ({"x": TRAIN.reshape(12, -1), "y": LABELS}, r"flat pixels need reshape\(-1, height"),
        ({"x": np.zeros((12, 28, 28, 28)), "y": LABELS}, "must have 1 or 3 channels"),
        ({"x": TRAIN / 255 - 0.5, "y": LABELS}, "black and white.*Dataset.from_arrays with"),
        ({"x": TRAIN, "y": np.ones((12, 14))}, "not one-hot"),
        ({"x": TRAIN, "y": LABELS - 1}, r"y\[0\] is -1, and labels count from 0"),
        ({"x": TRAIN, "y": np.arange(12)}, "class '0' has one image"),
        ({"x_val": TRAIN, "y_val": LABELS, "x_test": TRAIN, "y_test": LABELS}, "no training part"),
        ({"x": TRAIN, "y": np.array([Harm()] * 12)}, r"y\.npy'?: holds Python objects, a pickle"),
        ({"x": np.array(["a", None] * 6), "y": LABELS}, r"x\.npy'?: holds Python objects"),
        ({"x": np.zeros((12, 2, 2), "V4"), "y": LABELS}, "must hold numbers or texts"),
        ({"x": np.zeros((12, 0, 2)), "y": LABELS}, "empty, shape"),
    ],
)  # fmt: skip
def test_refuses(tmp_path: Path, fields: Mapping[str, Any], message: str) -> None:
    (tmp_path / "few.npz").write_bytes(npz(fields))
    with pytest.raises(DataError, match=rf"few\.npz: .*{message}"):
        load_dataset(tmp_path / "few.npz")


@pytest.mark.parametrize("shape", ["(1000000, 1000, 1000, 3)", "(3,)", "(True, 2)", "(-1, 2)"])
def test_headers_that_lie(pack: Pack, shape: str) -> None:
    text = f"{{'descr': '|u1', 'fortran_order': False, 'shape': {shape}}}\n".encode()
    content = b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(200)
    with pytest.raises(DataError, match=r"x\.npy'?: (declares shape|not an \.npy)"):
        load_dataset(pack({"x.npy": content, "y.npy": npy(LABELS)}))


@pytest.mark.parametrize(("mode", "save"), [("w", np.savez_compressed), ("w:xz", np.savez)])
def test_a_bomb_inside_an_archive(
    mode: str, save: Callable[..., None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An archive may be packed in one step or in the other."""
    monkeypatch.setattr("data.archives.zip.ALWAYS_ALLOWED_BYTES", 1 << 16)
    file = io.BytesIO()
    save(file, x=np.zeros((1000, 32, 32), np.uint8), y=np.zeros(1000, int))
    (tmp_path / "few.tar").write_bytes(tar_bytes({"few.npz": file.getvalue()}, mode))
    with pytest.raises(DataError, match=r"few\.npz: decompresses to .* more than 100 times"):
        load_dataset(tmp_path / "few.tar")


def test_one_npz_is_to_be_chosen(tmp_path: Path) -> None:
    (tmp_path / "a.npz").write_bytes(npz(KERAS))
    (tmp_path / "b.npz").write_bytes(npz(KERAS))
    with pytest.raises(DataError, match=r"holds several \.npz \(a\.npz, b\.npz\); give the path"):
        load_dataset(tmp_path)


def test_what_is_no_zip(tmp_path: Path) -> None:
    (tmp_path / "few.npz").write_bytes(b"hello")
    assert "few.npz: not an .npz, or a damaged one" in refusal(
        lambda: load_dataset(tmp_path / "few.npz")
    )
    with zipfile.ZipFile(tmp_path / "none.npz", "w"):
        pass
    assert "none.npz: holds nothing; expected" in refusal(
        lambda: load_dataset(tmp_path / "none.npz")
    )


def test_beside_images(tmp_path: Path) -> None:
    """A picture of the set does no harm; beside folders of images arrays are no dataset."""
    picture = png(TRAIN[0])
    files = {"x.npz": npz(KERAS), "preview.png": picture}
    assert load_dataset(write_folder(tmp_path / "a", files)).sha256 == EXPECTED.sha256
    classes = {f"{pet}/{i}.png": picture for pet in ("cat", "dog") for i in range(3)}
    dataset, said = load_and_hear(write_folder(tmp_path / "b", classes | {"x.npz": npz(KERAS)}))
    assert dataset.class_names == ("cat", "dog")
    assert "x.npz" in said


def test_class_names_are_counted_first(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.layouts.arrays.reading.MAX_CLASSES", 2)
    (tmp_path / "few.npz").write_bytes(npz(KERAS | {"class_names": np.array(["a", "b", "c"])}))
    with pytest.raises(DataError, match=r"few\.npz: 3 class names, expected at most 2"):
        load_dataset(tmp_path / "few.npz")


def test_bytes_are_texts_in_utf_8_and_in_one_form(tmp_path: Path) -> None:
    forms = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    labels = np.array([each.encode() for each in (*forms, "tea") * 4])
    fields = {"images": RNG.integers(0, 256, (12, 5, 6, 3), np.uint8), "labels": labels}
    (tmp_path / "few.npz").write_bytes(npz(fields))
    dataset = load_dataset(tmp_path / "few.npz")
    assert dataset.class_names == (forms[0], "tea")
    names = np.array([forms[1].encode(), b"tea"])
    (tmp_path / "few.npz").write_bytes(npz(fields | {"class_names": names}))
    dataset = load_dataset(tmp_path / "few.npz")
    assert dataset.class_names == (forms[0], "tea")
    for field, wrong in (("labels", labels), ("class_names", names)):
        wrong = np.where(wrong == b"tea", b"t\xe9", wrong)
        (tmp_path / "few.npz").write_bytes(npz(fields | {"class_names": names, field: wrong}))
        with pytest.raises(DataError, match=r"few\.npz: .*holds b't\\xe9', which is not in UTF-8"):
            load_dataset(tmp_path / "few.npz")
