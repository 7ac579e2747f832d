"""Text that comes from outside (names, titles, errors), made safe to show."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any


def plain(text: str) -> str:
    r"""Return text from outside as Markdown that shows it as it is, on one line.

    Examples
    --------
    >>> print(plain("a|b <script> *c*"))
    a\|b \<script\> \*c\*
    """
    escaped = re.sub(r"([\\`*<>|\\[\]])", r"\\\1", " ".join(visible(text).split()))
    return re.sub(r"(?<!\w)_|_(?!\w)|^([#+-]|\d+[.)])(?=\s)", r"\\\g<0>", escaped)


def visible(text: str) -> str:
    """Return text with control and text-direction characters replaced, line breaks kept."""
    return "".join(
        "\ufffd" if unicodedata.category(c) in ("Cc", "Cf", "Cs") and c not in "\n\t" else c
        for c in text
    )


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
