"""Named datasets, with small files standing in for the published ones."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import scipy.io

from data import NAMED_DATASETS, DataError, Dataset, cache_folder, load_dataset
from data.layouts.idx import published as idx_published
from data.named.downloads import RemoteFile
from data.named.downloads import place as place_of
from data.named.named_dataset import NamedDataset
from data.options import LoadOptions
from tests.data.layouts.cifar.test_second_test import files as second_test
from tests.data.layouts.idx.test_reading import IMAGES_TEST, mnist, packed
from tests.data.layouts.published.test_stl10 import FILES as STL10
from tests.data.samples import CifarCopy, python2_pickle, tar_bytes, write_folder

PUBLISHED = [
    "cifar10", "cifar100", "svhn", "cifar10.1", "stl10", "mnist", "fashion-mnist", "kmnist",
]  # fmt: skip
Place = Callable[[str, dict[str, bytes]], None]


def described(file: RemoteFile, content: bytes) -> RemoteFile:
    return replace(file, n_bytes=len(content), sha256=hashlib.sha256(content).hexdigest())


@pytest.fixture
def place(monkeypatch: pytest.MonkeyPatch) -> Place:
    """Put files into the cache folder, and make them the published ones."""

    def placed(name: str, contents: dict[str, bytes]) -> None:
        folder = cache_folder() / "datasets"
        folder.mkdir(parents=True, exist_ok=True)
        for file, content in contents.items():
            path = next(
                (place_of(each) for each in NAMED_DATASETS[name].files if each.name == file),
                folder / file,
            )
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

        def known(files: tuple[RemoteFile, ...]) -> tuple[RemoteFile, ...]:
            return tuple(
                described(file, contents[file.name]) if file.name in contents else file
                for file in files
            )

        dataset = NAMED_DATASETS[name]
        changed = replace(dataset, files=known(dataset.files), instead=known(dataset.instead))
        monkeypatch.setitem(NAMED_DATASETS, name, changed)

    return placed


@pytest.mark.parametrize(("name", "n_classes"), [("cifar10", 10), ("cifar100", 100)])
def test_cifar_in_the_cache(place: Place, name: str, n_classes: int) -> None:
    copy = CifarCopy(n_classes)
    binary = tar_bytes(copy.binary(), "w:gz")
    place(name, {f"cifar-{n_classes}-binary.tar.gz": binary})
    dataset = load_dataset(name)
    assert dataset.name == name
    assert np.array_equal(dataset.images_test, copy.images_test)


def test_a_python_archive_serves_as_well(place: Place) -> None:
    copy = CifarCopy(100)
    python = tar_bytes(copy.python(python2_pickle, str.encode), "w:gz")
    place("cifar100", {"cifar-100-python.tar.gz": python})
    dataset = load_dataset("cifar100", labels="coarse")
    assert np.array_equal(dataset.labels_train, copy.coarse_train)


def test_an_archive_of_something_else(place: Place) -> None:
    place("cifar10", {"cifar-10-binary.tar.gz": tar_bytes(CifarCopy(100).binary(), "w:gz")})
    with pytest.raises(DataError, match=r"cifar-10-binary\.tar\.gz: holds no cifar10"):
        load_dataset("cifar10")


def test_a_cached_file_of_another_hash() -> None:
    path = cache_folder() / "datasets" / "cifar-10-python.tar.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(b"not it")
    with pytest.raises(DataError, match=r"not the published cifar-10-python\.tar\.gz"):
        load_dataset("cifar10")


def mat(images: object, labels: object) -> bytes:
    file = io.BytesIO()
    scipy.io.savemat(file, {"X": images, "y": labels})
    return file.getvalue()


def test_svhn(place: Place) -> None:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (32, 32, 3, 12), np.uint8)
    labels = np.arange(12)[:, None] % 10 + 1
    content = mat(images, labels.astype(np.uint8))
    place("svhn", {"train_32x32.mat": content, "test_32x32.mat": content})
    dataset = load_dataset("svhn")
    assert dataset.class_names == tuple("0123456789")
    assert dataset.labels_train.tolist() == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 1, 2]
    assert np.array_equal(dataset.images_test[5], images[..., 5])
    with pytest.raises(DataError, match='svhn: labels="coarse" is for CIFAR-100 alone'):
        load_dataset("svhn", labels="coarse")


@pytest.mark.parametrize(
    "content",
    [b"", b"nonsense", mat(np.zeros(3), np.zeros(3)), mat(np.zeros((32, 32, 3, 2)), [11])],
)
def test_svhn_files_of_another_kind(place: Place, content: bytes) -> None:
    place("svhn", {"train_32x32.mat": content, "test_32x32.mat": content})
    with pytest.raises(DataError, match=r"32x32|datasets"):
        load_dataset("svhn")


def test_the_table_is_whole() -> None:
    assert list(NAMED_DATASETS) == ["builtin", *PUBLISHED]
    for name, dataset in NAMED_DATASETS.items():
        assert dataset.name == name
        assert dataset.reproducible
        assert len(set(dataset.class_names)) >= 10
        for file in (*dataset.files, *dataset.instead):
            assert len(file.sha256) == 64
            assert Path(file.name).suffix in (".gz", ".mat", ".npy")
    published = [dataset for dataset in NAMED_DATASETS.values() if dataset.is_downloaded]
    assert [dataset.name for dataset in published] == PUBLISHED
    assert all(dataset.n_bytes > 10_000_000 for dataset in published)
    places = [place_of(file) for dataset in published for file in dataset.files]
    assert len({*places}) == len(places) - 1  # CIFAR-10 is a part of two
    assert NAMED_DATASETS["builtin"].n_bytes == 0


def test_the_built_in_set_has_the_classes_that_its_entry_names() -> None:
    assert load_dataset("builtin").class_names == NAMED_DATASETS["builtin"].class_names


def test_a_dataset_is_added_by_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    """A name with a loader of its own is loaded, named in errors, and checked like the others."""
    images = np.zeros((6, 8, 8, 1), np.uint8)
    labels = np.arange(6) % 2

    def load(known: NamedDataset, options: LoadOptions) -> Dataset:
        shifted = images + np.uint8(options.seed)
        return Dataset("else", shifted, labels, images, labels, known.class_names)

    entry = NamedDataset(
        name="squares",
        description="six squares",
        licence="none",
        class_names=("black", "white"),
        load=load,
    )
    monkeypatch.setitem(NAMED_DATASETS, entry.name, entry)
    dataset = load_dataset("squares", seed=7)
    assert (dataset.name, dataset.class_names) == ("squares", ("black", "white"))
    assert dataset.images_train.max() == 7
    with pytest.raises(DataError, match='squares: labels="coarse" is for CIFAR-100 alone'):
        load_dataset("squares", labels="coarse")
    with pytest.raises(DataError, match=f"known are builtin, {', '.join(PUBLISHED)}, squares"):
        load_dataset("square")


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "kmnist"])
def test_idx_sets_have_places_of_their_own(
    place: Place, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    files = packed(mnist())
    place(name, files)
    known = hashlib.sha256(files["train-images-idx3-ubyte.gz"]).hexdigest()
    monkeypatch.setitem(idx_published._TRAINING_IMAGES, known, name)
    dataset = load_dataset(name)
    assert (dataset.name, dataset.class_names) == (name, NAMED_DATASETS[name].class_names)
    assert np.array_equal(dataset.images_test[..., 0], IMAGES_TEST)
    assert NAMED_DATASETS[name].is_here


def test_stl10_in_the_cache(place: Place) -> None:
    place("stl10", {"stl10_binary.tar.gz": tar_bytes(STL10, "w:gz")})
    assert load_dataset("stl10").image_shape == (96, 96, 3)


def test_the_second_test_part_of_cifar10(place: Place) -> None:
    """CIFAR-10 may be there as either of its archives."""
    copy = CifarCopy(10)
    arrays = {name.rpartition("/")[2]: content for name, content in second_test().items()}
    python = {"cifar-10-python.tar.gz": tar_bytes(copy.python(python2_pickle, str.encode), "w:gz")}
    place("cifar10.1", arrays | python)
    assert NAMED_DATASETS["cifar10.1"].is_here
    place("cifar10", python)
    dataset = load_dataset("cifar10.1")
    assert dataset.name == "cifar10.1"
    assert np.array_equal(dataset.images_train, copy.images_train)
    assert dataset.n_test == 20


def test_where_a_package_of_the_system_puts_the_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """They are taken if their images are the published ones, and before any download."""
    monkeypatch.setenv("PRECONV_OFFLINE", "1")
    write_folder(tmp_path / "clothes", packed(mnist()))
    sha256 = load_dataset(tmp_path / "clothes").sha256
    known = replace(NAMED_DATASETS["fashion-mnist"], places=("/no", str(tmp_path / "clothes")))
    monkeypatch.setitem(NAMED_DATASETS, "fashion-mnist", replace(known, sha256=sha256))
    assert load_dataset("fashion-mnist").name == "fashion-mnist"
    assert load_dataset("fashion-mnist", image_size=3).image_shape == (3, 3, 1)
    assert NAMED_DATASETS["fashion-mnist"].system_place == tmp_path / "clothes"
    monkeypatch.setitem(NAMED_DATASETS, "fashion-mnist", known)
    with pytest.raises(DataError, match="clothes: other images than the published fashion-mnist"):
        load_dataset("fashion-mnist")


def test_nothing_is_downloaded_offline(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not there is named, with its address and its place."""
    monkeypatch.setenv("PRECONV_OFFLINE", "1")
    monkeypatch.setattr("socket.socket", lambda *_, **__: pytest.fail("connects"))
    for name in PUBLISHED:
        monkeypatch.setitem(NAMED_DATASETS, name, replace(NAMED_DATASETS[name], places=()))
        file = NAMED_DATASETS[name].files[0]
        with pytest.raises(
            DataError, match="not there, and nothing is downloaded offline"
        ) as caught:
            load_dataset(name)
        assert f"{place_of(file)}: " in str(caught.value)
        for file in NAMED_DATASETS[name if name != "cifar10.1" else "cifar10"].files:
            assert f"{file.url} ({file.n_bytes:,} bytes) to {place_of(file)}" in str(caught.value)
