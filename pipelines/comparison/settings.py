"""Single values of a spec, set from outside: `models.mlp.max_iter=20`."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping
from typing import Any

from pipelines.comparison.named.valid_names import check_names
from pipelines.errors import SpecError

_NAMED = {"features": ("extractor", "union"), "models": ("classifier",)}


def with_settings(content: Mapping[str, Any], settings: Iterable[str]) -> dict[str, Any]:
    """Return the tables of a spec with some values in place of, or beside, its own.

    Parameters
    ----------
    content : mapping
        The tables of a spec, as `tomllib` returns them.
    settings : iterable of str
        Each as a line of TOML, `models.mlp.max_iter = 20`; a value that is not TOML is text.

    Returns
    -------
    dict
        New tables; the given ones stay as they are.

    Raises
    ------
    SpecError
        If a setting has no key, or one of a row or column that the spec does not have.

    Examples
    --------
    >>> with_settings({"models": {"mlp": {"classifier": "MLPClassifier"}}}, ["models.mlp.tol=0.1"])
    {'models': {'mlp': {'classifier': 'MLPClassifier', 'tol': 0.1}}}
    """
    merged: dict[str, Any] = dict(content)
    for setting in settings:
        given = _parsed(setting)
        for table, kinds in _NAMED.items():
            named = given.get(table)
            for name, values in named.items() if isinstance(named, dict) else ():
                if not (isinstance(values, dict) and values.keys() & {*kinds}):
                    try:
                        check_names(f"{table} in --set", [name], [*merged.get(table, {})])
                    except ValueError as error:
                        raise SpecError(f"--set {setting}: {error}") from None
        merged = _merged(merged, given)
    return merged


def _parsed(setting: str) -> dict[str, Any]:
    key, equals, value = setting.partition("=")
    if not (equals and key.strip() and "\n" not in setting):
        raise SpecError(f"--set takes KEY=VALUE, as in models.mlp.max_iter=20; got {setting!r}")
    for text in (value, json.dumps(value.strip())):
        try:
            return tomllib.loads(f"{_quoted(key)} = {text}")
        except (tomllib.TOMLDecodeError, RecursionError):
            continue
    raise SpecError(
        f"--set {setting!r}: {key.strip()!r} is no key of a spec, as models.mlp.max_iter is; a "
        "name with a dot stands in quotes"
    )


def _quoted(key: str) -> str:
    """Return a key whose parts are quoted, as names like hog+color must be in TOML."""
    if '"' in key or "'" in key:
        return key
    return ".".join(json.dumps(part.strip()) for part in key.split("."))


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """Return two tables in one; of two values the one above, which is also chosen from no more."""
    result = dict(below)
    for key, value in above.items():
        there = result.get(key)
        if value and isinstance(value, Mapping) and isinstance(there, Mapping):
            result[key] = _merged(there, value)
        else:
            result[key] = value
        choose = result.get("choose")
        if key != "choose" and isinstance(choose, Mapping) and key in choose:
            result["choose"] = {name: grid for name, grid in choose.items() if name != key}
    return result
