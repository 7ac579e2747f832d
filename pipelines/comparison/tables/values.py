"""The values that a spec can hold: plain ones, of bounded size."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

_LONGEST = 1000
_DEEPEST = 4


def plain(value: Any) -> Any:
    """Return a value of a spec with lists for tuples, as TOML and JSON have it."""
    if isinstance(value, Mapping):
        return {key: plain(each) for key, each in value.items()}
    return [plain(each) for each in value] if isinstance(value, tuple) else value


def frozen(value: Any, depth: int = 0) -> Any:
    """Return a parameter's value with tuples for lists; raise ValueError for what no spec holds."""
    if depth > _DEEPEST:
        raise ValueError(f"parameters nest at most {_DEEPEST} deep")
    if isinstance(value, list | tuple) and len(value) <= _LONGEST:
        return tuple(frozen(each, depth + 1) for each in value)
    if isinstance(value, Mapping) and len(value) <= _LONGEST and all(map(_is_text, value)):
        return {key: frozen(each, depth + 1) for key, each in value.items()}
    if value is None or isinstance(value, bool) or _is_text(value):
        return value
    if isinstance(value, int) and abs(value) < 2**63:
        return value
    if isinstance(value, float) and math.isfinite(value):
        return value
    raise ValueError(
        "a parameter is true, false, a finite number, a short text, or a list or table of those, "
        f"got {str(value)[:80]!r}"
    )


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= _LONGEST
