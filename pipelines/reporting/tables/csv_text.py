"""Rows as CSV that a spreadsheet shows as text and numbers, and never runs."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.reporting.texts.outside_text import one_line

# A spreadsheet takes what begins so for a formula, also behind spaces and in full width.
_SIGNS = "=+-@＝＋－＠"
# Where lists are parted by semicolons, it begins a cell at each of them, also within quotes.
_SIGN_BEHIND = re.compile(rf'(;[ "]*)(?=[{re.escape(_SIGNS)}])')


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a line of headings; nothing where there is no value.

    Text is on one line, without characters that control a terminal. Where it begins as a formula
    does, an apostrophe stands in front of it, and so behind a semicolon, at which some
    spreadsheets part a line. Several values are parted by spaces.

    Examples
    --------
    >>> print(csv_text(["name", "seeds"], [{"name": "=1+1", "seeds": (0, 1)}]), end="")
    name,seeds
    '=1+1,0 1
    """
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_written(name) for name in columns])
    for row in rows:
        writer.writerow([_written(row.get(name)) for name in columns])
    return file.getvalue()


def csv_fields(values: Iterable[Any]) -> str:
    """Return values as a part of a line of CSV, written and quoted as `csv_text` does.

    Examples
    --------
    >>> print(csv_fields(["=1+1", None, 0.5, "a, b"]))
    '=1+1,,0.5,"a, b"
    """
    file = io.StringIO()
    csv.writer(file, lineterminator="").writerow([_written(value) for value in values])
    return file.getvalue()


def _written(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(map(_written, value))
    if isinstance(value, str):
        text = _SIGN_BEHIND.sub(r"\1'", one_line(value))
        bare = text.strip()
        return f"'{text}" if bare.startswith(tuple(_SIGNS)) and len(bare) > 1 else text
    return str(value)
