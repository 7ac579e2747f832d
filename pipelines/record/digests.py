"""The hashes in a report: of all that it says, and of what it found alone."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

# What depends on where, when and by which version a comparison was run, and its heading.
_NOT_FOUND = frozenset({"preconv", "title", "environment", "measurements", "results_digest"})
NAMES = {
    "dataset": frozenset({"name", "passed_over"}),
    "spec": frozenset({"data", "title", "own"}),
}
"""What is a mere name in the entries of the images and of the spec: it changes no figure."""

_TOLD = frozenset({"error"})


def digest(content: Mapping[str, Any]) -> str:
    """Return the sha256 of a report's content as canonical JSON, its `digest` left out."""
    rest = {key: value for key, value in content.items() if key != "digest"}
    text = json.dumps(rest, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()


def results_digest(content: Mapping[str, Any]) -> str:
    """Return the sha256 of what a report found, which is the same in every run of its comparison.

    It covers the hash and the counts of the images, the spec, every cell and every pair. It does
    not cover times, sizes, versions and the processor; names of the images and files beside them;
    what was passed in Python; and the text of an error, which can name a machine. So one process,
    several, those of a cluster, and a run that was interrupted and gone on with have the same,
    where the processors have the same kernels.

    Parameters
    ----------
    content : mapping
        The object in a `report.json`, checked or not.

    Examples
    --------
    >>> report = {"cells": [{"accuracy": 0.5, "error": None}], "measurements": {"total_s": 3.0}}
    >>> results_digest(report) == results_digest(report | {"measurements": {"total_s": 4.0}})
    True
    >>> results_digest(report) == results_digest(report | {"cells": [{"accuracy": 0.6}]})
    False
    """
    found = {key: value for key, value in content.items() if key not in _NOT_FOUND}
    for key, names in NAMES.items():
        found[key] = _without(found.get(key), names)
    cells = found.get("cells")
    if isinstance(cells, (list, tuple)):
        found["cells"] = [_without(cell, _TOLD) for cell in cells]
    return digest(found)


def with_digests(content: Mapping[str, Any]) -> dict[str, Any]:
    """Return a report's content with its hashes made anew.

    A report of an earlier version, which has no hash of its results, stays without it.
    """
    made = dict(content)
    if made.get("results_digest") is not None:
        made["results_digest"] = results_digest(made)
    return made | {"digest": digest(made)}


def why_edited(content: Mapping[str, Any]) -> str | None:
    """Return how a report's content shows that it was edited, or None.

    Reports of earlier versions have no hash of their results.

    Examples
    --------
    >>> why_edited(with_digests({"title": "Photos"})) is None
    True
    >>> why_edited({"title": "Photos", "digest": "0"})
    'its digest is not that of its content: it was edited'
    """
    if content.get("digest") != digest(content):
        return "its digest is not that of its content: it was edited"
    return why_other_results(content)


def why_other_results(content: Mapping[str, Any]) -> str | None:
    """Return how a report's content shows that its results were edited, or None."""
    given = content.get("results_digest")
    if given is not None and given != results_digest(content):
        return "its results_digest is not that of its results: they were edited"
    return None


def _without(table: Any, keys: frozenset[str]) -> Any:
    if not isinstance(table, Mapping):
        return table
    return {key: value for key, value in table.items() if key not in keys}
