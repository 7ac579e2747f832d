"""Images that are larger than a quarter of the memory are decoded once, and mapped from then on."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from data import Dataset, load_dataset, save_npz
from data.archives.source import Source
from data.keeping import loaded_images
from data.keeping.cache import RunCache
from data.keeping.frozen import holder_of, is_frozen
from data.layouts import registry
from data.options import LoadOptions
from data.resampling import Resamples
from tests.data.samples import png, tar_bytes, write_folder, zip_bytes

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (24, 32, 32, 3), dtype=np.uint8)
LABELS = np.arange(24) % 2
NAMES = ("cat", "dog")
PARTS = {"train": slice(0, 10), "val": slice(10, 14), "test": slice(14, 24)}
FILES = {
    f"{part}/{NAMES[LABELS[i]]}/{i:02}.png": png(IMAGES[i])
    for part, rows in PARTS.items()
    for i in range(24)[rows]
}
WHOLE = Dataset("x", IMAGES[:14], LABELS[:14], IMAGES[14:], LABELS[14:], NAMES)


def folder(home: Path) -> Path:
    return write_folder(home / "pets", FILES)


def without_parts(home: Path) -> Path:
    one = {f"pets/{name.partition('/')[2]}": content for name, content in FILES.items()}
    (home / "pets.zip").write_bytes(zip_bytes(one))
    return home / "pets.zip"


def grey_first(home: Path) -> Path:
    grey = {f"test/{name}/0.png": png(np.full((32, 32), 7, np.uint8)) for name in NAMES}
    (home / "pets.tar").write_bytes(tar_bytes(grey | FILES, "w"))
    return home / "pets.tar"


def shards(home: Path) -> Path:
    files: dict[str, bytes] = {}
    for i, image in enumerate(IMAGES):
        files |= {f"{i:02}.png": png(image), f"{i:02}.cls": str(LABELS[i]).encode()}
    return write_folder(home / "shards", {"train-0.tar": tar_bytes(files, "w")})


def cifar(home: Path) -> Path:
    planes = IMAGES.transpose(0, 3, 1, 2).reshape(24, -1)
    records = np.concatenate([LABELS[:, None].astype(np.uint8), planes], axis=1)
    files = {f"data_batch_{i + 1}.bin": records[3 * i :][:3].tobytes() for i in range(5)}
    names = "\n".join("abcdefghij").encode()
    more = {"test_batch.bin": records[15:].tobytes(), "batches.meta.txt": names}
    return write_folder(home / "cifar", files | more)


def own(home: Path) -> Path:
    save_npz(WHOLE, home / "own.npz")
    return home / "own.npz"


def of_keras(home: Path) -> Path:
    first = IMAGES.transpose(0, 3, 1, 2)
    np.savez_compressed(
        home / "keras.npz",
        x_train=first[:14],
        y_train=LABELS[:14],
        x_test=np.asfortranarray(first[14:]),
        y_test=LABELS[14:],
    )
    return home / "keras.npz"


def npy(home: Path) -> Path:
    (home / "npy").mkdir()
    np.save(home / "npy/images.npy", IMAGES)
    np.save(home / "npy/labels.npy", LABELS)
    return home / "npy"


def npy_of_floats(home: Path) -> Path:
    path = npy(home)
    np.save(path / "images.npy", (IMAGES / 255).astype(np.float32))
    return path


def parquet(home: Path) -> Path:
    pa = pytest.importorskip("pyarrow")
    pq = pytest.importorskip("pyarrow.parquet")
    images = [{"bytes": png(image), "path": None} for image in IMAGES]
    (home / "pq").mkdir()
    pq.write_table(pa.table({"image": images, "label": LABELS}), home / "pq/x.parquet")
    return home / "pq"


@pytest.fixture
def always_worth(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loaded_images, "_WORTH_BYTES", 0)
    monkeypatch.setattr(loaded_images, "_SETTLED_S", -60.0)


@pytest.fixture
def small_memory(monkeypatch: pytest.MonkeyPatch, always_worth: None) -> Callable[[], None]:
    """Return what makes the memory so small that any images are larger."""
    return lambda: monkeypatch.setenv("PRECONV_MEMORY_GIB", "1e-6")


def is_mapped(dataset: Dataset) -> bool:
    arrays = [getattr(dataset, f"images_{part}") for part in dataset.parts]
    return all(isinstance(holder_of(each), np.memmap) and is_frozen(each) for each in arrays)


@pytest.mark.parametrize(
    "made",
    [folder, without_parts, grey_first, shards, cifar, own, of_keras, npy, npy_of_floats, parquet],
)
@pytest.mark.filterwarnings("ignore::data.DataWarning")
def test_it_is_decoded_once_and_mapped(
    made: Callable[[Path], Path],
    tmp_path: Path,
    small_memory: Callable[[], None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    source = made(tmp_path)
    expected = load_dataset(source, cache=False)
    small_memory()
    loads: list[int] = []

    def counted(source: Source, options: LoadOptions) -> Dataset:
        loads.append(1)
        return registry.load_source(source, options)

    monkeypatch.setattr("data.loading.load_source", counted)
    for _ in range(2):
        found = load_dataset(source)
        assert is_mapped(found)
        assert found.settled() is found
        assert np.shares_memory(found.images_to_learn, found.images_train)
        assert (found.sha256, found.name) == (expected.sha256, expected.name)
        assert (found.names_test, found.class_names) == (expected.names_test, expected.class_names)
    assert len(loads) == 1
    smaller = load_dataset(source, image_size=8)
    assert is_mapped(smaller)
    assert smaller.image_shape == (8, 8, 3)
    assert [each.name[0] for each in RunCache().folder.iterdir() if each.name[0] == "."] == []


@pytest.mark.filterwarnings("ignore::data.DataWarning")
def test_without_a_cache_nothing_is_kept(tmp_path: Path, small_memory: Callable[[], None]) -> None:
    small_memory()
    found = load_dataset(folder(tmp_path), cache=False)
    assert is_mapped(found)
    assert list(RunCache().folder.iterdir()) == []
    assert found.images_validation is not None
    assert len(found.images_to_learn) == 14


def test_images_that_cannot_be_read_leave_no_gap(
    tmp_path: Path, small_memory: Callable[[], None]
) -> None:
    bad = FILES | {"train/cat/00.png": b"no image"}
    source = write_folder(tmp_path / "x", bad)
    with pytest.warns(match=r"00\.png"):
        expected = load_dataset(source, cache=False, skip_unreadable=True)
    small_memory()
    with pytest.warns(match=r"00\.png"):
        found = load_dataset(source, skip_unreadable=True)
    assert is_mapped(found)
    assert found.sha256 == expected.sha256


def test_a_map_of_ones_own_is_settled_by_a_copy_in_a_file(
    tmp_path: Path, small_memory: Callable[[], None]
) -> None:
    np.save(tmp_path / "x.npy", IMAGES)
    mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
    small_memory()
    dataset = Dataset("x", mapped[:14], LABELS[:14], mapped[14:], LABELS[14:], NAMES)
    assert np.shares_memory(dataset.images_train, mapped)
    settled = dataset.settled()
    assert is_mapped(settled)
    np.load(tmp_path / "x.npy", mmap_mode="r+")[...] = 0
    assert settled.sha256 == WHOLE.sha256 != dataset.sha256
    turned = Dataset.from_arrays(
        mapped.transpose(0, 3, 1, 2), LABELS.copy(), IMAGES[14:], LABELS[14:]
    )
    assert isinstance(holder_of(turned.images_train), np.memmap)


def test_images_in_use_stay_in_the_cache(small_memory: Callable[[], None]) -> None:
    small_memory()
    used = load_dataset("builtin", n_train=30, n_test=12)
    small = RunCache(limit_bytes=1 << 17)
    for key in ("a", "b"):
        small.put(key, {"x": np.zeros(60_000, np.uint8)}, {})
    assert {path.name for path in small.folder.iterdir()} > {"b"}
    assert small.size()[0] == 2
    del used
    small.put("c", {"x": np.zeros(60_000, np.uint8)}, {})
    assert {path.name for path in small.folder.iterdir()} == {"b", "c"}


def test_a_resample_is_one_file(small_memory: Callable[[], None]) -> None:
    small_memory()
    resample = Resamples(replace(WHOLE, images_validation=IMAGES, labels_validation=LABELS), n=2)[1]
    assert is_mapped(resample)
    assert np.shares_memory(resample.images_to_learn, resample.images_train)
    assert len(resample.images_to_learn) == 38


def test_generated_images_of_any_number_are_kept(small_memory: Callable[[], None]) -> None:
    small = load_dataset("builtin", n_train=30, n_test=12)
    assert not is_mapped(small)
    small_memory()
    for _ in range(2):
        found = load_dataset("builtin", n_train=30, n_test=12)
        assert is_mapped(found)
        assert (found.sha256, found.name) == (small.sha256, "builtin")
    assert RunCache().size()[0] == 1
    assert load_dataset("builtin", n_train=30, n_test=12, image_size=8).image_shape == (8, 8, 3)
