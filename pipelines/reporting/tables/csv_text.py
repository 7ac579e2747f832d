"""Rows as CSV that a spreadsheet shows as text and numbers, and never runs."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from pipelines.reporting.outside_text import one_line

# A spreadsheet takes what begins so for a formula, also behind spaces and in full width.
_FORMULA = ("=", "+", "-", "@", "＝", "＋", "－", "＠")


def csv_text(columns: Sequence[str], rows: Iterable[Mapping[str, Any]]) -> str:
    """Return rows as CSV with a line of headings; nothing where there is no value.

    Text is on one line, without characters that control a terminal. Where it begins as a formula
    does, an apostrophe stands in front of it. Several values are parted by spaces.

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


def _written(value: Any) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, (list, tuple)):
        return " ".join(map(_written, value))
    if isinstance(value, str):
        text = one_line(value)
        bare = text.strip()
        return f"'{text}" if bare.startswith(_FORMULA) and len(bare) > 1 else text
    return str(value)
