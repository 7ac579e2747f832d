"""Samples of WebDataset: beside each other, in one tar, in shards."""

from __future__ import annotations

import gzip
from pathlib import Path

import numpy as np
import pytest

from data import DataError, Dataset, load_dataset
from tests.data.layouts.everywhere import load_quietly, loaded_from_everywhere
from tests.data.samples import png, tar_bytes, write_folder

RNG = np.random.default_rng(6)
PIXELS = RNG.integers(0, 256, (12, 4, 4, 3), np.uint8)


def samples(start: int = 0, stop: int = 12, width: int = 6) -> dict[str, bytes]:
    files = {}
    for i in range(start, stop):
        files[f"{i:0{width}}.png"] = png(PIXELS[i])
        files[f"{i:0{width}}.cls"] = str(i % 3).encode()
    return files


def labels_by_number(dataset: Dataset) -> list[int]:
    """Return the labels in the order of the names of the images."""
    names = [*(dataset.names_train or ()), *(dataset.names_test or ())]
    labels = [*dataset.labels_train.tolist(), *dataset.labels_test.tolist()]
    return [label for _, label in sorted(zip(names, labels, strict=True))]


def shards() -> dict[str, bytes]:
    return {f"{n:05}.tar": tar_bytes(samples(4 * n, 4 * n + 4)) for n in range(3)}


@pytest.mark.parametrize("width", [6, 1])
def test_samples_are_read_in_order(width: int, tmp_path: Path) -> None:
    dataset, said = loaded_from_everywhere(samples(width=width), tmp_path)
    assert said == []
    assert dataset.class_names == ("0", "1", "2")
    assert (dataset.n_train, dataset.n_test) == (9, 3)
    for part in ("train", "test"):
        names = getattr(dataset, f"names_{part}")
        order = [int(name.partition(".")[0]) for name in names]
        assert order == sorted(order)
        assert np.array_equal(getattr(dataset, f"images_{part}"), PIXELS[order])
        assert getattr(dataset, f"labels_{part}").tolist() == [i % 3 for i in order]


def test_shards_in_a_folder_and_in_archives_are_one_set(tmp_path: Path) -> None:
    dataset, said = loaded_from_everywhere(shards() | {"README.md": b""}, tmp_path)
    assert dataset.names_train is not None
    assert dataset.names_train[0].startswith("00000/00000")
    order = [int(name[6:12]) for name in dataset.names_train]
    assert order == sorted(order)
    assert np.array_equal(dataset.images_train, PIXELS[order])
    assert said == ["passed over: files without the suffix of an image: 1 (README.md)"]


@pytest.mark.parametrize(
    "names",
    [
        ("train-0.tar", "val-0.tar", "test-0.tar"),
        ("train/0.tar", "valid/0.tar", "test/0.tar"),
        ("pets_training_0.tar", "pets_validation_0.tar", "pets_test_0.tar"),
    ],
)
def test_shards_of_parts_and_names_of_classes(names: tuple[str, ...], tmp_path: Path) -> None:
    content = [tar_bytes(samples(4 * n, 4 * n + 4)) for n in range(3)]
    files = dict(zip(names, content, strict=True)) | {"classnames.txt": b"cat\nold dog\neel\n"}
    dataset, said = load_quietly(write_folder(tmp_path / "x", files))
    assert (dataset.class_names, said) == (("cat", "old dog", "eel"), [])
    assert np.array_equal(dataset.images_train, PIXELS[:4])
    assert np.array_equal(dataset.images_test, PIXELS[8:])
    assert dataset.images_validation is not None
    assert np.array_equal(dataset.images_validation, PIXELS[4:8])


def test_packed_shards_and_what_else_is_in_them(tmp_path: Path) -> None:
    more = samples() | {f"{i:06}.json": b"{}" for i in range(30)} | {"x.png": png(PIXELS[0])}
    path = write_folder(tmp_path / "x", {"0.tar.gz": tar_bytes(more, "w:gz")})
    dataset, said = load_quietly(path)
    assert dataset.n_train + dataset.n_test == 12
    assert said[0] == "passed over: images without a .cls file: 1 (0/x.png)"
    assert said[1].startswith("passed over: files without the suffix of an image: 30 (0/000000.j")
    assert len(dataset.passed_over[1].names) == 20


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"000001.cls": b""}, r"000001\.cls.*: empty; expected the number of a class"),
        ({"000001.jpg": png(PIXELS[0], format="JPEG")}, "are images of one sample"),
        (
            {"classes.txt": b"cat\ndog\n"},
            r"000002\.cls.*: class '2'; expected numbers 0 … 1 for all",
        ),
        ({"classes.txt": b"0\n2\n5\n", "000003.cls": b"5"}, r"000001\.cls.*: class '1'; expected"),
        ({"000001.png": b""}, "1 of 12 images cannot be read"),
    ],
)
def test_refuses(more: dict[str, bytes], message: str, tmp_path: Path) -> None:
    files = samples() | more
    for path in (tmp_path / "folder", tmp_path / "x.tar"):
        if path.suffix:
            path.write_bytes(tar_bytes(files))
        with pytest.raises(DataError, match=message) as caught:
            load_dataset(path if path.suffix else write_folder(path, files))
        assert str(path) in str(caught.value)


def test_numbers_are_places_in_the_list_even_if_names_are_numbers(tmp_path: Path) -> None:
    more = {"classes.txt": b"1\n2\n5\n"} | {f"{i:06}.fine.cls": b"7" for i in range(12)}
    dataset, _ = loaded_from_everywhere(samples() | more, tmp_path)
    assert dataset.class_names == ("1", "2", "5")
    assert labels_by_number(dataset) == [i % 3 for i in range(12)]


def test_numbers_are_names_if_one_is_no_place(tmp_path: Path) -> None:
    files = samples() | {"classes.txt": b"2\n1\n0\n20\n", "000000.cls": b"20", "000003.cls": b"20"}
    dataset, _ = load_quietly(write_folder(tmp_path / "x", files))
    assert dataset.class_names == ("2", "1", "0", "20")
    assert labels_by_number(dataset) == [3, 1, 0, 3, 1, 0, *[2, 1, 0] * 2]


def test_numbers_of_any_length_are_numbers(tmp_path: Path) -> None:
    names = ["2", "10", "9" * 5000, "1" + "0" * 5000]
    files = {f"{name}.png": png(PIXELS[i]) for i, name in enumerate(names)}
    files |= {f"{name}.cls": b"9" * 1000 if i % 2 else b"7" for i, name in enumerate(names)}
    (tmp_path / "x.tar").write_bytes(tar_bytes(files))
    dataset, _ = load_quietly(tmp_path / "x.tar")
    assert dataset.class_names == ("7", "9" * 1000)
    order = [*map(len, (*(dataset.names_train or ()), *(dataset.names_test or ())))]
    assert sorted(order) == [5, 6, 5004, 5005]


def test_shards_in_an_archive_unpack_to_no_more_than_it_may(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = {
        f"{n}.tar.gz": gzip.compress(tar_bytes(samples(4 * n, 4 * n + 4)) + bytes(1 << 19))
        for n in range(3)
    }
    path = tmp_path / "x.tar.xz"
    path.write_bytes(tar_bytes(files, "w:xz"))
    assert load_dataset(path).n_train == 9
    monkeypatch.setattr("data.archives.tar.ALWAYS_ALLOWED_BYTES", 1 << 20)
    with pytest.raises(DataError, match=r"x\.tar\.xz: decompresses to more than 100 times its"):
        load_dataset(path)
    assert load_dataset(write_folder(tmp_path / "x", files)).n_train == 9


def test_a_shard_that_is_cut_off_is_named(tmp_path: Path) -> None:
    files = shards()
    files["00001.tar"] = files["00001.tar"][:700]
    with pytest.raises(DataError, match=r"x/00001\.tar: "):
        load_dataset(write_folder(tmp_path / "x", files))


def test_tars_of_something_else_are_no_shards(tmp_path: Path) -> None:
    files = {"a.tar": tar_bytes({"cat/1.png": png(PIXELS[0])}), "b.tar": b"no tar"}
    with pytest.raises(DataError, match=r"but archives \(a\.tar, b\.tar\); give one"):
        load_dataset(write_folder(tmp_path / "x", files))


def test_labels_in_another_encoding_do_not_become_one(tmp_path: Path) -> None:
    files = samples()
    files["000003.cls"], files["000004.cls"] = b"caf\xe9", b"caf\xe8"
    with pytest.raises(DataError, match=r"000003.cls: not in UTF-8 \(byte 3\); save it in UTF-8"):
        load_dataset(write_folder(tmp_path, files))
