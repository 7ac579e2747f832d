"""A report's spec as TOML, so that it can be read, copied and run again."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import tomli_w

_LIST = re.compile(r"\[\n([^\[\]{}\n]+,\n)+ *\]")
_LONGEST = 100


def spec_text(spec: Mapping[str, Any]) -> str:
    """Return a mapping of JSON values as TOML; `None`, which TOML lacks, is left out.

    Examples
    --------
    >>> print(spec_text({"seeds": [0, 1], "models": {"linear": {"choose": {"alpha": [1e-3]}}}}))
    seeds = [0, 1]
    <BLANKLINE>
    [models.linear.choose]
    alpha = [0.001]
    """
    return _LIST.sub(_on_one_line, tomli_w.dumps(_without_none(spec))).strip()


def _on_one_line(found: re.Match[str]) -> str:
    """Return a list without lists or tables in it on one line, if it is short."""
    entries = [entry.strip() for entry in found[0][1:-1].strip().split("\n")]
    line = f"[{' '.join(entries).removesuffix(',')}]"
    return line if len(line) <= _LONGEST else found[0]


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {key: _without_none(inner) for key, inner in value.items() if inner is not None}
    if isinstance(value, (list, tuple)):
        return [_without_none(inner) for inner in value if inner is not None]
    return value
