"""The one door: which source is what, and what it says when it cannot tell."""

from __future__ import annotations

import dataclasses
import os
from hashlib import sha256
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import data
from data import NAMED_DATASETS, DataError, DataWarning, cache_folder, load_dataset
from data.builtin import generate
from data.named.downloads import RemoteFile
from tests.data.samples import CifarCopy, png, tar_bytes, write_folder

FILES = {
    f"{pet}/{i}.png": png(np.full((4, 4), i, np.uint8)) for pet in ("a", "b") for i in range(5)
}


def test_built_in_set_is_the_default() -> None:
    dataset = load_dataset()
    assert dataset.name == "builtin"
    assert dataset.sha256 == load_dataset("builtin", seed=5).sha256
    small = load_dataset(image_size=8, name="small")
    assert (small.image_shape, small.name) == ((8, 8, 3), "small")
    with pytest.raises(DataError, match='builtin: labels="coarse" is for CIFAR-100 alone'):
        load_dataset(labels="coarse")


@pytest.mark.parametrize("source", ["cifar1", "no/such/folder", Path("cifar10"), "", "~nobody/x"])
def test_unknown_sources_list_the_known(source: str | Path) -> None:
    with pytest.raises(DataError, match="known are builtin, cifar10, cifar100, svhn"):
        load_dataset(source)


def test_a_path_to_a_copy_wins_only_as_a_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    write_folder(tmp_path / "svhn", CifarCopy(10).binary())
    assert load_dataset(Path("svhn")).name == "cifar10"
    assert load_dataset("./svhn").name == "cifar10"


def test_a_folder_called_as_a_named_dataset(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name is not downloaded for what lies here, and the message says how to read that."""
    monkeypatch.chdir(tmp_path)
    write_folder(tmp_path / "cifar10", FILES)
    message = r"cifar10: a file or folder .* here, too; .* write \./cifar10; .* to download it, go"
    with pytest.raises(DataError, match=message):
        load_dataset("cifar10")
    assert load_dataset("./cifar10").class_names == ("a", "b")
    (tmp_path / "builtin").touch()
    few = dataclasses.replace(
        NAMED_DATASETS["builtin"], load=lambda *_: generate(n_train=20, n_test=10)
    )
    monkeypatch.setitem(NAMED_DATASETS, "builtin", few)
    with pytest.warns(DataWarning, match=r"write \./builtin; the named dataset is taken") as heard:
        assert load_dataset().name == "builtin"
    assert heard[0].filename == __file__


def test_a_folder_called_as_a_published_dataset_that_is_here(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    content = tar_bytes(CifarCopy(10).binary(), "w:gz")
    (published,) = NAMED_DATASETS["cifar10"].files
    here = RemoteFile(published.url, len(content), sha256(content).hexdigest())
    known = dataclasses.replace(NAMED_DATASETS["cifar10"], files=(here,))
    monkeypatch.setitem(NAMED_DATASETS, "cifar10", known)
    write_folder(cache_folder() / "datasets", {here.name: content})
    monkeypatch.chdir(write_folder(tmp_path, {f"cifar10/{name}": c for name, c in FILES.items()}))
    with pytest.warns(DataWarning, match=r"write \./cifar10; the named dataset is taken"):
        assert load_dataset("cifar10").n_classes == 10


def test_names_of_folders_and_archives(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = write_folder(tmp_path / "my.pets", FILES)
    monkeypatch.chdir(folder)
    assert load_dataset(".").name == "my.pets"
    (tmp_path / "Pets.TAR").write_bytes(tar_bytes(FILES))
    assert load_dataset(tmp_path / "Pets.TAR").name == "Pets"
    monkeypatch.setenv("HOME", str(tmp_path))
    assert load_dataset("~/my.pets", name="mine").name == "mine"


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"labels": "rough"}, 'labels must be "fine" or "coarse", got \'rough\''),
        ({"image_size": 0}, "image_size must be"),
        ({"name": ""}, "name must be a printable text"),
    ],
)
def test_options_are_checked(options: dict[str, Any], message: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match=message):
        load_dataset(write_folder(tmp_path, FILES), **options)
    with pytest.raises(TypeError):
        load_dataset(tmp_path, seed=1.5)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "content", [b"", b"\x1f\x8b", b"PK\x03\x04", b"some text" * 99, bytes(9999)]
)
def test_files_of_no_known_kind(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "thing"
    path.write_bytes(content)
    with pytest.raises(DataError, match="thing"):
        load_dataset(path)


def test_empty_and_unfit_places(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="no image in it"):
        load_dataset(tmp_path)
    with pytest.raises(DataError, match="is for CIFAR-100 alone"):
        load_dataset(write_folder(tmp_path / "pets", FILES), labels="coarse")
    with pytest.raises(DataError, match='n_test=5 is for "builtin", which is generated'):
        load_dataset(tmp_path / "pets", n_test=5)
    with pytest.raises(DataError, match="cifar10: n_train=5 is for"):
        load_dataset("cifar10", n_train=5)
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(DataError, match="pipe: neither a file nor a folder"):
        load_dataset(tmp_path / "pipe")


def test_paths_that_the_system_refuses() -> None:
    with pytest.raises(DataError, match="aaa: cannot be read"):
        load_dataset("a" * 5000)
    with pytest.raises(DataError, match="no such file or folder"):
        load_dataset("a\0b")


def test_public_names() -> None:
    assert all(hasattr(data, name) for name in data.__all__)
