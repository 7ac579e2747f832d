"""A table of labels in memory, as a pandas DataFrame, beside a folder of images."""

from __future__ import annotations

import numbers
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from data.archives.source import Source
from data.errors import DataError
from data.layouts.labelled.fields import Fields, labelled_fields
from data.layouts.table.columns import Columns, columns_of
from data.layouts.table.labels import Row, class_order, labelled_of, split_of
from data.layouts.table.matching import Files
from data.options import LoadOptions
from data.pixels.images import Size, checked_size, is_image_name
from data.system.paths import expanded

_FIRST = {"path": "path", "label": "classname", "split": "split"}
"""The heading that is taken before all others for a path, a label or a part."""


def table_fields(
    table: Any,
    folder: str | Path,
    *,
    path: str | None,
    label: str | None,
    split: str | None,
    image_size: Size,
    seed: int,
    skip_unreadable: bool,
) -> Fields:
    """Return what a `Dataset` takes, by name, for a table and the images that it names."""
    source = Source(expanded(folder))
    if not source.path.exists():
        raise DataError(f"{folder}: no such folder or archive of images")
    headings, columns = _columns(table)
    chosen = _chosen(headings, path, label, split)
    given = [columns[chosen.path], columns[chosen.label]]
    given += [] if chosen.split is None else [columns[chosen.split]]
    rows = []
    for place, values in enumerate(zip(*given, strict=True)):
        where = f"row {place} of the table"
        texts = [_text(value, where) for value in values]
        part = split_of(texts[2], where) if len(texts) > 2 else None
        rows.append(Row(texts[0], texts[1], part, where))
    images = [name for name in source.names if is_image_name(name)]
    named = ((row.path, row.part) for row in rows)
    files = Files(images, "", ["images", "train", "test"], rows=named)
    options = LoadOptions(seed, checked_size(image_size), skip_unreadable=skip_unreadable)
    rest = ", ".join(map(repr, chosen.rest[:10]))
    return labelled_fields(
        source,
        labelled_of(rows, files, str(folder)),
        options,
        class_names=class_order(row.label for row in rows),
        unlabelled="images without a row in the table",
        said=[f"columns of the table that are not read: {rest}"] if rest else [],
    )


def _columns(table: Any) -> tuple[list[str], list[list[Any]]]:
    """Return headings and columns of a DataFrame, or of a mapping of columns."""
    headings = getattr(table, "columns", table)
    if not (isinstance(table, Mapping) or hasattr(table, "columns")):
        raise DataError(
            "the table must be a pandas DataFrame or a mapping of columns, got "
            f"{type(table).__name__}"
        )
    names = list(headings)
    columns = [list(table[name]) for name in names]
    lengths = {len(column) for column in columns}
    if len(lengths) != 1 or lengths == {0}:
        raise DataError(
            f"the table must have rows, and columns of one length, got {sorted(lengths)}"
        )
    return [str(name) for name in names], columns


def _chosen(headings: list[str], path: str | None, label: str | None, split: str | None) -> Columns:
    """Return which column is which: the named ones, and those whose headings tell it."""
    named = {"path": path, "label": label, "split": split}
    for what, name in named.items():
        if name is not None and name not in headings:
            raise DataError(
                f"{what}={name!r}: no such column; the table has {', '.join(map(repr, headings))}"
            )
    wanted = {_FIRST[what]: headings.index(name) for what, name in named.items() if name}
    words = ["" if heading.casefold() in wanted else heading for heading in headings]
    for word, place in wanted.items():
        words[place] = word
    found = columns_of(words)
    if found is None:
        raise DataError(
            f"the table has the columns {', '.join(map(repr, headings))}; name the one with paths "
            "and the one with labels: path=…, label=…"
        )
    kept = {found.path, found.label, found.split}
    rest = tuple(name for place, name in enumerate(headings) if place not in kept)
    return Columns(found.path, found.label, found.split, rest)


def _text(value: Any, where: str) -> str:
    """Return a value as text; one that is missing, or a fraction, is an error."""
    if isinstance(value, numbers.Real) and not isinstance(value, numbers.Integral):
        number = float(value)
        if not number.is_integer():
            raise DataError(f"{where}: {value!r} is no path and no label; mend or drop the row")
        value = int(number)
    text = "" if value is None else str(value).strip()
    if not text or text in ("<NA>", "NaT"):
        raise DataError(f"{where}: a value is missing; mend or drop the row")
    return text
