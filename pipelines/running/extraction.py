"""The features of a dataset: from the cache, or computed by tasks, a block of images at a time."""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from data import Dataset
from data.keeping.array_files import begin_array
from data.keeping.cache import Draft, Entry, RunCache, key_of
from pipelines.errors import PackingError
from pipelines.keeping.code import DECISIVE, code_sha256
from pipelines.keeping.identity import identity
from pipelines.keeping.packing import is_trusted, pack, unpack
from pipelines.running.apart.handles import Columns, Spread, make_block, name_of_matrix
from pipelines.running.apart.kept_blocks import found_again, planned_blocks
from pipelines.running.environment import surroundings
from pipelines.running.executors import Named
from pipelines.running.matrices import Handle, Workspace
from pipelines.running.setting import Setting, Waiting, in_turn
from pipelines.running.tasks import (
    blocks,
    fit_extractor,
    goes_in_blocks,
    held_features,
    held_side_by_side,
    shape_of_rows,
    write_all,
    write_block,
    write_side_by_side,
)

PARTS = ("train", "test")

_SECONDS = ("fit_s", "transform_train_s", "transform_test_s")


@dataclass(frozen=True, eq=False)
class Extraction:
    """The feature matrices of a dataset by handle, and what they took.

    Parameters
    ----------
    train, test : Handle
        float32 (n, d), or (n, n_views, d) where a row is several views of an image.
    dim : int
        How many features an image has, those of all views counted.
    fit_s, transform_train_s, transform_test_s : float
        Seconds.
    cached : bool
        Whether they were kept from an earlier run.
    key : str or None
        The key of the features in the cache; None if the code behind them cannot be known.
    extractor : transformer or None
        Fitted; None if it came from the cache and could not be kept there.
    """

    train: Handle
    test: Handle
    dim: int
    fit_s: float = 0.0
    transform_train_s: float = 0.0
    transform_test_s: float = 0.0
    cached: bool = False
    key: str | None = None
    extractor: Any = None


def extraction(setting: Setting, extractor: Any, name: str = "") -> Waiting:
    """Fit an extractor, whose seed is set, and return its features of the dataset.

    `name` is what its tasks are called.
    """
    cache, workspace = setting.cache, setting.workspace
    key = key_of_features(extractor, setting.dataset.sha256) if cache else None
    if cache and key and (entry := cache.get(key)):
        packed = entry.blobs.get("extractor")
        return _of_entry(entry, key, workspace, unpack(packed) if packed else None, cached=True)
    fitted, fit_s, fit_kept = yield from _fitted(setting, extractor, key, name)
    in_blocks, apart = goes_in_blocks(fitted), setting.executor.apart
    if cache and key and in_blocks and not apart and _fits(cache, fitted, setting.dataset):
        try:
            with cache.draft(key) as draft:
                draft.facts["fit_s"] = fit_s
                draft.blobs.update(_packed(fitted))
                for part in PARTS:
                    seconds = yield from _written(
                        setting, fitted, part, draft.array_file(part), name, draft
                    )
                    draft.facts[f"transform_{part}_s"] = seconds
        except OSError as error:
            cache.warn(error)
        # It was hashed as it was written.
        if entry := cache.get(key, check=False):
            return _of_entry(entry, key, workspace, fitted)
    made, seconds = {}, {}
    for part in PARTS:
        make = _spread if apart else _in_workspace
        made[part], seconds[part] = yield from make(setting, fitted, part, key, name)
    found = Extraction(
        made["train"],
        made["test"],
        dim=_common_dim(made),
        fit_s=fit_s,
        transform_train_s=seconds["train"],
        transform_test_s=seconds["test"],
        cached=fit_kept and all(block.kept for each in made.values() for block in each.blocks),
        key=key,
        extractor=fitted,
    )
    if cache and key and not in_blocks and not apart:
        arrays = {part: made[part].open() for part in PARTS}
        cache.put(key, arrays, {name: getattr(found, name) for name in _SECONDS}, _packed(fitted))
    return found


def _fitted(setting: Setting, extractor: Any, key: str | None, name: str) -> Waiting:
    """Return a fitted extractor, seconds, and whether both are of an earlier run.

    Where features stay with workers, they keep the blocks, and what made them is kept here.
    """
    cache = setting.cache if setting.executor.apart else None
    kept = key and key_of({"fitted for": key})
    if cache and kept and (entry := cache.get(kept)):
        return unpack(entry.blobs["extractor"]), float(entry.facts["fit_s"]), True
    fitted, seconds = yield from setting.ask(
        Named(f"fit {name}", fit_extractor), extractor, setting.images["train"]
    )
    if cache and kept and (packed := _packed(fitted)):
        cache.put(kept, {}, {"fit_s": seconds}, packed)
    return fitted, seconds, False


def joined(setting: Setting, parts: list[Extraction], called: str = "") -> Waiting:
    """Return the features of several extractors side by side, as one matrix; views stay apart."""
    key = key_side_by_side([part.key for part in parts])
    made: dict[str, Handle] = {}
    for name in PARTS:
        handles = [getattr(part, name) for part in parts]
        if apart := setting.executor.apart:
            made[name] = Columns(key, run=apart, matrix=name_of_matrix(), parts=tuple(handles))
            continue
        shapes = [handle.open().shape for handle in handles]
        shape = (*shapes[0][:-1], sum(shape[-1] for shape in shapes))
        begun = setting.workspace.begin(shape, key)
        if begun is not None and begun.path is not None:
            yield from setting.ask(Named(f"join {called}", write_side_by_side), handles, begun.path)
            made[name] = begun
        else:
            made[name] = Handle(key, held=(yield from setting.ask(held_side_by_side, handles)))
    return Extraction(made["train"], made["test"], dim=sum(part.dim for part in parts), key=key)


def key_side_by_side(keys: list[str | None]) -> str | None:
    """Return the key of the features of several extractors side by side."""
    return None if None in keys else key_of({"side by side": keys})


def _written(
    setting: Setting, fitted: Any, part: str, path: Path, name: str, draft: Draft | None = None
) -> Waiting:
    """Write the features of one part of the images into a new file; return seconds."""
    images = setting.images[part]
    if not goes_in_blocks(fitted):
        return (yield from setting.ask(Named(f"features {name}", write_all), fitted, images, path))
    n_images, row = len(images.open()), shape_of_rows(fitted)
    begin_array(path, (n_images, *row), np.float32)
    cut = blocks(n_images, 4 * math.prod(row))
    tasks = (
        (
            Named(f"features {name} {part} block {number}", write_block),
            *(fitted, images, rows.start, rows.stop, path),
        )
        for number, rows in enumerate(cut)
    )
    return sum((yield from in_turn(setting, tasks, draft)))


def _spread(setting: Setting, fitted: Any, part: str, key: str | None, name: str) -> Waiting:
    """Return a handle to features that stay with the workers that make them, and seconds."""
    images, run = setting.images[part], setting.executor.apart
    n_images = len(images.open())
    cut = [slice(0, n_images)]
    if goes_in_blocks(fitted):
        cut = blocks(n_images, 4 * math.prod(shape_of_rows(fitted)))
    planned = planned_blocks(cut, key, part)
    there = setting.executor.recall({each.name: each.key for each in planned if each.key})
    made = found_again(planned, there)
    tasks = (
        (
            Named(f"features {name} {part} block {number}", make_block),
            *(run, each.name, fitted, images, each.rows.start, each.rows.stop, each.key),
        )
        for number, each in enumerate(planned)
        if each.name not in made
    )
    for block, seconds in (yield from in_turn(setting, tasks)):
        made[block.name] = block, seconds
    found = tuple(made[each.name][0] for each in planned)
    matrix = planned[0].name.rpartition("-")[0]
    handle = Spread(key, run=run, matrix=matrix, blocks=found, extractor=fitted, images=images)
    return handle, sum(seconds for _, seconds in made.values())


def _in_workspace(setting: Setting, fitted: Any, part: str, key: str | None, name: str) -> Waiting:
    """Return a handle to the features of one part of the images, and seconds."""
    path = setting.workspace.path()
    if path is not None:
        try:
            seconds = yield from _written(setting, fitted, part, path, name)
            return Handle(key, path), seconds
        except OSError as error:
            path.unlink(missing_ok=True)
            setting.workspace.warn(error)
    matrix, seconds = yield from setting.ask(held_features, fitted, setting.images[part])
    return Handle(key, held=matrix), seconds


def _fits(cache: RunCache, fitted: Any, dataset: Dataset) -> bool:
    """Return whether the cache is large enough for the features."""
    row_bytes = 4 * math.prod(shape_of_rows(fitted))
    n_images = dataset.n_train + dataset.n_validation + dataset.n_test
    return row_bytes * n_images <= cache.limit_bytes


def _of_entry(
    entry: Entry, key: str, workspace: Workspace, extractor: Any, *, cached: bool = False
) -> Extraction:
    handles = {part: workspace.link(entry.files[part], key, entry.arrays[part]) for part in PARTS}
    return Extraction(
        handles["train"],
        handles["test"],
        dim=_common_dim(handles),
        cached=cached,
        key=key,
        extractor=extractor,
        **{name: float(entry.facts[name]) for name in _SECONDS},
    )


def _common_dim(made: dict[str, Handle]) -> int:
    train, test = (math.prod(made[part].shape[1:]) for part in PARTS)
    if train != test:
        raise ValueError(f"{train} features for training images, {test} for test images")
    return train


def _packed(extractor: Any) -> dict[str, bytes]:
    """Return a fitted extractor as bytes; empty if they could not be read back."""
    try:
        packed = pack(extractor)
    except PackingError:
        return {}
    return {"extractor": packed} if is_trusted(packed) else {}


def key_of_features(extractor: Any, data_sha256: str) -> str | None:
    """Return the key of an extractor's features; None if the code behind it cannot be known."""
    known = identity(extractor)
    return known and key_of(
        {
            "what": "features",
            "data": data_sha256,
            "extractor": known,
            "code": code_sha256(*DECISIVE),
            "surroundings": surroundings(),
        }
    )
