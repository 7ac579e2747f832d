"""A table of labels beside images: labels.csv, or train.csv and test.csv, and their like."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.image_folder import image_names
from data.layouts.labelled.fields import labelled_fields
from data.layouts.labelled.parting import without_lone_part
from data.layouts.table.columns import Columns, names_labels, names_paths
from data.layouts.table.labels import Row, class_order, labelled_of, split_of
from data.layouts.table.lines import NumberedRow, read_table, value_of
from data.layouts.table.matching import Files
from data.names import listed, plain_form
from data.options import LoadOptions
from data.parts import Part, part_of

_SUFFIXES = (".csv", ".tsv", ".txt")
_STEMS = ("labels", "annotations", "metadata", "index", "trainlabels", "label", "data")
_ENDINGS = ("labels", "annotations", "metadata")
_MAX_BYTES = 1 << 26


@dataclass(frozen=True)
class Table:
    """A file of labels; `part` is the one that its name tells."""

    name: str
    columns: Columns
    rows: Iterable[NumberedRow]
    part: Part | None


@dataclass(frozen=True)
class Tables:
    """The tables of labels in a source, and sentences on those that are not read."""

    tables: list[Table]
    said: list[str]


def find_tables(source: Source) -> Tables | None:
    """Return the tables of labels in a source; None if there are none that can be read.

    A table of the whole comes before tables of the parts, unless only these say which images are
    for testing. It is an error if a table has no column
    for the path or the label, and beside it lie images in no folders, or those of its part.
    """
    images = image_names(source)
    if not images:
        return None
    candidates = {name: _rank(name) for name in source.names if _rank(name) is not None}
    if not candidates:
        return None
    depth = min(name.count("/") for name in candidates)
    candidates = {name: rank for name, rank in candidates.items() if name.count("/") == depth}
    contents = {m.name: m.read(_MAX_BYTES) for m in source.members() if m.name in candidates}
    found: list[Table] = []
    unfit: dict[str, list[str]] = {}
    for name in sorted(candidates, key=lambda name: (candidates[name], name)):
        folder = name.rpartition("/")[0]
        if name.casefold().endswith(".txt") and not _is_text(contents[name]):
            continue
        keys = partial(_keys, images, folder)
        columns, headings, rows = read_table(contents[name], f"{source.path}: {name}", keys)
        if columns is not None:
            found.append(Table(name, columns, rows, _part(name) or _part_of_folder(name)))
        elif len(headings) > 1 or not name.casefold().endswith(".txt"):
            unfit[name] = headings
    said = {name: _described(name, headings) for name, headings in unfit.items()}
    whole = [table for table in found if table.part is None]
    whole = [table for table in whole if candidates[table.name] == candidates[whole[0].name]]
    if len({table.name.rpartition("/")[0] for table in whole}) > 1:
        raise DataError(
            f"{source.path}: holds {listed([table.name for table in whole])}, and one table of "
            "labels is read: put their lines into one, in a folder around them, or give one folder"
        )
    top = {name.rpartition("/")[0] for name in images}
    lacking = [name for name in unfit if _lacks(name, unfit[name], images)] if found else [*unfit]
    if lacking and not whole and (found or len(top) == 1):
        raise DataError(
            f"{source.path}: {'; '.join(said[name] for name in lacking)[:500]}; expected a column "
            "path (or file, filename, image) and a column label (or class, category), and perhaps "
            "split: rename them"
        )
    notes = [f"{text}, not path and label, and is not read" for text in said.values()]
    read = [table for table in found if table.part is not None]
    parts = {table.part for table in read}
    if whole and (whole[0].columns.split is not None or "train" not in parts or len(parts) < 2):
        read = whole[:1]
    for part in {table.part for table in read}:
        same = [table.name for table in read if table.part == part]
        if len({name.rpartition("/")[0] for name in same}) > 1:
            raise DataError(
                f"{source.path}: holds {listed(same)}, which are of several sets; give the folder "
                "of one"
            )
    unread = [table.name for table in found if table not in read]
    if unread:
        notes.append(
            f"of the tables of labels {listed([table.name for table in read])} "
            f"{'is' if len(read) == 1 else 'are'} read, and not {listed(unread)}"
        )
    return Tables(read, notes) if found else None


def _keys(images: list[str], folder: str) -> frozenset[str]:
    start = f"{folder}/" if folder else ""
    return frozenset(plain_form(name).removeprefix(start) for name in images)


def _described(name: str, headings: list[str]) -> str:
    return f"{name} has the columns {', '.join(map(repr, headings[:20]))}"


def _lacks(name: str, headings: list[str], images: list[str]) -> bool:
    """Return whether images lie in the part that a table names, and need its labels.

    Test images may have no labels: then their table has a column for the path alone.
    """
    part = _part(name) or _part_of_folder(name)
    if part is None or (part != "train" and names_paths(headings) and not names_labels(headings)):
        return False
    return any(part_of(folder) == part for image in images for folder in image.split("/")[:-1])


def load_tables(source: Source, found: Tables, options: LoadOptions) -> Dataset:
    """Return the images that tables name, with their labels."""
    images = image_names(source) or []
    said, labelled = [*found.said], []
    for table in found.tables:
        where = f"{source.path}: {table.name}"
        folder, _, file = table.name.rpartition("/")
        within = ["images", "train", "test", *([_stem(file)] if table.part else [])]
        base = folder.rpartition("/")[0] if _part_of_folder(table.name) else folder
        rows = ((row.path, row.part) for row in _rows(table, where))
        files = Files(images, folder, within, base, rows)
        named = labelled_of(_rows(table, where), files, where)
        if not named:
            raise DataError(f"{where}: no line with an image; expected path and label in each line")
        labelled += named
        if table.columns.rest:
            rest = ", ".join(map(repr, table.columns.rest[:10]))
            said.append(f"{table.name}: columns that are not read: {rest}")
    parts = {table.part for table in found.tables}
    n_labelled = len({each.name for each in labelled})
    if "train" not in parts and None not in parts and n_labelled < len(images):
        raise DataError(
            f"{source.path}: {listed([table.name for table in found.tables])}: lines for "
            f"{n_labelled:,} of {len(images):,} images, and none of training images; "
            "call the table of these train.csv or labels.csv, or move the other images away"
        )
    return Dataset.of_file(
        source.path,
        **labelled_fields(
            source,
            without_lone_part(labelled),
            options,
            class_names=class_order(each.class_name for each in labelled),
            tables=[table.name for table in found.tables],
            unlabelled="images without a line in the table of labels",
            said=said,
        ),
    )


def _rows(table: Table, where: str) -> Iterator[Row]:
    columns = table.columns
    for number, values in table.rows:
        line = f"{where}: line {number}"
        path = value_of(values, columns.path, line, "path")
        label = value_of(values, columns.label, line, "label")
        part = table.part
        if columns.split is not None:
            part = split_of(value_of(values, columns.split, line, "split"), line)
        yield Row(path, label, part, line)


def _stem(file: str) -> str:
    return file.rpartition(".")[0]


def _part(name: str) -> Part | None:
    return part_of(_plain(name))


def _part_of_folder(name: str) -> Part | None:
    """Return the part whose folder the table is in, if its own name tells none."""
    folder = name.rpartition("/")[0].rpartition("/")[2]
    return None if _part(name) else part_of(folder)


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _plain(name: str) -> str:
    stem = re.sub(r"[\s_.-]+", "", _stem(name.rpartition("/")[2]).casefold())
    return re.sub("(labels|annotations|metadata|set|data)$", "", stem) or stem


def _rank(name: str) -> int | None:
    """Return how soon a file is taken for a table of labels; None if its name is that of none."""
    if not name.casefold().endswith(_SUFFIXES) or name.rpartition("/")[2].startswith("."):
        return None
    stem = re.sub(r"[\s_.-]+", "", _stem(name.rpartition("/")[2]).casefold())
    if stem in _STEMS:
        return _STEMS.index(stem)
    if part_of(_plain(name)):
        return len(_STEMS)
    return len(_STEMS) + 1 if stem.endswith(_ENDINGS) else None
