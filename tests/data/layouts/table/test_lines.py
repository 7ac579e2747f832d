"""The text of a table becomes rows, one at a time."""

from __future__ import annotations

import tracemalloc

import pytest

from data import DataError
from data.layouts.table.lines import read_table


@pytest.mark.parametrize("separator", [",", ";", "\t"])
def test_rows_keep_the_numbers_of_their_lines(separator: str) -> None:
    text = '\n \r\npath,label\r\na.png,cat\r,\nb.png,"do\ng"\n'.replace(",", separator)
    columns, headings, rows = read_table(text.encode("utf-8-sig"), "x.csv")
    assert (columns and columns.label, headings) == (1, ["path", "label"])
    expected = [(4, ["a.png", "cat"]), (7, ["b.png", "do\ng"])]
    assert [*rows] == expected
    assert [*rows] == expected  # as often as one asks


def test_without_headings() -> None:
    content = b"a.png,train,train\nb.png,dog,test\n"
    columns, headings, rows = read_table(content, "x.csv", lambda: frozenset(["a.png"]))
    assert (columns and columns.split, len([*rows]), headings[0]) == (2, 2, "a.png")
    columns, _, _ = read_table(content + b"c.png,cat\n", "x.csv", lambda: frozenset(["a.png"]))
    assert columns
    assert columns.split is None
    columns, headings, rows = read_table(content, "x.csv")
    assert (columns, headings, [*rows]) == (None, ["a.png", "train", "train"], [])


def test_of_two_separators_the_one_whose_rows_are_in_order() -> None:
    head = b"path,label,x;file;class\n"
    columns, _, rows = read_table(head + b'"a";b;c\n', "x.csv")
    assert (columns and columns.path, [*rows]) == (1, [(2, ["a", "b", "c"])])
    columns, _, rows = read_table(head + b'"a",b;c\n', "x.csv")
    assert (columns and columns.path, [*rows]) == (0, [(2, ["a", "b;c"])])
    with pytest.raises(DataError, match=r"x\.csv: line 3: .*; look for a quote"):
        read_table(head + b'a,b\n"a"b\n', "x.csv")


def test_rows_do_not_fill_the_memory() -> None:
    """A row of four bytes would be an object of hundreds, once for each separator."""
    content = b"path,label,x;\t\n" + b"a,a\n" * 20_000
    tracemalloc.start()
    _, _, rows = read_table(content, "x.csv")
    assert sum(1 for _ in rows) == 20_000
    assert tracemalloc.get_traced_memory()[1] < 1 << 20
    tracemalloc.stop()
