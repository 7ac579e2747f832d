"""Every reader of a file from outside, with files that it reads: what is changed at random."""

from __future__ import annotations

import gzip
import io
import json
import struct
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from PIL import Image
from scipy.io import savemat
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.ensemble import (
    GradientBoostingClassifier,
    HistGradientBoostingClassifier,
    RandomForestClassifier,
)
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier as NetworkOfSklearn
from sklearn.tree import DecisionTreeClassifier

from data import Dataset, load_dataset, save_npz
from data.layouts.cifar.pickles import read_cifar_pickle
from features import (
    HOG,
    VLAD,
    BagOfVisualWords,
    ColorHistogram,
    ConvolutionalKernelNetwork,
    CoOccurrence,
    FisherVector,
    LocalBinaryPatterns,
    RawPixels,
    Views,
)
from models import (
    KernelClassifier,
    LinearClassifier,
    MLPClassifier,
    TaughtClassifier,
    ViewsClassifier,
)
from pipelines.comparison.spec import Comparison
from pipelines.comparison.spec_file import our_specs
from pipelines.keeping.packing import pack
from pipelines.record.folder.report_file import as_part_of_a_page
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Report
from pipelines.saved_model import LAYOUT, load_model
from tests.data.samples import CifarCopy, python2_pickle, python3_pickle, tar_bytes, zip_bytes
from tests.fuzz.mutations import Mutate, of_bytes, of_json, of_pickle, of_zip

KEPT = Path(__file__).parents[2] / "pipelines" / "reports" / "builtin" / "report.json"


@dataclass(frozen=True)
class Target:
    """A reader of files.

    Parameters
    ----------
    seeds : callable
        Returns files that it reads.
    read : callable
        Reads the content of a file, in a folder that it may write to. A `PreconvError` is the only
        error that it may raise.
    mutate : callable
        Changes a file at random.
    """

    seeds: Callable[[], list[bytes]]
    read: Callable[[bytes, Path], object]
    mutate: Mutate


def case(target: Target, number: int) -> bytes:
    """Return the file of a number, the same each time; the first are the seeds as they are."""
    seeds = target.seeds()
    if number < len(seeds):
        return seeds[number]
    rng = Random(number)
    return target.mutate(rng.choice(seeds), rng)


@cache
def _few() -> Dataset:
    rng = np.random.default_rng(0)
    images = rng.integers(0, 256, (12, 8, 8, 3), np.uint8)
    labels = np.arange(12) % 2
    return Dataset("few", images[:8], labels[:8], images[8:], labels[8:], ("a", "b"))


def _pickles() -> list[bytes]:
    pixels = np.random.default_rng(0).integers(0, 256, (3, 40), np.uint8)
    batch = {b"labels": [6, 9, 300], b"data": pixels, b"filenames": [b"a.png", b"b.png"]}
    texts = {"labels": [np.int64(6), 9], "data": pixels, "names": ["a", "b"]}
    return [python2_pickle(batch), *(python3_pickle(texts, protocol) for protocol in (2, 4, 5))]


def _read_file(name: str) -> Callable[[bytes, Path], object]:
    def read(content: bytes, folder: Path) -> object:
        path = folder / name
        path.write_bytes(content)
        return load_dataset(path)

    return read


@cache
def _npz() -> list[bytes]:
    from tempfile import TemporaryDirectory

    with TemporaryDirectory() as folder:
        path = Path(folder, "few.npz")
        save_npz(_few(), path)
        return [path.read_bytes()]


def _image(pixels: Any, kind: str) -> bytes:
    file = io.BytesIO()
    Image.fromarray(pixels).save(file, kind)
    return file.getvalue()


@cache
def _images() -> dict[str, bytes]:
    kinds = ("PNG", "JPEG", "BMP", "GIF", "TIFF", "PPM")
    return {
        f"{part}/{name}/{i}.{kind.lower()}": _image(image, kind)
        for part in ("train", "test")
        for i, (name, kind) in enumerate(zip("ababab", kinds, strict=True))
        for image in (_few().images_train[i],)
    }


def _read_image_folder(content: bytes, folder: Path) -> object:
    """Read a folder in which one image of each kind has been replaced."""
    for name, image in _images().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        suffix = content[:4].strip()
        kinds = {b"\x89PNG": "png", b"BM": "bmp", b"GIF8": "gif", b"II*": "tiff", b"P6": "ppm"}
        found = next((kind for start, kind in kinds.items() if suffix.startswith(start)), "jpeg")
        path.write_bytes(content if name.endswith(f"train/b/1.{found}") else image)
    (folder / "train" / "a" / f"more.{found}").write_bytes(content)
    return load_dataset(folder, image_size=8)


def _on_few_columns() -> list[Any]:
    """Return classifiers, those above all whose arrays reach compiled code as they are."""
    return [
        KernelClassifier(whiten=4, n_landmarks=6),
        TaughtClassifier(MLPClassifier((2,), max_iter=2), LinearClassifier()),
        DecisionTreeClassifier(random_state=0),
        RandomForestClassifier(3, random_state=0),
        GradientBoostingClassifier(n_estimators=2, random_state=0),
        HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=1),
        LinearDiscriminantAnalysis(),
        NetworkOfSklearn((3,), max_iter=2),
    ]


@cache
def _models() -> list[bytes]:
    few = _few()
    pairs: list[tuple[list[Any], Any]] = [
        ([HOG(pixels_per_cell=(4, 4)), ColorHistogram(bins=2)], LinearClassifier(loss="squared")),
        (
            [
                BagOfVisualWords(
                    n_words=4, patch_size=3, encoding="two-sided", grid=[(1, 1), (2, 2)]
                )
            ],
            KNeighborsClassifier(2, algorithm="brute"),
        ),
        (
            [
                ConvolutionalKernelNetwork(n_filters=(2, 3), whitening_size=3),
                FisherVector(n_components=2, descriptor="patches", patch_size=4, n_dimensions=3),
                VLAD(n_words=2, descriptor="patches", patch_size=4, n_dimensions=3),
                LocalBinaryPatterns(),
                CoOccurrence(levels=3, angles=0),
            ],
            MLPClassifier((3,), norm="batch", standardize=True, whiten=4, max_iter=2),
        ),
        ([Views(RawPixels(), n_views=2)], ViewsClassifier(LinearClassifier(), n_views=2)),
        *(([ColorHistogram(bins=2)], classifier) for classifier in _on_few_columns()),
        (
            [RawPixels()],
            MLPClassifier(
                (2, 3, 4), receptive_fields=[(4, 4), (2, 1)], image_shape=(8, 8, 3), max_iter=2
            ),
        ),
    ]
    packed = []
    for extractors, classifier in pairs:
        columns = [each.fit(few.images_train).transform(few.images_train) for each in extractors]
        content = {
            "preconv_model": LAYOUT,
            "title": "t",
            "features": "f",
            "model": "m",
            "class_names": ["a", "b"],
            "image_shape": [8, 8, 3],
            "extractors": extractors,
        }
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # two epochs are enough here
            content["classifier"] = classifier.fit(np.hstack(columns), few.labels_train)
        packed.append(pack(content))
    return packed


def _read_model(content: bytes, folder: Path) -> object:
    path = folder / "model.skops"
    path.write_bytes(content)
    model = load_model(path)
    images = np.zeros((2, *model.image_shape), np.uint8)
    images[1] = 200
    return model.labels_and_scores(images)


def _read_report(content: bytes, folder: Path) -> object:
    path = folder / "report.json"
    path.write_bytes(content)
    return Report.read(path)


def _read_predictions(content: bytes, folder: Path) -> object:
    path = folder / "report.json"
    path.with_name("predictions.npz").write_bytes(content)
    return kept_predictions(Report.read(KEPT), path)


def _read_spec(content: bytes, folder: Path) -> object:
    path = folder / "spec.toml"
    path.write_bytes(content)
    return Comparison.from_toml(path)


def _pages() -> list[bytes]:
    report = Report.read(KEPT)
    few = report.model_copy(update={"cells": report.cells[:2], "pairs": ()})
    return [f"<html>{as_part_of_a_page(few.to_json())}</html>".encode()]


def _read_page(content: bytes, folder: Path) -> object:
    path = folder / "report.html"
    path.write_bytes(content)
    return Report.read(path)


def _cifar() -> list[bytes]:
    copy = CifarCopy(10, n_batch=1, n_test=1)
    return [tar_bytes(copy.python(python2_pickle, str.encode))]


def _matlab() -> list[bytes]:
    images = np.random.default_rng(0).integers(0, 256, (32, 32, 3, 4), np.uint8)
    files = []
    for is_packed in (False, True):
        file = io.BytesIO()
        savemat(file, {"X": images, "y": np.arange(1, 5)[:, None]}, do_compression=is_packed)
        files.append(file.getvalue())
    return files


def _read_svhn(content: bytes, folder: Path) -> object:
    """Read a folder in which the training images have been replaced."""
    (folder / "train_32x32.mat").write_bytes(content)
    (folder / "test_32x32.mat").write_bytes(_matlab()[0])
    return load_dataset(folder)


def _tables() -> list[bytes]:
    lines = [f"{name},{name.split('/')[1]},{name.split('/')[0]}" for name in _images()]
    head = "path,label,split"
    text = "\n".join([head, *lines])
    return [text.encode(), text.replace(",", ";").encode("utf-8-sig"), text[17:].encode()]


def _read_table(content: bytes, folder: Path) -> object:
    for name, image in _images().items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(image)
    (folder / "labels.csv").write_bytes(content)
    return load_dataset(folder, image_size=8)


def _samples() -> list[bytes]:
    files = {}
    for i, (name, image) in enumerate(_images().items()):
        files[f"{i:03}.{name.rpartition('.')[2]}"] = image
        files[f"{i:03}.cls"] = str(i % 2).encode()
    return [tar_bytes(files), tar_bytes(files | {"classes.txt": b"a\nb\n"}, "w:bz2")]


def _keras() -> list[bytes]:
    few = _few()
    file = io.BytesIO()
    np.savez(
        file,
        x_train=few.images_train,
        y_train=few.labels_train[:, None],
        x_test=few.images_test,
        y_test=few.labels_test,
    )
    return [file.getvalue()]


def _idx(images: bool) -> list[bytes]:
    few = _few()
    array = few.images_train[..., 0] if images else few.labels_train.astype(np.uint8)
    sides = struct.pack(f">{array.ndim}I", *array.shape)
    plain = bytes([0, 0, 8, array.ndim]) + sides + array.tobytes()
    return [plain, gzip.compress(plain, mtime=0)]


def _read_idx(content: bytes, folder: Path) -> object:
    """Read a folder in which the images have been replaced."""
    end = ".gz" if content.startswith(b"\x1f\x8b") else ""
    (folder / f"train-images-idx3-ubyte{end}").write_bytes(content)
    (folder / "train-labels-idx1-ubyte").write_bytes(_idx(False)[0])
    return load_dataset(folder)


@cache
def _parquet() -> list[bytes]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    few = _few()
    cells = [{"bytes": _image(each, "PNG"), "path": None} for each in few.images_train]
    features = {"label": {"_type": "ClassLabel", "names": ["a", "b"]}}
    said = {"huggingface": json.dumps({"info": {"features": features}})}
    table = pa.table({"image": pa.array(cells), "label": few.labels_train})
    files = []
    for packing in ("snappy", "none"):
        file = io.BytesIO()
        pq.write_table(table.replace_schema_metadata(said), file, compression=packing)
        files.append(file.getvalue())
    return files


TARGETS: dict[str, Target] = {
    "pickle": Target(_pickles, lambda content, _: read_cifar_pickle(content, "x"), of_pickle),
    "npz": Target(_npz, _read_file("few.npz"), of_zip(of_bytes)),
    "tar": Target(
        lambda: [
            *_cifar(),
            tar_bytes(_images()),
            *(tar_bytes(_images(), f"w:{packing}") for packing in ("gz", "bz2", "xz")),
        ],
        _read_file("pets.tar"),
        of_bytes,
    ),
    "zip": Target(lambda: [zip_bytes(_images())], _read_file("pets.zip"), of_zip(of_bytes)),
    "image folder": Target(lambda: list(_images().values())[:6], _read_image_folder, of_bytes),
    "npz of Keras": Target(_keras, _read_file("few.npz"), of_zip(of_bytes)),
    "idx": Target(lambda: _idx(True), _read_idx, of_bytes),
    "Parquet": Target(_parquet, _read_file("few.parquet"), of_bytes),
    "table": Target(_tables, _read_table, of_bytes),
    "samples": Target(_samples, _read_file("pets.tar"), of_bytes),
    "model": Target(_models, _read_model, of_zip(of_json)),
    "report": Target(lambda: [KEPT.read_bytes()], _read_report, of_json),
    "predictions": Target(
        lambda: [KEPT.with_name("predictions.npz").read_bytes()],
        _read_predictions,
        of_zip(of_bytes),
    ),
    "spec": Target(lambda: [text.encode() for text in our_specs().values()], _read_spec, of_bytes),
    "SVHN": Target(_matlab, _read_svhn, of_bytes),
    "page": Target(_pages, _read_page, of_bytes),
}


def run(target: Target, content: bytes, folder: Path) -> str:
    """Read a file; return what its error or warning says, or nothing if it is read whole."""
    from data.errors import DataWarning, PreconvError

    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        try:
            target.read(content, folder)
        except PreconvError as error:
            return str(error)
    # A folder goes on without an image that cannot be read, and says so.
    return next((str(each.message) for each in heard if each.category is DataWarning), "")
