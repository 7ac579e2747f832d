"""A text file of values with commas, semicolons or tabs between them becomes rows."""

from __future__ import annotations

import csv
import io
import re
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from data.errors import DataError
from data.layouts.table.columns import Columns, columns_of
from data.names import utf8_text
from data.parts import part_of

_SEPARATORS = ",;\t"
_LINE = re.compile("[^\n\r\v\f\x1c-\x1e\x85\u2028\u2029]+")

NumberedRow = tuple[int, list[str]]


@dataclass(frozen=True)
class Rows:
    """The rows of a table with their line numbers, read one at a time, as often as one asks.

    As texts, all at once, they would take fifty times the memory of the file.

    Raises
    ------
    DataError
        While they are read, if a quote is open or out of place, or a row has more values than the
        first.
    """

    content: bytes
    separator: str
    where: str
    n_passed: int = 0
    n_columns: int | None = None

    def __iter__(self) -> Iterator[NumberedRow]:
        text = io.TextIOWrapper(io.BytesIO(self.content), "utf-8-sig", newline="")
        reader = csv.reader(text, delimiter=self.separator, strict=True)
        line, n_left = 0, self.n_passed
        try:
            for row in reader:
                line = reader.line_num
                if not "".join(row).strip():
                    continue
                if n_left:
                    n_left -= 1
                    continue
                if self.n_columns is not None and "".join(row[self.n_columns :]).strip():
                    raise DataError(
                        f"{self.where}: line {line} has {len(row)} values, and the first line "
                        f"{self.n_columns}; put quotes around a value that holds "
                        f"{self.separator!r}, or add the heading that is missing"
                    )
                yield line, row
        except csv.Error as error:
            raise DataError(
                f"{self.where}: line {line + 1}: {error}; look for a quote that is out of place in "
                "this line or the next ones, and mend or remove it"
            ) from error

    def first(self) -> list[str]:
        """Return the first row; an empty one if there is none, or it is not in order."""
        try:
            return next(iter(self), (0, []))[1]
        except DataError:
            return []

    def fault(self) -> DataError | None:
        """Return what is wrong with a row."""
        try:
            deque(self, 0)
        except DataError as error:
            return error
        return None


def read_table(
    content: bytes, where: str, names: Callable[[], frozenset[str]] = frozenset
) -> tuple[Columns | None, list[str], Iterable[NumberedRow]]:
    r"""Return which columns are which, their headings, and the rows with their line numbers.

    Columns are None, and there are no rows, if the headings do not tell them. Without headings they
    are path, label and perhaps part, in this order, if the first row names a file that is there.

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
    >>> columns.label, [*rows]
    (1, [(2, ['a.png', 'cat'])])
    """
    text = utf8_text(content, where)
    line = next((found[0] for found in _LINE.finditer(text) if found[0].strip()), "")
    read = [Rows(content, separator, where) for separator in _SEPARATORS if separator in line]
    firsts = [(rows, rows.first()) for rows in read]
    fitting = [
        (columns, first, replace(rows, n_passed=1, n_columns=len(first)))
        for rows, first in firsts
        if (columns := columns_of(first))
    ]
    widest, first = max(firsts, key=lambda each: len(each[1]), default=(None, []))
    if widest and not fitting and (columns := _without_headings(widest, first, names)):
        fitting = [(columns, first, replace(widest, n_columns=len(first)))]
    faults = []
    for columns, headings, rows in fitting:
        if (fault := rows.fault()) is None:
            return columns, headings, rows
        faults.append(fault)
    if faults:
        raise faults[0]
    return None, first or [line], ()


def _without_headings(
    rows: Rows, first: list[str], names: Callable[[], frozenset[str]]
) -> Columns | None:
    """Return the columns of a table without headings; None if its first row names no file."""
    if len(first) not in (2, 3) or first[0].strip() not in names():
        return None
    with_part = all(len(row) == 3 and part_of(row[2].strip()) for _, row in rows)
    if with_part:
        return Columns(0, 1, 2)
    return Columns(0, 1, rest=("the third",) if len(first) == 3 else ())


def value_of(row: Sequence[str], column: int, line: str, what: str) -> str:
    """Return a value of a row; an empty one, or none, is an error."""
    value = row[column].strip() if column < len(row) else ""
    if not value:
        raise DataError(f"{line}: no {what}; write one, or remove the line")
    return value
