"""Folders of images, in the open and in archives, to the same dataset."""

from __future__ import annotations

import os
import re
import unicodedata
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from data import DataError, load_dataset, read_image
from data.archives.folder import folder_members
from data.archives.source import Source
from data.layouts.arrangement import arrange
from tests.data.samples import load_and_hear, png, tar_bytes, write_folder, zip_bytes

Pack = Callable[[Mapping[str, bytes]], Path]
RNG = np.random.default_rng(1)
PIXELS = {
    f"{part}/{pet}/{i}.png": RNG.integers(0, 256, (5, 6, 3), np.uint8)
    for part, n in (("train", 5), ("test", 3))
    for pet in ("dog", "cat")
    for i in range(n)
}
FILES = {name: png(pixels) for name, pixels in PIXELS.items()}
FIRST = "train/cat/0.png"


def test_train_and_test_folders(pack: Pack) -> None:
    dataset = load_dataset(pack(FILES))
    assert dataset.name == "pets"
    assert dataset.class_names == ("cat", "dog")
    for part in ("train", "test"):
        names = sorted(name for name in PIXELS if name.startswith(part))
        assert np.array_equal(getattr(dataset, f"images_{part}"), [PIXELS[n] for n in names])
        assert getattr(dataset, f"labels_{part}").tolist() == [int("dog" in n) for n in names]


def test_every_way_to_hold_them_gives_the_same_hash(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "folder", FILES)
    backwards = dict(reversed([(f"./wrapped/{name}", content) for name, content in FILES.items()]))
    archives = {"a.tar": tar_bytes(FILES), "b.tgz": tar_bytes(backwards, "w:gz")}
    archives |= {"c.zip": zip_bytes(backwards)}
    for name, content in archives.items():
        (tmp_path / name).write_bytes(content)
    hashes = {load_dataset(path).sha256 for path in (folder, *map(tmp_path.joinpath, archives))}
    assert len(hashes) == 1


def test_split_by_seed(pack: Pack) -> None:
    path = pack(
        {
            name.replace("train/", "").replace("test", "x"): c
            for name, c in FILES.items()
            if name.startswith("train")
        }
    )
    dataset = load_dataset(path, seed=1)
    assert (dataset.n_train, dataset.n_test) == (8, 2)
    assert dataset.labels_test.tolist() == [0, 1]
    assert dataset.sha256 == load_dataset(path, seed=1).sha256
    assert len({load_dataset(path, seed=seed).sha256 for seed in range(6)}) > 1
    together = [*dataset.images_train.tolist(), *dataset.images_test.tolist()]
    assert sorted(together) == sorted(p.tolist() for n, p in PIXELS.items() if "train" in n)


def test_prediction_sees_the_same_pixels(tmp_path: Path) -> None:
    modes = ["1", "L", "LA", "P", "RGB", "RGBA", "CMYK", "I;16"]
    folder = tmp_path / "x"
    for part in ("train", "test"):
        for pet in ("cat", "dog"):
            for mode in modes:
                deep = Image.fromarray(RNG.integers(0, 65536, (9, 7)).astype(np.uint16))
                flat = Image.fromarray(RNG.integers(0, 256, (9, 7, 3), np.uint8))
                image = deep if mode == "I;16" else flat.convert(mode)
                suffix = "tif" if mode == "CMYK" else "png"
                write_folder(
                    folder,
                    {
                        f"{part}/{pet}/{mode}.{suffix}": png(image, format="TIFF")
                        if mode == "CMYK"
                        else png(image)
                    },
                )
    dataset = load_dataset(folder, image_size=(4, 6))
    assert dataset.image_shape == (4, 6, 3)
    files = sorted((folder / "train" / "cat").iterdir())
    for file, pixels in zip(files, dataset.images_train, strict=False):
        assert np.array_equal(read_image(file, (4, 6)), pixels), file


def test_all_grey_is_one_channel_and_one_colour_makes_three(pack: Pack) -> None:
    grey = {name: png(pixels[..., 0].copy()) for name, pixels in PIXELS.items()}
    path = pack(grey)
    dataset = load_dataset(path)
    assert dataset.image_shape == (5, 6, 1)
    assert np.array_equal(dataset.images_train[0, ..., 0], PIXELS["train/cat/0.png"][..., 0])


def test_one_colour_image_makes_three_channels(tmp_path: Path) -> None:
    grey = {name: png(pixels[..., 0].copy()) for name, pixels in PIXELS.items()}
    dataset = load_dataset(
        write_folder(tmp_path / "x", grey | {"test/dog/2.png": FILES["test/dog/2.png"]})
    )
    assert dataset.image_shape == (5, 6, 3)
    assert (dataset.images_train[0] == PIXELS["train/cat/0.png"][..., :1]).all()
    assert np.array_equal(dataset.images_test[-1], PIXELS["test/dog/2.png"])


def test_sizes_must_agree_or_be_given(pack: Pack) -> None:
    odd = FILES | {"train/dog/2.png": png(np.zeros((8, 8, 3), np.uint8))}
    path = pack(odd)
    with pytest.raises(DataError, match=r"set image_size=\(height, width\)") as caught:
        load_dataset(path)
    assert "8×8" in str(caught.value)
    assert "dog/2.png" in str(caught.value)
    assert load_dataset(path, image_size=4).image_shape == (4, 4, 3)


def test_what_vanishes_is_said_where_it_is_why_loading_fails(pack: Pack) -> None:
    files = {f"cat/{i}.png": FILES[FIRST] for i in range(3)} | {"dog/1.heic": b"x"}
    with pytest.raises(
        DataError, match=r"one class, 'cat'.*; passed over: 1 file .* \(dog/1.heic\)"
    ):
        load_dataset(pack(files))


def test_images_that_cannot_be_read_are_counted_and_named(pack: Pack) -> None:
    bad = {"test/cat/1.png": FILES["test/cat/1.png"][:70], "train/cat/3.png": b""}
    dataset, said = load_and_hear(pack(FILES | bad), skip_unreadable=True)
    assert "2 images that cannot be read (" in said
    assert re.search(r"test/cat/1\.png.*: cannot be decoded as an image .*; also train/cat/3", said)
    rest = {name: pixels for name, pixels in PIXELS.items() if name not in bad}
    for part in ("train", "test"):
        names = sorted(name for name in rest if name.startswith(part))
        assert np.array_equal(getattr(dataset, f"images_{part}"), [rest[n] for n in names])
        assert getattr(dataset, f"labels_{part}").tolist() == [int("dog" in n) for n in names]


@pytest.mark.parametrize("broken", ["cat/000.png", "cat/007.png", "dog/019.png"])
def test_an_image_that_cannot_be_read_is_as_if_it_were_not_there(
    broken: str, tmp_path: Path
) -> None:
    files = {
        f"{pet}/{i:03}.png": png(RNG.integers(0, 256, (5, 6, 3), np.uint8))
        for pet in ("cat", "dog")
        for i in range(20)
    }
    folder = write_folder(tmp_path / "x", files | {broken: b"no image"})
    for image_size in (None, 4):
        left_out, said = load_and_hear(folder, image_size=image_size, skip_unreadable=True)
        assert "1 image that cannot be read" in said
        (folder / broken).rename(tmp_path / "away")
        assert load_dataset(folder, image_size=image_size).sha256 == left_out.sha256
        (tmp_path / "away").rename(folder / broken)


@pytest.mark.parametrize("image_size", [None, 4])
def test_a_class_of_which_nothing_can_be_read_is_an_error(pack: Pack, image_size: Any) -> None:
    bad = {name: b"no image" for name in FILES if name.startswith("train/cat")}
    with pytest.raises(
        DataError, match=r"none of the 5 images in 'train/cat' can be read; the first: .*0\.png"
    ):
        load_dataset(pack(FILES | bad), image_size=image_size, skip_unreadable=True)
    with pytest.raises(DataError, match=r"none of the 3 images in 'test/cat' can be read"):
        load_dataset(pack(dict.fromkeys(FILES, b"")), image_size=image_size, skip_unreadable=True)


def test_images_that_cannot_be_read_are_an_error_that_lists_them(pack: Pack) -> None:
    bad = {f"train/cat/x{i:02}.png": b"" for i in range(23)}
    with pytest.raises(DataError, match=r"23 of 39 images cannot be read:") as caught:
        load_dataset(pack(FILES | bad))
    said = str(caught.value)
    assert all(f"train/cat/x{i:02}.png" in said for i in range(20))
    assert "x20.png" not in said
    assert "… and 3 more\n" in said
    assert said.endswith("skip_unreadable=True (--skip-unreadable)")


def test_a_kind_of_image_that_is_not_read_is_named(pack: Pack) -> None:
    hidden = np.dstack([PIXELS[FIRST], np.zeros((5, 6), np.uint8)])
    dataset, said = load_and_hear(
        pack(FILES | {"train/dog/x.png": png(hidden)}), skip_unreadable=True
    )
    assert dataset.n_train == 10
    assert "every pixel is transparent, and a picture lies beneath; save it without" in said


ACCENTED = {
    name.replace("train/cat", "café").replace("train/dog", "猫"): content
    for name, content in FILES.items()
    if "train" in name
}


def test_both_forms_of_a_name_have_one_hash(pack: Pack, tmp_path: Path) -> None:
    expected = load_dataset(write_folder(tmp_path / "composed", ACCENTED)).sha256
    decomposed = {unicodedata.normalize("NFD", name): content for name, content in ACCENTED.items()}
    assert load_dataset(pack(decomposed)).sha256 == expected


def test_a_bomb_is_named(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 100)
    path = pack(FILES | {"test/cat/1.png": png(np.zeros((50, 50, 3), np.uint8))})
    with pytest.raises(DataError, match=r"test/cat/1\.png.*: more than the 100 pixels"):
        load_dataset(path)


def test_huge_arrays_must_be_asked_for(pack: Pack, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data.layouts.labelled.decoding.MAX_UNASKED_BYTES", 16 * 90 - 1)
    path = pack(FILES)
    with pytest.raises(DataError, match=r"16 images of 5×6 take .* image_size=\(5, 6\) if you"):
        load_dataset(path)
    assert load_dataset(path, image_size=(5, 6)).n_train == 10


def test_what_does_not_fit_into_memory(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", FILES)
    n = 1 << 12

    def no_room(*_: object) -> None:
        raise MemoryError

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("data.layouts.labelled.decoding.np.empty", no_room)
        with pytest.raises(DataError, match=r"take 0\.75 GiB; set a smaller image_size"):
            load_dataset(folder, image_size=n)


@pytest.mark.parametrize("n_cpus", [1, 2, 7])
def test_threads_change_nothing(
    n_cpus: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = write_folder(tmp_path / "x", FILES)
    expected = load_dataset(folder).sha256
    monkeypatch.setattr(os, "cpu_count", lambda: n_cpus)
    monkeypatch.setattr("data.layouts.labelled.decoding._BATCH_FILES", 2)
    assert load_dataset(folder).sha256 == expected


def test_class_names_that_cannot_be_shown(tmp_path: Path) -> None:
    bad = {name.replace("dog", "d\x1b[2Jog"): content for name, content in FILES.items()}
    path = tmp_path / "pets.tar"
    path.write_bytes(tar_bytes(bad))
    with pytest.raises(DataError, match=r"pets\.tar: class_names must be printable"):
        load_dataset(path)


def test_a_folder_that_changes_while_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "x", FILES)
    listings = [list(folder_members(folder)), list(folder_members(folder))[1:]]
    monkeypatch.setattr(Source, "members", lambda _: iter(listings.pop(0)))
    with pytest.raises(DataError, match="changed while it was read"):
        load_dataset(folder)


CIFAR10 = "airplane automobile bird cat deer dog frog horse ship truck"


@pytest.mark.slow
def test_layout_of_the_jpeg_copy_of_cifar10(cifar10_jpeg: Path) -> None:
    layout = arrange(Source(cifar10_jpeg).names, 0, "x")
    assert (len(layout.train), len(layout.test)) == (40_000, 10_000)
    assert " ".join(layout.class_names) == CIFAR10


@pytest.mark.slow
def test_the_jpeg_copy_of_cifar10(cifar10_jpeg: Path) -> None:
    dataset = load_dataset(cifar10_jpeg)
    assert (dataset.name, dataset.image_shape) == ("cifar10-jpeg", (32, 32, 3))
    assert np.bincount(dataset.labels_train).tolist() == [4_000] * 10
    assert np.bincount(dataset.labels_test).tolist() == [1_000] * 10
    digest = "6d762f6670381198b0e0ac3b27a376c33d7b9aa04785246edd24a61bf99ebba8"
    assert dataset.sha256 == digest
