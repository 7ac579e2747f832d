"""Answers as CSV, a row for each image."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from pipelines.predicting.answers import Answer, Unread
from pipelines.reporting.tables.csv_text import csv_text


def predictions_as_csv(found: Sequence[Answer | Unread], top: int) -> str:
    """Return the `top` best classes of each image with their scores, or its error.

    The columns are `image`, `true` if any class is known, `class` and `probability` (or `score`)
    of the best class, `class2` and so on of the next ones, and `error`.
    """
    has_probabilities = all(each.has_probabilities for each in found if isinstance(each, Answer))
    what = "probability" if has_probabilities else "score"
    columns = ["image"]
    columns += ["true"] if any(each.true is not None for each in found) else []
    numbers = ["" if k == 0 else str(k + 1) for k in range(top)]
    columns += [f"{name}{number}" for number in numbers for name in ("class", what)]
    rows = []
    for each in found:
        row: dict[str, Any] = {"image": str(each.path), "true": each.true}
        if isinstance(each, Unread):
            row["error"] = each.error
        else:
            for number, (name, value) in zip(numbers, each.top, strict=False):
                row |= {f"class{number}": name, f"{what}{number}": value}
        rows.append(row)
    return csv_text([*columns, "error"], rows)
