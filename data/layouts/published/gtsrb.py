"""The German Traffic Sign Recognition Benchmark keeps a list with semicolons in each folder."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.labelled.fields import labelled_fields
from data.layouts.labelled.parting import Labelled
from data.layouts.table.columns import Columns, columns_of
from data.layouts.table.lines import read_table, value_of
from data.names import listed
from data.options import LoadOptions
from data.pixels.images import is_image_name

_CLASS_LIST = re.compile(r"(?:^|/)(\d{5})/GT-\1\.csv$")
_FINAL_TRAINING = re.compile(r"(?:^|/)Final_Training(?:/|$)")
_TEST_LIST = re.compile(r"(?:^|/)GT-final_test(\.test)?\.csv$")
_TEST_IMAGE = re.compile(r"(?:^|/)(?:Final_Test|Test)/(?:Images/)?([^/]+)$")
_MAX_LIST_BYTES = 1 << 26


@dataclass(frozen=True)
class Gtsrb:
    """The lists of a copy: one for each class, and those of the test part."""

    classes: tuple[str, ...]
    tests: tuple[str, ...]


def find_gtsrb(source: Source) -> Gtsrb | None:
    """Return the lists in a source; None if no two folders of classes have one."""
    classes = tuple(name for name in source.names if _CLASS_LIST.search(name))
    tests = tuple(name for name in source.names if _TEST_LIST.search(name))
    return Gtsrb(classes, tests) if len(classes) > 1 else None


def load_gtsrb(source: Source, found: Gtsrb, options: LoadOptions) -> Dataset:
    """Return the images that the lists name; classes are called by their five digits.

    The test images have labels if the list `GT-final_test.csv` lies anywhere in the source. Without
    it they are passed over, and a fifth of the training images is for testing. If several folders
    hold training images, as `Training` and `Final_Training`, the final ones are read.
    """
    class_lists, said = _of_one_folder(found.classes, source)
    lists = {*class_lists, *found.tests}
    contents = {m.name: m.read(_MAX_LIST_BYTES) for m in source.members() if m.name in lists}
    there = set(source.names)
    images = []
    for name in class_lists:
        folder = name.rpartition("/")[0]
        for file, label in _lines(contents[name], f"{source.path}: {name}"):
            image = f"{folder}/{file}"
            if image not in there:
                raise DataError(f"{source.path}: {name} names {file!r}, which is not there; get it")
            images.append(Labelled(image, f"train/{label}/{file}", label, "train"))
            if len(images) > len(there):
                break  # some stand twice, which is refused below
    tests, labelled = _test_images(source), _test_labels(source, found, contents)
    if tests and labelled:
        if missing := sorted(set(labelled) - set(tests)):
            raise DataError(
                f"{source.path}: GT-final_test.csv names {len(missing):,} images that are not in "
                f"Final_Test/Images, the first {missing[0]!r}; get them, or remove their lines"
            )
        for file, label in labelled.items():
            if len(tests[file]) > 1:
                raise DataError(
                    f"{source.path}: GT-final_test.csv names {file!r}, and {listed(tests[file])} "
                    "are called so; keep one folder of test images"
                )
            images.append(Labelled(tests[file][0], f"test/{file}", label, "test"))
    else:
        images = [Labelled(i.name, i.key, i.class_name) for i in images]
        lacking = (
            "no test images in Final_Test/Images for the labels of GT-final_test.csv"
            if labelled
            else "no labels for test images (GT-final_test.csv, in GTSRB_Final_Test_GT.zip, put "
            "beside them)"
        )
        said.append(
            f"{lacking}, so a fifth of the training images is for testing; pictures of one sign "
            "may lie in both parts"
        )
    fields = labelled_fields(
        source,
        images,
        options,
        tables=lists,
        unlabelled="images without a line in a GT list",
        said=said,
    )
    return Dataset.of_file(source.path, **fields)


def _of_one_folder(lists: tuple[str, ...], source: Source) -> tuple[list[str], list[str]]:
    """Return the lists of one folder of classes, and what is to be said if there are others."""
    folders: dict[str, list[str]] = defaultdict(list)
    for name in lists:
        folders[name.rpartition("/")[0].rpartition("/")[0]].append(name)
    if len(folders) == 1:
        return [*lists], []
    final = [folder for folder in folders if _FINAL_TRAINING.search(folder)]
    if len(final) != 1:
        raise DataError(
            f"{source.path}: {listed(folders)} hold lists of training images, which may be the "
            "same images; keep one of these folders"
        )
    others = folders.keys() - {*final}
    said = f"the training images are those of {final[0]!r}; those of {listed(others)} are not read"
    return folders[final[0]], [said]


def _test_images(source: Source) -> dict[str, list[str]]:
    """Return the final test images that are there, by what the list calls them."""
    found = defaultdict(list)
    for name in source.names:
        if is_image_name(name) and (match := _TEST_IMAGE.search(name)):
            found[match[1]].append(name)
    return found


def _test_labels(source: Source, found: Gtsrb, contents: dict[str, bytes]) -> dict[str, str]:
    """Return file → class of the test images; empty if no list has classes."""
    for name in sorted(found.tests, key=lambda name: (".test." in name, name)):
        lines = {*_lines(contents[name], f"{source.path}: {name}", needed=False)}
        labels = dict(sorted(lines))
        if len(labels) < len(lines):
            counts = Counter(file for file, _ in lines)
            raise DataError(
                f"{source.path}: {name}: gives {listed([f for f in counts if counts[f] > 1])} more "
                "than one class; leave one line for each image"
            )
        if labels:
            return labels
    return {}


def _lines(content: bytes, where: str, *, needed: bool = True) -> Iterator[tuple[str, str]]:
    """Yield the files and classes of a list."""
    columns, headings, rows = read_table(content, where)
    if columns is None or not _is_class(headings, columns_of(headings)):
        if not needed:
            return
        raise DataError(
            f"{where}: has the columns {', '.join(map(repr, headings[:20]))}; expected Filename "
            "and ClassId"
        )
    for number, values in rows:
        line = f"{where}: line {number}"
        label = value_of(values, columns.label, line, "ClassId")
        if not (label.isascii() and label.isdigit() and len(label) <= 5):
            raise DataError(f"{line}: ClassId must be a number, got {label[:40]!r}")
        yield value_of(values, columns.path, line, "Filename"), f"{int(label):05d}"


def _is_class(headings: list[str], columns: Columns | None) -> bool:
    return columns is not None and headings[columns.label].strip().casefold() == "classid"
