"""Nested settings, as a spec or an environment has them, as a flat list of keys and texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat(mapping: Mapping[str, Any], prefix: str = "") -> list[tuple[str, str]]:
    """Return nested mappings as dotted keys with their values as text.

    Examples
    --------
    >>> flat({"python": "3.12", "libraries": {"numpy": "2.4"}})
    [('python', '3.12'), ('libraries.numpy', '2.4')]
    """
    lines = []
    for key, value in mapping.items():
        if isinstance(value, Mapping):
            lines += flat(value, f"{prefix}{key}.")
        else:
            text = ", ".join(map(str, value)) if isinstance(value, (list, tuple)) else str(value)
            lines.append((f"{prefix}{key}", text))
    return lines
