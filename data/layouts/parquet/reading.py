"""The rows of Parquet files are labelled images, in one file, in shards, or in several parts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

from data.archives.member import Member
from data.archives.passed_over import hidden_part
from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.layouts.labelled.fields import labelled_fields
from data.layouts.labelled.parting import Labelled, without_lone_part
from data.layouts.parquet.columns import Columns, columns_of
from data.layouts.parquet.tables import START, opened, rows_of, values_of
from data.layouts.table.labels import class_order
from data.names import listed, plain_form
from data.options import Labels, LoadOptions
from data.parts import Part, part_of
from data.pixels.images import has_class_folders, is_image_name

_IN_ORDER: tuple[Part | None, ...] = ("train", "validation", "test", None)


def find_parquet(source: Source) -> list[str] | None:
    """Return the names of the Parquet files of a source; None if it has none of its own."""
    if source.kind == "file":
        with source.path.open("rb") as file:
            return list(source.names) if file.read(len(START)) == START else None
    names = [name for name in source.names if name.lower().endswith(".parquet")]
    names = [name for name in names if not hidden_part(name)]
    images = filter(is_image_name, source.names)
    return names if names and not has_class_folders(images) else None


def load_parquet(source: Source, files: list[str], options: LoadOptions) -> Dataset:
    """Return the images of Parquet files; classes have the names of the metadata, if it has them.

    Shards are read in the order of their names. Rows without a label are passed over, and so are
    files of no part beside those of parts, as of `extra`.
    """
    tables = [table for table in _tables(source, files, options.labels) if table.labels]
    if not tables:
        raise DataError(f"{source.path}: no rows in {', '.join(files[:10])}")
    others = [table.name for table in tables if table.part is None]
    if len(others) < len(tables):
        tables = [table for table in tables if table.part]
        if others and "train" not in {table.part for table in tables}:
            raise DataError(
                f"{source.path}: {listed(others)} names no part, and none of the others is for "
                "training: call it train, or move it away"
            )
    else:
        others = []
    known = {table.columns.class_names for table in tables}
    if len(known) > 1:
        raise DataError(
            f"{source.path}: {tables[0].name} and others have different classes; give the path of "
            "the files of one dataset"
        )
    tables.sort(key=lambda table: (_IN_ORDER.index(table.part), table.name))
    (class_names,) = known
    images, unlabelled = _labelled(tables, class_names, source)
    images = without_lone_part(images)
    by_name = {table.name: table for table in tables}

    def members() -> Iterator[Member]:
        for member in source.members():
            if member.name in by_name:
                yield from _images(source, member, by_name[member.name])

    fields = labelled_fields(
        source,
        images,
        options,
        members=members,
        class_names=class_names or class_order({each.class_name for each in images}),
        by_class=False,
        tables={*files} - {*others},
        said=[f"{unlabelled:,} images without a label are passed over"] if unlabelled else (),
    )
    fields["name"] = source.plain_name.removesuffix(".parquet")
    return Dataset.of_file(source.path, **fields)


@dataclass(frozen=True)
class _Table:
    """A file: its part, its columns, and for each row the label and the path of the image."""

    name: str
    part: Part | None
    columns: Columns
    labels: list[Any]
    paths: list[str | None]


def _tables(source: Source, files: list[str], kind: Labels) -> Iterator[_Table]:
    """Yield what is known of each file before its images are read."""
    wanted = set(files)
    for member in source.members():
        if member.name not in wanted:
            continue
        with opened(source, member) as table:
            columns = columns_of(table.schema_arrow, kind, member.where)
            labels = values_of(rows_of(table, columns.labels), member.where)
            paths: list[str | None] = [None] * len(labels)
            if columns.has_paths:
                structs = rows_of(table, f"{columns.images}.path")
                paths = values_of((rows.field("path") for rows in structs), member.where)
        yield _Table(member.name, _part_of(member.name), columns, labels, paths)


def _part_of(name: str) -> Part | None:
    """Return the part that the name of a file tells, or the name of a folder around it."""
    for place in reversed(name.removesuffix(".parquet").split("/")):
        for word in re.split(r"[^A-Za-z]+", place):
            if found := part_of(word):
                return found
    return None


def _labelled(
    tables: list[_Table], class_names: tuple[str, ...] | None, source: Source
) -> tuple[list[Labelled], int]:
    """Return the images with a label, in order, and how many have none."""
    paths = [path for table in tables for path in table.paths]
    # The paths are the names of the images if they are there, and each is there once.
    are_names = all(paths) and len({*paths}) == len(paths)
    known = None if class_names is None else frozenset(class_names)
    images, n_unlabelled, n_rows = [], 0, 0
    for table in tables:
        for row, (label, path) in enumerate(zip(table.labels, table.paths, strict=True)):
            key = path if are_names and path else f"{table.part or 'image'}/{n_rows:08d}"
            n_rows += 1
            is_number = isinstance(label, int) and not isinstance(label, bool)
            if label is None or label == "" or (is_number and label < 0):
                n_unlabelled += 1
                continue
            if class_names is not None and is_number:
                if label >= len(class_names):
                    raise DataError(
                        f"{source.path}: {table.name}: row {row}: label {label}, expected "
                        f"0 … {len(class_names) - 1}"
                    )
                label = class_names[label]
            label = plain_form(str(label))
            if known is not None and label not in known:
                raise DataError(
                    f"{source.path}: {table.name}: row {row}: label {label[:80]!r}, which is none "
                    f"of the {len(known)} class names in the metadata; mend one of them"
                )
            images.append(Labelled(_row_name(table.name, row), key, label, table.part))
    if not images:
        raise DataError(f"{source.path}: no row has a label")
    return images, n_unlabelled


def _row_name(file: str, row: int) -> str:
    return f"{file}: row {row}"


def _images(source: Source, member: Member, table: _Table) -> Iterator[Member]:
    """Yield the images of a file as members of their own, those with a label and those without."""
    row = 0
    columns = table.columns
    with opened(source, member) as opened_table:
        for batch in rows_of(opened_table, columns.images):
            contents = batch.field("bytes") if columns.is_struct else batch
            for value in contents:
                content = value.as_py()
                where = f"{member.where}: row {row}"
                name = _row_name(member.name, row)
                if content is None:
                    yield Member(name, where, 0, partial(_fail, where, table.paths[row]))
                else:
                    yield Member(name, where, len(content), content.__bytes__)
                row += 1


def _fail(where: str, path: str | None) -> bytes:
    only = f", only the path {path!r:.100}" if path else ""
    raise DataError(f"{where}: no bytes of an image{only}; write the images into the file")
