"""Images that took long to read are kept in the cache, so that they are there at once next time."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.keeping.cache import Entry, RunCache, key_of
from data.omission import Omission
from data.options import LoadOptions
from data.said import heard, say

_WORTH_S = 2.0
_WORTH_BYTES = 1 << 20
_SETTLED_S = 2.0
_CODE = Path(__file__).parents[1]
_LAYOUT = 1


def kept_or_loaded(
    source: Source, options: LoadOptions, load: Callable[[Source, LoadOptions], Dataset]
) -> Dataset:
    """Return the images of a source: as they were kept, or loaded, and kept if that took long.

    What is kept is found by the names, sizes and times of the files, by the options, and by the
    code that read them. The arrays are mapped from disk. The warnings of the first time are given
    again.

    Parameters
    ----------
    source : Source
        The files.
    options : LoadOptions
        What the caller has chosen.
    load : callable (Source, LoadOptions) -> Dataset
        Loads the images.
    """
    began, now = time.perf_counter(), time.time()
    signature = source.signature()
    if signature.n_bytes < _WORTH_BYTES:
        return load(source, options)
    chosen = {
        name: value for name, value in asdict(options).items() if name not in ("tally", "cache")
    }
    key = key_of(
        {"loaded": _LAYOUT, "files": signature.sha256, "options": chosen, "code": _code_sha256()}
    )
    kept = RunCache()
    entry = kept.get(key)
    if entry is not None:
        try:
            return _dataset(entry)
        except (DataError, KeyError, TypeError, ValueError):
            pass  # it is whole, but not what is wanted: make it again
    with heard() as said:
        dataset = load(source, options)
    # A file may change twice within one tick of the clock of its disk.
    is_settled = signature.changed_s < now - _SETTLED_S
    if is_settled and time.perf_counter() - began >= _WORTH_S:
        _keep(kept, key, dataset, said)
    return dataset


def _keep(kept: RunCache, key: str, dataset: Dataset, said: list[str]) -> None:
    arrays, names = {}, {}
    for part in dataset.parts:
        for what in ("images", "labels"):
            arrays[f"{what}_{part}"] = getattr(dataset, f"{what}_{part}")
        names[f"names_{part}"] = getattr(dataset, f"names_{part}")
    facts = {
        "name": dataset.name,
        "class_names": list(dataset.class_names),
        "passed_over": [asdict(each) for each in dataset.passed_over],
        "said": said,
    }
    kept.put(key, arrays, facts, {"names": json.dumps(names).encode()})


def _dataset(entry: Entry) -> Dataset:
    facts: dict[str, Any] = dict(entry.facts)
    said = facts.pop("said")
    facts["passed_over"] = [
        Omission(**(each | {"names": tuple(each["names"])})) for each in facts["passed_over"]
    ]
    facts |= entry.arrays | json.loads(entry.blobs["names"])
    dataset = Dataset(**facts)
    for text in said:
        say(text)
    return dataset


@cache
def _code_sha256() -> str:
    """Return a hash of the code that turns files into images."""
    from PIL import __version__ as pillow

    digest = hashlib.sha256(pillow.encode())
    for path in sorted(_CODE.rglob("*.py")):
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    return digest.hexdigest()
