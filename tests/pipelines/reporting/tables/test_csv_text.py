from __future__ import annotations

import csv
import io
from typing import Any

import pytest

from pipelines.reporting.tables.csv_text import csv_text


@pytest.mark.parametrize(
    "text", ["=1+1", "+x", "-x", "@x", "\t=1", " =1", "＝1", "\r\n=cmd|' /C calc'!A0"]
)
def test_no_text_begins_as_a_formula(text: str) -> None:
    _, (written,) = csv.reader(io.StringIO(csv_text(["a"], [{"a": text}])))
    assert written.startswith("'")


def test_numbers_stay_numbers_and_text_stays_in_its_place() -> None:
    rows: list[dict[str, Any]] = [
        {"a": -1.5, "b": 'x,"y"\nz', "c": (0, 1)},
        {"a": None, "b": float("nan"), "c": ()},
    ]
    read = list(csv.reader(io.StringIO(csv_text(["a", "b", "c"], rows))))
    assert read == [["a", "b", "c"], ["-1.5", 'x,"y" z', "0 1"], ["", "", ""]]


def test_a_control_character_is_shown_and_not_written() -> None:
    assert "\x1b" not in csv_text(["a"], [{"a": "\x1b[2J"}])


@pytest.mark.parametrize(
    "text",
    ["x;=1", "x; -1", "x;\t@a", ";＝1", "a,b;+c", "a;b;=1", "=1;=2", 'x;"=1+1;y', 'x; " =1;"y"'],
)
def test_no_part_of_a_text_begins_as_a_formula_where_semicolons_part_cells(text: str) -> None:
    line = csv_text(["n", "a"], [{"n": 1.5, "a": text}]).splitlines()[1]
    cells = next(csv.reader([line], delimiter=";"))
    assert len(cells) > 1
    assert not any(cell.strip(' "').startswith(tuple("=+-@＝")) for cell in cells)


def test_a_semicolon_before_anything_else_stays() -> None:
    assert csv_text(["a"], [{"a": "a; b;c - d=e"}]) == "a\na; b;c - d=e\n"
