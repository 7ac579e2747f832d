"""Parquet files of images, as Hugging Face's datasets are published."""

from __future__ import annotations

import io
import json
import sys
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings

from data import DataError, Dataset, load_dataset
from data.archives.source import Source
from data.layouts.parquet.columns import Columns
from data.layouts.parquet.reading import _labelled, _Table
from data.layouts.parquet.tables import values_of
from tests.data.samples import damaged, load_and_hear, png, refusal, write_folder

Pack = Callable[[Mapping[str, bytes]], Path]
RNG = np.random.default_rng(0)
TRAIN, TEST, VAL = (RNG.integers(0, 256, (n, 5, 6, 3), np.uint8) for n in (12, 6, 3))
NAMES = ("cat", "dog", "eel")
EXPECTED = Dataset("x", TRAIN, np.arange(12) % 3, TEST, np.arange(6) % 3, NAMES)

_FILES = count()
"""Names of images differ from file to file, as in one that a library writes."""


def parquet(
    images: Any,
    labels: Any = None,
    *,
    names: Sequence[str] | None = NAMES,
    image: str = "image",
    label: str = "label",
    paths: bool = True,
    others: Mapping[str, Sequence[Any]] = {},
    rows: int = 5,
) -> bytes:
    """Return a file as Hugging Face's library writes it."""
    labels = [i % 3 for i in range(len(images))] if labels is None else labels
    file_number = next(_FILES)
    cells = [
        {"bytes": png(each) if isinstance(each, np.ndarray) else each,
         "path": f"{file_number}-{i}.png" if paths else None}
        for i, each in enumerate(images)
    ]  # fmt: skip
    kind = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    columns = {image: pa.array(cells, kind), label: pa.array(labels)}
    table = pa.table({**columns, **{name: pa.array(values) for name, values in others.items()}})
    features: dict[str, Any] = {image: {"_type": "Image"}}
    if names is not None:
        features[label] = {"_type": "ClassLabel", "names": [*names]}
    content = json.dumps({"info": {"features": features}})
    file = io.BytesIO()
    pq.write_table(
        table.replace_schema_metadata({"huggingface": content}), file, row_group_size=rows
    )
    return file.getvalue()


SHARDS = {
    "README.md": b"# pets",
    "data/test-00000-of-00001.parquet": parquet(TEST),
    "data/train-00000-of-00002.parquet": parquet(TRAIN[:6]),
    "data/train-00001-of-00002.parquet": parquet(TRAIN[6:]),
}


def test_shards_in_folders_and_archives(pack: Pack) -> None:
    dataset, said = load_and_hear(pack(SHARDS))
    assert (dataset.name, dataset.sha256) == ("pets", EXPECTED.sha256)
    assert "README.md" in said
    assert dataset.names_train is not None
    assert dataset.names_train[0].endswith("-0.png")


def test_a_validation_part_and_folders_as_parts(tmp_path: Path) -> None:
    files = {
        "plain/train/0000.parquet": parquet(TRAIN, image="img", label="y", paths=False),
        "plain/test/0000.parquet": parquet(TEST, image="img", label="y", paths=False),
        "plain/validation/0000.parquet": parquet(VAL, image="img", label="y", paths=False),
    }
    dataset = load_dataset(write_folder(tmp_path, files))
    assert np.array_equal(dataset.images_train, TRAIN)
    assert dataset.images_validation is not None
    assert np.array_equal(dataset.images_validation, VAL)
    assert np.array_equal(dataset.images_test, TEST)
    assert dataset.names_test == tuple(f"test/{12 + 3 + i:08d}" for i in range(6))


def test_one_file_is_split(tmp_path: Path) -> None:
    content = parquet(TRAIN, paths=False)
    (tmp_path / "pets.parquet").write_bytes(content)
    dataset = load_dataset(tmp_path / "pets.parquet")
    assert (dataset.name, dataset.n_train, dataset.n_test) == ("pets", 9, 3)
    halves = {"a.parquet": parquet(TRAIN[:6], paths=False)}
    halves["b.parquet"] = parquet(TRAIN[6:], paths=False)
    assert load_dataset(write_folder(tmp_path / "two", halves)).sha256 == dataset.sha256
    assert load_dataset(tmp_path / "pets.parquet", image_size=3).image_shape == (3, 3, 3)
    (tmp_path / "train-00000-of-00001.parquet").write_bytes(content)
    alone = load_dataset(tmp_path / "train-00000-of-00001.parquet")
    assert (alone.n_train, alone.n_test) == (9, 3)


@pytest.mark.parametrize(
    ("labels", "classes"),
    [
        (["eel", "cat", "dog"] * 4, ("cat", "dog", "eel")),
        ([10, 9, 2] * 4, ("2", "9", "10")),
        ([True, False, True] * 4, ("False", "True")),
    ],
)
def test_labels_without_metadata(
    tmp_path: Path, labels: list[Any], classes: tuple[str, ...]
) -> None:
    (tmp_path / "x.parquet").write_bytes(parquet(TRAIN, labels, names=None))
    dataset = load_dataset(tmp_path)
    assert dataset.class_names == classes
    rows = {image.tobytes(): str(labels[i]) for i, image in enumerate(TRAIN)}
    for image, label in zip(dataset.images_train, dataset.labels_train, strict=True):
        assert rows[image.tobytes()] == classes[label]


def test_bytes_without_a_path_and_a_column_of_another_name(tmp_path: Path) -> None:
    table = pa.table(
        {"id": [f"i{i}" for i in range(12)], "scan": [png(image) for image in TRAIN],
         "kind": ["a", "b", "c"] * 4, "label": ["a", "b", "c"] * 4}
    )  # fmt: skip
    pq.write_table(table, tmp_path / "x.parquet")
    assert load_dataset(tmp_path).class_names == ("a", "b", "c")


def test_fine_and_coarse_labels(tmp_path: Path) -> None:
    coarse = {"coarse_label": [i % 2 for i in range(12)]}
    (tmp_path / "x.parquet").write_bytes(parquet(TRAIN, label="fine_label", others=coarse))
    assert load_dataset(tmp_path).class_names == NAMES
    assert load_dataset(tmp_path, labels="coarse").class_names == ("0", "1")
    (tmp_path / "x.parquet").write_bytes(parquet(TRAIN))
    with pytest.raises(DataError, match=r'labels="coarse", but it has no column of coarse labels'):
        load_dataset(tmp_path, labels="coarse")


def test_rows_without_a_label_are_passed_over(tmp_path: Path) -> None:
    files = {"train.parquet": parquet(TRAIN), "validation.parquet": parquet(TEST)}
    files["test.parquet"] = parquet(VAL, [-1, -1, -1])
    dataset, said = load_and_hear(write_folder(tmp_path, files))
    assert np.array_equal(dataset.images_test, TEST)
    assert "3 images without a label are passed over" in said


def test_what_is_no_part_is_passed_over_beside_parts(tmp_path: Path) -> None:
    files = {name: content for name, content in SHARDS.items() if "data/" in name}
    files["data/extra-00000-of-00001.parquet"] = parquet(VAL)
    dataset, said = load_and_hear(write_folder(tmp_path, files))
    assert dataset.sha256 == EXPECTED.sha256
    assert "data/extra-00000-of-00001.parquet" in said


def test_without_pyarrow_the_extra_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_folder(tmp_path, SHARDS)
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(DataError, match=r"parquet: a Parquet file needs pyarrow; .*'preconv\[parq"):
        load_dataset(tmp_path)


JUNK = {"deep": [[{"a": [[1], [2]]}]] * 12}


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (parquet(TRAIN, image="scan", others={"mask": [b"x"] * 12, "more": [b"x"] * 12}), None),
        (parquet(TRAIN, others=JUNK), None),
        (parquet(TRAIN, [[1, 0]] * 12), "no column of labels"),
        (parquet(TRAIN, [3] * 12), r"row 0: label 3, expected 0 … 2"),
        (parquet(TRAIN, [-1] * 12), "no row has a label"),
        (parquet(TRAIN, label="a", names=None, others={"b": [1] * 12}), "several columns may hold"),
        (parquet([None] * 12), "row 0: no bytes of an image, only the path"),
        (parquet([b"hello"] * 12), "12 of 12 images cannot be read"),
        (parquet(TRAIN[:0], np.zeros(0, int)), "no rows in x.parquet"),
        (b"PAR1" + bytes(100) + b"PAR1", r"x\.parquet: not a Parquet file that can be read"),
        (b"", r"x\.parquet: not a Parquet file that can be read"),
    ],
)
def test_what_is_read_and_what_is_refused(
    tmp_path: Path, content: bytes, message: str | None
) -> None:
    (tmp_path / "x.parquet").write_bytes(content)
    if message is None:
        assert load_dataset(tmp_path).n_train == 9
        return
    with pytest.raises(DataError, match=message) as caught:
        load_dataset(tmp_path)
    assert str(tmp_path) in str(caught.value)


def test_tables_without_images(tmp_path: Path) -> None:
    pq.write_table(pa.table({"a": [1.5], "b": [[b"x"]]}), tmp_path / "x.parquet")
    with pytest.raises(DataError, match=r"no column of images .*it has 'a' \(double\), 'b' \(list"):
        load_dataset(tmp_path)


def test_what_declares_too_much_is_not_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    zeros = parquet([bytes(1 << 20)] * 12)
    (tmp_path / "x.parquet").write_bytes(zeros)
    monkeypatch.setattr("data.layouts.parquet.tables.ALWAYS_ALLOWED_BYTES", 1 << 10)
    monkeypatch.setattr("data.layouts.parquet.tables.MAX_RATIO", 1)
    with pytest.raises(DataError, match=r"x\.parquet: declares \d+ bytes of content, more than"):
        load_dataset(tmp_path)
    monkeypatch.undo()
    monkeypatch.setattr("data.layouts.parquet.tables._ALWAYS_ALLOWED_ROWS", 4)
    monkeypatch.setattr("data.layouts.parquet.tables._LEAST_BYTES_A_ROW", len(zeros))
    with pytest.raises(DataError, match="declares 12 rows, more than a file of its size holds"):
        load_dataset(tmp_path)


def test_a_label_that_is_no_class_is_named(tmp_path: Path) -> None:
    (tmp_path / "x.parquet").write_bytes(parquet(TRAIN, ["cat", "eel", "owl"] * 4))
    with pytest.raises(DataError, match=r"x\.parquet: row 2: label 'owl', which is none of the 3"):
        load_dataset(tmp_path)


class Compared(str):
    """A name that counts how often names are compared."""

    __slots__ = ()
    times = 0

    def __eq__(self, other: object) -> bool:
        Compared.times += 1
        return str.__eq__(self, other)

    __hash__ = str.__hash__


def test_a_label_is_looked_for_once_in_whatever_number_of_classes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Compared, "times", 0)
    names = tuple(Compared(i) for i in range(500))
    columns = Columns("image", "label", names, is_struct=False, has_paths=False)
    labels = [499, "499"] * 100
    table = _Table("x.parquet", None, columns, labels, [None] * len(labels))
    images, n_unlabelled = _labelled([table], names, Source(tmp_path))
    assert (len(images), n_unlabelled) == (200, 0)
    assert {image.class_name for image in images} == {"499"}
    assert Compared.times <= 2 * len(labels)


def test_numbers_of_any_length_and_names_in_any_form(tmp_path: Path) -> None:
    def classes(longest: str) -> tuple[str, ...]:
        (tmp_path / "x.parquet").write_bytes(parquet(TRAIN, [longest, "10", "9"] * 4, names=None))
        return load_dataset(tmp_path).class_names

    assert classes("9" * 1000) == ("9", "10", "9" * 1000)
    with pytest.raises(DataError, match="at most 1,000 characters, got 4,400 that begin"):
        classes("9" * 4400)  # Python makes no number of so many digits
    forms = [unicodedata.normalize(form, "café") for form in ("NFC", "NFD")]
    (tmp_path / "x.parquet").write_bytes(parquet(TRAIN, [*forms, "tea"] * 4, names=None))
    assert load_dataset(tmp_path).class_names == (forms[0], "tea")
    content = parquet(TRAIN, [forms[0], forms[1], "tea"] * 4, names=(forms[1], "tea"))
    (tmp_path / "x.parquet").write_bytes(content)
    assert load_dataset(tmp_path).class_names == (forms[0], "tea")


@pytest.mark.parametrize(
    "kind", [pa.string(), pa.large_string(), pa.dictionary(pa.int32(), pa.string())]
)
def test_texts_are_checked_and_made_once(kind: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [pa.array(["a" * 50, None, "b" * 50] * 20, kind)] * 2
    found = values_of(rows, "x")
    assert found == ["a" * 50, None, "b" * 50] * 40
    assert len({*map(id, found)}) == 3
    with pytest.raises(
        DataError, match="x: row 3: a label or path of 9000 bytes, expected at most"
    ):
        values_of([pa.array(["a", "b", None, "c" * 9000], kind)], "x")
    monkeypatch.setattr("data.layouts.parquet.tables._MAX_VALUES", 99)
    with pytest.raises(DataError, match="x: labels or paths of more than 99 characters in all"):
        values_of(rows, "x")


@settings(max_examples=20)
@given(damaged(parquet(TRAIN)))
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        Path(folder, "x.parquet").write_bytes(content)
        message = refusal(lambda: load_dataset(Path(folder), skip_unreadable=False))
    assert not message or folder in message


def test_test_images_do_not_become_training_images(tmp_path: Path) -> None:
    files = {"data/trainval-0.parquet": parquet(TRAIN), "data/test-0.parquet": parquet(TEST)}
    folder = write_folder(tmp_path, files)
    assert "'data/trainval-0.parquet' names no part" in refusal(lambda: load_dataset(folder))
    (folder / "data/trainval-0.parquet").rename(folder / "data/train-0.parquet")
    assert load_dataset(folder).n_train == 12
