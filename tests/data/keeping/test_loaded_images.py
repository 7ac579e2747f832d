from __future__ import annotations

import os
import warnings
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageFile

from data import Dataset, DataWarning, load_dataset
from data.archives.source import Source
from data.keeping import loaded_images
from data.keeping.cache import RunCache
from data.layouts import registry
from data.layouts.layout import Layout
from data.options import LoadOptions
from tests.data.samples import png, tar_bytes, write_folder

FILES = {
    f"{part}/{name}/{n}.png": png(np.full((3, 3), 20 * n + 5, np.uint8))
    for part in ("train", "val", "test")
    for name in ("cat", "dog")
    for n in range(3)
} | {"train/cat/notes.txt": b"not an image"}


@pytest.fixture(autouse=True)
def worth_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything is worth to be kept, and of files that changed a moment ago, too."""
    monkeypatch.setattr(loaded_images, "_WORTH_S", 0.0)
    monkeypatch.setattr(loaded_images, "_WORTH_BYTES", 0)
    monkeypatch.setattr(loaded_images, "_SETTLED_S", -60.0)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return write_folder(tmp_path / "pets", FILES)


def n_decoded(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Return a list that grows with every load from the files."""
    loads: list[int] = []

    def counted(source: Source, options: LoadOptions) -> Dataset:
        loads.append(1)
        return registry.load_source(source, options)

    monkeypatch.setattr("data.loading.load_source", counted)
    return loads


@pytest.mark.parametrize("packed", [False, True])
@pytest.mark.filterwarnings("ignore::data.DataWarning")
def test_the_second_load_is_what_the_first_was(
    packed: bool, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    loads = n_decoded(monkeypatch)
    if packed:
        folder = tmp_path / "pets.tar"
        folder.write_bytes(tar_bytes(FILES, "w"))
    first, second = load_dataset(folder), load_dataset(folder)
    assert len(loads) == 1
    for field in ("sha256", "name", "class_names", "names_train", "names_validation"):
        assert getattr(second, field) == getattr(first, field)
    assert second.passed_over == first.passed_over != ()
    assert not second.images_train.flags.writeable
    settled = second.settled()
    RunCache().clear()
    assert settled.sha256 == first.sha256


def test_its_warnings_are_given_again(folder: Path) -> None:
    said = []
    for _ in range(2):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            load_dataset(folder)
        assert all(w.filename == __file__ and w.category is DataWarning for w in caught)
        said.append([str(w.message) for w in caught])
    assert said[0] == said[1]
    assert ".txt" in said[0][0]


@pytest.mark.filterwarnings("ignore::data.DataWarning")
def test_what_changed_is_loaded_anew(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = n_decoded(monkeypatch)
    first = load_dataset(folder)
    image = folder / "train/cat/0.png"
    before = image.stat()
    image.write_bytes(png(np.full((3, 3), 200, np.uint8)).ljust(before.st_size, b"\0"))
    os.utime(image, ns=(before.st_atime_ns, before.st_mtime_ns))  # as some programs do
    assert load_dataset(folder).sha256 != first.sha256
    load_dataset(folder, seed=1)
    load_dataset(folder, image_size=5)
    load_dataset(folder, cache=False)
    assert len(loads) == 5
    load_dataset(folder, image_size=5)
    assert len(loads) == 5
    monkeypatch.setattr(ImageFile, "LOAD_TRUNCATED_IMAGES", True)
    load_dataset(folder, image_size=5)
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", None)
    load_dataset(folder, image_size=5)
    assert len(loads) == 7
    monkeypatch.setitem(Image.OPEN, "HEIF", (lambda *_: None, None))  # as its opener does
    load_dataset(folder, image_size=5)
    assert len(loads) == 8


@pytest.mark.filterwarnings("ignore::data.DataWarning")
def test_a_damaged_entry_is_made_again(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    loads = n_decoded(monkeypatch)
    expected = load_dataset(folder).sha256
    (entry,) = RunCache().folder.iterdir()
    kept = bytearray((entry / "images.npy").read_bytes())
    kept[-1] ^= 1
    (entry / "images.npy").write_bytes(kept)
    assert [load_dataset(folder).sha256 for _ in range(2)] == [expected] * 2
    assert len(loads) == 2


@pytest.mark.filterwarnings("ignore::data.DataWarning")
@pytest.mark.parametrize(
    ("name", "value"), [("_WORTH_S", 60.0), ("_WORTH_BYTES", 1 << 20), ("_SETTLED_S", 60.0)]
)
def test_what_is_quick_small_or_new_is_not_kept(
    name: str, value: float, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(loaded_images, name, value)
    load_dataset(folder)
    assert RunCache().size() == (0, 0)


@pytest.mark.filterwarnings("ignore::data.DataWarning")
def test_what_a_layout_of_ones_own_reads_is_not_kept(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PRECONV_CACHE_GIB", "1")
    own = Layout("own", "none", lambda source: None, lambda source, found, options: found)
    monkeypatch.setitem(registry.LAYOUTS, "own", own)
    load_dataset(folder)
    assert RunCache().size() == (0, 0)
