"""A text file of values with commas, semicolons or tabs between them becomes rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence

from data.errors import DataError
from data.layouts.table.columns import Columns, columns_of
from data.parts import part_of

_SEPARATORS = ",;\t"

Rows = list[tuple[int, list[str]]]


def read_table(content: bytes, where: str) -> tuple[Columns | None, list[str], Rows]:
    r"""Return which columns are which, their headings, and the rows with their line numbers.

    Columns are None if the headings do not tell them.

    Parameters
    ----------
    content : bytes
        The file, in UTF-8.
    where : str
        How errors name it.

    Examples
    --------
    >>> columns, _, rows = read_table(b"path;label\na.png;cat\n", "x")
    >>> columns.label, rows
    (1, [(2, ['a.png', 'cat'])])
    """
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(
            f"{where}: not in UTF-8 (byte {error.start}); save the table as CSV in UTF-8"
        ) from error
    first = next((line for line in text.splitlines() if line.strip()), "")
    read = [_rows(text, separator, where) for separator in _SEPARATORS if separator in first]
    for rows in read:
        if rows and (columns := columns_of(rows[0][1])):
            return columns, rows[0][1], rows[1:]
    rows = max(read, key=lambda rows: len(rows[0][1]) if rows else 0, default=[])
    return None, rows[0][1] if rows else [first], rows


def without_headings(rows: Rows, names: frozenset[str]) -> Columns | None:
    """Return the columns of a table without headings: path, label and perhaps part, in this order.

    None if the first row names no file among these.
    """
    if not rows or len(rows[0][1]) not in (2, 3) or rows[0][1][0].strip() not in names:
        return None
    parts = [part_of(row[2].strip()) for _, row in rows if len(row) == 3]
    return Columns(0, 1, 2 if len(parts) == len(rows) and None not in parts else None)


def _rows(text: str, separator: str, where: str) -> Rows:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    rows: Rows = []
    try:
        for row in reader:
            if any(value.strip() for value in row):
                rows.append((reader.line_num, row))
    except csv.Error as error:
        raise DataError(f"{where}: line {reader.line_num}: {error}; mend or remove it") from error
    return rows


def value_of(row: Sequence[str], column: int, line: str, what: str) -> str:
    """Return a value of a row; an empty one, or none, is an error."""
    value = row[column].strip() if column < len(row) else ""
    if not value:
        raise DataError(f"{line}: no {what}; write one, or remove the line")
    return value
