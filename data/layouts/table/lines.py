"""A text file of values with commas, semicolons or tabs between them becomes rows."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence

from data.errors import DataError
from data.layouts.table.columns import Columns, columns_of
from data.parts import part_of

_SEPARATORS = ",;\t"

Rows = list[tuple[int, list[str]]]


def read_table(
    content: bytes, where: str, names: Callable[[], frozenset[str]] = frozenset
) -> tuple[Columns | None, list[str], Rows]:
    r"""Return which columns are which, their headings, and the rows with their line numbers.

    Columns are None if the headings do not tell them. Without headings they are path, label and
    perhaps part, in this order, if the first row names a file that is there.

    Parameters
    ----------
    content : bytes
        The file, in UTF-8.
    where : str
        How errors name it.
    names : callable () -> frozenset of str, optional
        Returns the files that a table without headings may name.

    Raises
    ------
    DataError
        If it is not in UTF-8, or a quote in it is open or out of place, so that it is not plain
        where a row ends.

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
    fitting = [
        (columns, rows[0][1], rows[1:], fault)
        for rows, fault in read
        if rows and (columns := columns_of(rows[0][1]))
    ]
    rows, fault = max(read, key=lambda each: _width(each[0]), default=([], None))
    headings = rows[0][1] if rows else [first]
    if not fitting and (columns := _without_headings(rows, names)):
        fitting = [(columns, headings, rows, fault)]
    if fitting:
        columns, headings, rows, fault = min(fitting, key=lambda each: each[3] is not None)
        if fault is not None:
            raise fault
        return columns, headings, rows
    return None, headings, rows


def _width(rows: Rows) -> int:
    return len(rows[0][1]) if rows else 0


def _without_headings(rows: Rows, names: Callable[[], frozenset[str]]) -> Columns | None:
    """Return the columns of a table without headings; None if its first row names no file."""
    if not rows or len(rows[0][1]) not in (2, 3) or rows[0][1][0].strip() not in names():
        return None
    parts = [part_of(row[2].strip()) for _, row in rows if len(row) == 3]
    return Columns(0, 1, 2 if len(parts) == len(rows) and None not in parts else None)


def _rows(text: str, separator: str, where: str) -> tuple[Rows, DataError | None]:
    """Return the rows up to the first that is not in order, and what is wrong with that."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator, strict=True)
    rows: Rows = []
    line = 0
    try:
        for row in reader:
            line = reader.line_num
            if any(value.strip() for value in row):
                rows.append((line, row))
    except csv.Error as error:
        return rows, DataError(
            f"{where}: line {line + 1}: {error}; look for a quote that is out of place in this "
            "line or the next ones, and mend or remove it"
        )
    return rows, None


def value_of(row: Sequence[str], column: int, line: str, what: str) -> str:
    """Return a value of a row; an empty one, or none, is an error."""
    value = row[column].strip() if column < len(row) else ""
    if not value:
        raise DataError(f"{line}: no {what}; write one, or remove the line")
    return value
