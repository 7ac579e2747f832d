"""Images that took long to make are kept in the cache, so that they are there at once next time.

All images of a dataset are in one file, training, validation, test, so that any parts that follow
each other are one array, too.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from data.archives.source import Source
from data.dataset import Dataset
from data.errors import DataError
from data.keeping.array_files import begin_array, write_array, write_rows
from data.keeping.cache import Draft, Entry, RunCache, key_of
from data.keeping.frozen import holder_of
from data.keeping.room import Scratch, scratch
from data.keeping.row_sets import blocks_of, joined
from data.options import LoadOptions
from data.parts import Part
from data.pixels.images import versions_of_codecs
from data.pixels.pillow_settings import PillowSettings
from data.system.memory import is_large
from data.telling.omission import Omission
from data.telling.said import heard, say

_WORTH_S = 2.0
_WORTH_BYTES = 1 << 20
_SETTLED_S = 2.0
_CODE = Path(__file__).parents[1]
_LAYOUT = 2
_IN_ORDER: tuple[Part, ...] = ("train", "validation", "test")


def kept_or_loaded(
    source: Source, options: LoadOptions, load: Callable[[Source, LoadOptions], Dataset]
) -> Dataset:
    """Return the images of a source: as they were kept, or loaded, and kept if that took long.

    What is kept is found by the names, sizes and times of the files, by the options, by the
    settings of Pillow, and by the code that read them. The arrays are mapped from disk. The
    warnings of the first time are given again. Images that are larger than a quarter of the memory
    are kept, however long they took.

    Parameters
    ----------
    source : Source
        The files.
    options : LoadOptions
        What the caller has chosen.
    load : callable (Source, LoadOptions) -> Dataset
        Loads the images.
    """
    now = time.time()
    signature = source.signature()
    if signature.n_bytes < _WORTH_BYTES:
        return load(source, options)
    chosen = {
        name: value for name, value in asdict(options).items() if name not in ("tally", "cache")
    }
    # A file may change twice within one tick of the clock of its disk.
    is_settled = signature.changed_s < now - _SETTLED_S
    return kept_or_made(
        {
            "files": signature.sha256,
            "options": chosen,
            "pillow": [*map(str, PillowSettings.now()), *versions_of_codecs()],
        },
        lambda: load(source, options),
        may_keep=is_settled,
    )


def kept_or_made(
    what: Mapping[str, Any], make: Callable[[], Dataset], *, may_keep: bool = True
) -> Dataset:
    """Return a dataset as it was kept, or as it is made, and kept if that took long or is large.

    Parameters
    ----------
    what : mapping
        All that decides the images, besides the code.
    make : callable () -> Dataset
        Makes them.
    may_keep : bool, default True
        Whether they may be kept.
    """
    began = time.perf_counter()
    key = key_of({"loaded": _LAYOUT, "code": _code_sha256(), **what})
    kept = RunCache()
    entry = kept.get(key)
    if entry is not None:
        try:
            return _mapped(kept, key, entry)
        except (DataError, KeyError, TypeError, ValueError):
            pass  # it is whole, but not what is wanted: make it again
    if not may_keep:
        return make()
    with scratch() as made, heard() as said:
        dataset = make()
        large = is_large(sum(getattr(dataset, f"images_{part}").nbytes for part in dataset.parts))
        if large or time.perf_counter() - began >= _WORTH_S:
            mapped = _keep(kept, key, dataset, said, made)
            if mapped is not None and large:
                return mapped
    return dataset


def _keep(
    kept: RunCache, key: str, dataset: Dataset, said: list[str], made: Scratch
) -> Dataset | None:
    """Keep a dataset, and return it as it was kept; None if it cannot be kept."""
    parts = [part for part in _IN_ORDER if part in dataset.parts]
    arrays = {f"{what}_{part}": getattr(dataset, f"{what}_{part}")
              for part in parts for what in ("images", "labels")}  # fmt: skip
    if sum(each.nbytes for each in arrays.values()) > kept.limit_bytes:
        return None
    try:
        with kept.draft(key) as draft:
            _write_images(draft, joined([arrays[f"images_{part}"] for part in parts]), made)
            labels = joined([arrays[f"labels_{part}"] for part in parts])
            write_array(draft.array_file("labels"), labels)
            names = {f"names_{part}": getattr(dataset, f"names_{part}") for part in parts}
            draft.blobs["names"] = json.dumps(names).encode()
            draft.facts.update(
                name=dataset.name,
                class_names=list(dataset.class_names),
                passed_over=[asdict(each) for each in dataset.passed_over],
                said=said,
                parts={part: len(arrays[f"labels_{part}"]) for part in parts},
                sha256=dataset.sha256,
            )
        entry = kept.get(key, check=False)
        return None if entry is None else _mapped(kept, key, entry, say_again=False)
    except OSError as error:
        kept.warn(error)
        return None


def _write_images(draft: Draft, images: NDArray[np.uint8], made: Scratch) -> None:
    """Put images into a draft; the file of images that were made in one is moved there."""
    file, holder = draft.array_file("images"), holder_of(images)
    begun = made.file_of(holder)
    if begun is not None and holder.nbytes == images.nbytes:
        try:
            begun.replace(file)
            return
        except OSError:
            pass  # a system that does not move what is mapped
    begin_array(file, images.shape, images.dtype)
    for block in blocks_of(images):
        write_rows(file, block.start, images[block])


def _mapped(kept: RunCache, key: str, entry: Entry, *, say_again: bool = True) -> Dataset:
    """Return a dataset as it was kept; the cache has it as long as it is used here."""
    facts: dict[str, Any] = dict(entry.facts)
    said, parts, sha256 = facts.pop("said"), facts.pop("parts"), str(facts.pop("sha256"))
    facts["passed_over"] = [
        Omission(**(each | {"names": tuple(each["names"])})) for each in facts["passed_over"]
    ]
    facts |= json.loads(entry.blobs["names"])
    start = 0
    for part, n in parts.items():
        for what in ("images", "labels"):
            facts[f"{what}_{part}"] = entry.arrays[what][start : start + n]
        start += n
    dataset = Dataset(**facts).with_hash(sha256)
    kept.pin(key, dataset.images_train)
    for text in said if say_again else ():
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
