"""CIFAR-10.1, beside CIFAR-10 and alone."""

from __future__ import annotations

import io
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from data import DataError, load_dataset
from tests.data.samples import CifarCopy, load_and_hear, write_folder

Pack = Callable[[Mapping[str, bytes]], Path]
IMAGES = np.random.default_rng(0).integers(0, 256, (20, 32, 32, 3), np.uint8)
LABELS = (np.arange(20) % 10).astype(np.int32)


def npy(array: np.ndarray) -> bytes:
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


def files(version: str = "v6", images: np.ndarray = IMAGES) -> dict[str, bytes]:
    start = f"datasets/cifar10.1_{version}"
    return {f"{start}_data.npy": npy(images), f"{start}_labels.npy": npy(LABELS)}


def test_beside_cifar10_it_is_the_test_part(pack: Pack) -> None:
    copy = CifarCopy(10)
    dataset = load_dataset(pack(files() | copy.binary()))
    assert (dataset.name, dataset.class_names) == ("cifar10.1", copy.names)
    assert np.array_equal(dataset.images_train, copy.images_train)
    assert np.array_equal(dataset.images_test, IMAGES)
    assert dataset.labels_test.tolist() == LABELS.tolist()


def test_alone_it_is_split_and_says_so(pack: Pack) -> None:
    """Of two versions the later one is taken."""
    path = pack(files() | files("v4", 255 - IMAGES))
    dataset, said = load_and_hear(path)
    assert (dataset.name, dataset.n_train, dataset.n_test) == ("cifar10.1", 10, 10)
    assert dataset.class_names[:2] == ("airplane", "automobile")
    rows = {image.tobytes() for image in (*dataset.images_train, *dataset.images_test)}
    assert rows == {image.tobytes() for image in IMAGES}
    assert "test images only; it is split" in said
    assert "holds v4 and v6; v6 is taken" in said


def test_refuses_arrays_of_another_kind(tmp_path: Path) -> None:
    with pytest.raises(DataError, match=r"v6_data\.npy: expected uint8 \(n, 32, 32, 3\), got"):
        load_dataset(write_folder(tmp_path / "a", files(images=IMAGES[..., 0])))
    with pytest.raises(DataError, match="5 images, but labels of int32"):
        load_dataset(write_folder(tmp_path / "b", files(images=IMAGES[:5])))
