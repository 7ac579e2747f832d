"""Write a report's spec as TOML, so that it can be read, copied and run again."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

_TABLE_DEPTH = 2  # [features.hog] has a header of its own; what is deeper stays on its line


def toml_text(spec: Mapping[str, Any]) -> str:
    """Return a mapping of JSON values as TOML; `None`, which TOML lacks, is left out.

    Examples
    --------
    >>> print(toml_text({"seeds": [0, 1], "models": {"linear": {"choose": {"alpha": [1e-3]}}}}))
    seeds = [0, 1]
    <BLANKLINE>
    [models.linear]
    choose = { alpha = [0.001] }
    """
    return "\n".join(_table((), spec)).strip()


def _table(path: tuple[str, ...], table: Mapping[str, Any]) -> list[str]:
    inner = {
        key: value
        for key, value in table.items()
        if isinstance(value, Mapping) and len(path) < _TABLE_DEPTH
    }
    lines = [
        f"{_key(key)} = {_value(value)}"
        for key, value in table.items()
        if key not in inner and value is not None
    ]
    if path and (lines or not inner):
        lines = ["", f"[{'.'.join(map(_key, path))}]", *lines]
    for key, value in inner.items():
        lines += _table((*path, key), value)
    return lines


def _key(key: str) -> str:
    return key if re.fullmatch(r"[A-Za-z0-9_-]+", key) else _string(key)


def _string(text: str) -> str:
    clean = text.encode("utf-8", "replace").decode()  # TOML has no lone surrogates
    return json.dumps(clean, ensure_ascii=False).replace("\x7f", "\\u007f")


def _value(value: Any) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if isinstance(value, Mapping):
        pairs = [f"{_key(k)} = {_value(v)}" for k, v in value.items() if v is not None]
        return "{ " + ", ".join(pairs) + " }" if pairs else "{}"
    if isinstance(value, (list, tuple)):
        return "[" + ", ".join(_value(v) for v in value if v is not None) + "]"
    return _string(str(value))
