"""Rows with a path, a label and perhaps a part become labelled images."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from data.errors import DataError
from data.layouts.labelled.parting import Labelled
from data.layouts.table.matching import Files, check_found
from data.names import plain_form
from data.parts import Part, part_of
from data.telling.omission import MOST_NAMED


@dataclass(frozen=True)
class Row:
    """What a table says of one image; `where` names the row in errors."""

    path: str
    label: str
    part: Part | None
    where: str


def split_of(value: str, where: str) -> Part:
    """Return the part that a value names."""
    part = part_of(value.strip())
    if part is None:
        raise DataError(f"{where}: the split must be train, val or test, got {value[:40]!r}")
    return part


def labelled_of(rows: Iterable[Row], files: Files, where: str) -> list[Labelled]:
    """Return the images that rows name, with their labels; each image once."""
    found: dict[str, tuple[Labelled, Row]] = {}
    missing: list[str] = []
    n_rows = n_missing = 0
    for row in rows:
        n_rows += 1
        name = files.find(row.path, row.part)
        if name is None:
            n_missing += 1
            if n_missing <= MOST_NAMED:
                missing.append(row.path)
            continue
        image = Labelled(name, files.key(name), plain_form(row.label), row.part)
        before = found.setdefault(name, (image, row))
        if before[0] != image:
            raise DataError(
                f"{row.where}: {row.path!r} is {image.class_name!r}"
                f"{f' for {image.part}' if image.part else ''}, but {before[1].where} says "
                f"{before[0].class_name!r}{f' for {before[0].part}' if before[0].part else ''}; "
                "leave one line for each image"
            )
    check_found(missing, n_missing, n_rows, where)
    return [image for image, _ in found.values()]


def class_order(labels: Iterable[str]) -> list[str]:
    """Return class names in label order: numbers by their size, other texts as texts.

    Examples
    --------
    >>> class_order(["10", "2", "0"]), class_order(["10", "b"])
    (['0', '2', '10'], ['10', 'b'])
    """
    names = sorted({plain_form(label) for label in labels})
    if all(name.isascii() and name.isdigit() for name in names):
        return sorted(names, key=by_size)
    return names


def by_size(digits: str) -> tuple[int, str]:
    """Return what sorts numbers by their size, however many digits they have.

    Examples
    --------
    >>> sorted(["10", "2", "007"], key=by_size)
    ['2', '007', '10']
    """
    significant = digits.lstrip("0")
    return len(significant), significant
