"""What notebooks show of a spec: its tables, in which nothing is code."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from data.telling.notebook import html_table


def spec_as_html(spec: Mapping[str, Any]) -> str:
    """Return a spec's content as HTML: what holds for all, then each row and each column.

    Examples
    --------
    >>> "<b>" in spec_as_html({"data": "<b>", "features": {"hog": {"extractor": "HOG"}}})
    False
    """
    parts = {"features": spec.get("features", {}), "models": spec.get("models", {})}
    common = [(key, _written(value)) for key, value in spec.items() if key not in parts]
    tables = [html_table("Comparison", [row for row in common if row[1] != "null"])]
    for name, entries in parts.items():
        rows = [(entry, _options(options)) for entry, options in entries.items()]
        tables.append(html_table(name, rows))
    return f"<div>{''.join(tables)}</div>"


def _options(options: Any) -> str:
    if not isinstance(options, Mapping):
        return _written(options)
    return ", ".join(
        _written(value) if key in ("extractor", "classifier") else f"{key} = {_written(value)}"
        for key, value in options.items()
    )


def _written(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
