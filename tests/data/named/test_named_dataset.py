"""Published files of a known layout are all that a name needs."""

from __future__ import annotations

import hashlib
from dataclasses import replace

import numpy as np
import pytest

from data import NAMED_DATASETS, DataError, cache_folder, load_dataset
from data.named.downloads import RemoteFile
from data.named.named_dataset import NamedDataset
from tests.data.samples import png, tar_bytes


def test_published_files_need_no_loader(monkeypatch: pytest.MonkeyPatch) -> None:
    """Files in a known layout are read by it; their dataset is called by its own name."""
    classes = ("cat", "dog")
    pixels = np.zeros((2, 2), np.uint8)
    content = tar_bytes(
        {
            f"{part}/{pet}/{i}.png": png(pixels)
            for part in ("train", "test")
            for pet in classes
            for i in range(3)
        }
    )
    folder = cache_folder() / "datasets"
    folder.mkdir(parents=True)
    (folder / "pets-v2.tar").write_bytes(content)
    file = RemoteFile(
        "https://example.org/pets-v2.tar", len(content), hashlib.sha256(content).hexdigest()
    )
    entry = NamedDataset("pets", "two kinds of pets", "none", classes, files=(file,))
    monkeypatch.setitem(NAMED_DATASETS, "pets", entry)
    dataset = load_dataset("pets")
    assert (dataset.name, dataset.class_names, dataset.n_train) == ("pets", classes, 6)
    monkeypatch.setitem(NAMED_DATASETS, "pets", replace(entry, class_names=("cat", "dog", "eel")))
    with pytest.raises(
        DataError, match=r"pets-v2\.tar: holds no pets; it has 2 classes, expected 3"
    ):
        load_dataset("pets")
