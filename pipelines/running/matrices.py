"""Images → feature matrices: each extractor is fitted and run once for a dataset and seed.

Matrices may be larger than the memory: the features of our own extractors are written a block of
images at a time, to the cache or to a file that goes with the matrix, and mapped from there.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from data import Dataset, cache_folder
from features import ImageExtractor
from pipelines.errors import PackingError
from pipelines.keeping.cache import Entry, RunCache, check_room, key_of
from pipelines.keeping.code import code_sha256
from pipelines.keeping.identity import identity
from pipelines.keeping.packing import is_trusted, pack, unpack
from pipelines.running.environment import surroundings

Matrix = npt.NDArray[np.float32]

BLOCK_BYTES = 1 << 28
"""Features that are held at a time on their way to the disk: enough images for many threads."""

LARGE_BYTES = 1 << 30
"""A matrix from this size is in a file also where it is not kept."""


@dataclass(frozen=True, eq=False)
class Extraction:
    """The feature matrices of a dataset, read-only, and what they took.

    `key` names them in the cache; it is None if the code behind them cannot be known.
    `extractor` is fitted; it is None if it came from the cache and could not be kept there.
    """

    train: Matrix
    test: Matrix
    fit_s: float
    transform_train_s: float
    transform_test_s: float
    cached: bool = False
    key: str | None = None
    extractor: Any = None

    @property
    def dim(self) -> int:
        """How many features an image has."""
        return int(self.train.shape[1])


def extract(extractor: Any, dataset: Dataset, *, cache: RunCache | None) -> Extraction:
    """Return what an unfitted extractor, its seed set, makes of a dataset."""
    key = _key(extractor, dataset) if cache else None
    if cache and key and (entry := cache.get(key)):
        packed = entry.blobs.get("extractor")
        return _of_entry(entry, key, unpack(packed) if packed else None, cached=True)
    extractor = clone(extractor)
    started = time.perf_counter()
    extractor.fit(dataset.images_train)
    fit_s = time.perf_counter() - started
    if cache and key and _rows_are_independent(extractor):
        _write(extractor, dataset, fit_s, cache, key)
        if entry := cache.get(key):
            return _of_entry(entry, key, extractor)
    made = _not_kept(extractor, dataset, fit_s, key)
    if cache and key and not _rows_are_independent(extractor):
        seconds = {name: getattr(made, name) for name in _SECONDS}
        kept = cache.put(key, {"train": made.train, "test": made.test}, seconds, _packed(extractor))
        if kept and (entry := cache.get(key)):
            # Mapped from disk, the matrices no longer fill the memory of the whole run.
            return _of_entry(entry, key, extractor)
    return made


def side_by_side(parts: Sequence[Extraction], n_views: int = 1) -> Extraction:
    """Return the features of several extractors as one matrix; of each view, where it has some."""
    if len(parts) == 1:
        return parts[0]
    keys = [part.key for part in parts]
    return Extraction(
        train=_joined([part.train for part in parts], n_views),
        test=_joined([part.test for part in parts], n_views),
        fit_s=sum(part.fit_s for part in parts),
        transform_train_s=sum(part.transform_train_s for part in parts),
        transform_test_s=sum(part.transform_test_s for part in parts),
        cached=all(part.cached for part in parts),
        key=None if None in keys else key_of({"side by side": keys}),
    )


def beside(matrices: Sequence[Matrix], n_views: int = 1) -> Matrix:
    """Return matrices side by side, view by view."""
    n = len(matrices[0])
    apart = [matrix.reshape(n, n_views, -1) for matrix in matrices]
    return np.concatenate(apart, axis=2).reshape(n, -1)


def rows_of(matrix: Matrix, rows: npt.NDArray[np.intp]) -> Matrix:
    """Return some rows of a matrix, read-only; in a file, if they are many."""
    return _in_blocks((len(rows), matrix.shape[1]), lambda some: matrix[rows[some]])


_SECONDS = ("fit_s", "transform_train_s", "transform_test_s")


def _of_entry(entry: Entry, key: str, extractor: Any, *, cached: bool = False) -> Extraction:
    return Extraction(
        train=entry.arrays["train"],
        test=entry.arrays["test"],
        cached=cached,
        key=key,
        extractor=extractor,
        **{name: float(entry.facts[name]) for name in _SECONDS},
    )


def _not_kept(extractor: Any, dataset: Dataset, fit_s: float, key: str | None) -> Extraction:
    train, train_s = _transformed(extractor, dataset.images_train)
    test, test_s = _transformed(extractor, dataset.images_test)
    if train.shape[1] != test.shape[1]:
        raise ValueError(
            f"{train.shape[1]} features for training images, {test.shape[1]} for test images"
        )
    return Extraction(
        train=train,
        test=test,
        fit_s=fit_s,
        transform_train_s=train_s,
        transform_test_s=test_s,
        key=key,
        extractor=extractor,
    )


def _transformed(extractor: Any, images: npt.NDArray[np.uint8]) -> tuple[Matrix, float]:
    """Return the features of images, and the seconds that making them took."""
    if _rows_are_independent(extractor):
        blocks = _Blocks(extractor, images)
        shape = len(images), extractor.n_features_out_
        if 4 * shape[0] * shape[1] >= LARGE_BYTES and (
            (mapped := _in_file(shape, blocks)) is not None
        ):
            return mapped, blocks.seconds
    started = time.perf_counter()
    matrix = _checked(extractor.transform(images), len(images))
    return matrix, time.perf_counter() - started


def _in_file(shape: tuple[int, int], blocks: Iterable[Matrix]) -> Matrix | None:
    """Return rows as a matrix in a file that goes with it; None, with a warning, if it cannot."""
    folder = cache_folder()
    try:
        folder.mkdir(parents=True, exist_ok=True)
        check_room(folder, 4 * shape[0] * shape[1])
        with TemporaryFile(dir=folder) as file:
            for block in blocks:
                block.tofile(file)
                del block
            return np.asarray(np.memmap(file, np.float32, "r", shape=shape))
    except OSError as error:
        warnings.warn(f"{folder}: in memory instead: {error}", RuntimeWarning, stacklevel=3)
        return None


def _rows_are_independent(extractor: Any) -> bool:
    """Whether some images at a time give the bits that all at once give: in tiles they do."""
    return getattr(type(extractor), "transform", None) is ImageExtractor.transform


def _write(
    extractor: ImageExtractor, dataset: Dataset, fit_s: float, cache: RunCache, key: str
) -> None:
    """Keep the features as they are made, where the cache is large enough for them."""
    n_columns = extractor.n_features_out_
    if 4 * n_columns * (dataset.n_train + dataset.n_test) > cache.limit_bytes:
        return
    try:
        with cache.draft(key) as draft:
            draft.facts["fit_s"] = fit_s
            draft.blobs.update(_packed(extractor))
            for part in ("train", "test"):
                blocks = _Blocks(extractor, getattr(dataset, f"images_{part}"))
                draft.write(part, (len(blocks.images), n_columns), np.float32, blocks)
                draft.facts[f"transform_{part}_s"] = blocks.seconds
    except OSError as error:
        warnings.warn(f"{cache.folder}: nothing kept: {error}", RuntimeWarning, stacklevel=3)


class _Blocks:
    """Features of images, some at a time, and the seconds that making them took."""

    def __init__(self, extractor: ImageExtractor, images: npt.NDArray[np.uint8]) -> None:
        self.extractor, self.images, self.seconds = extractor, images, 0.0

    def __iter__(self) -> Iterator[Matrix]:
        size = max(1, BLOCK_BYTES // (4 * self.extractor.n_features_out_))
        for start in range(0, len(self.images), size):
            some = self.images[start : start + size]
            began = time.perf_counter()
            block = _checked(self.extractor.transform(some), len(some))
            self.seconds += time.perf_counter() - began
            yield block
            del block  # or it would stay until the next one is there, too


def _joined(matrices: Sequence[Matrix], n_views: int) -> Matrix:
    """Return matrices side by side, view by view; in a file, if they are large."""
    shape = len(matrices[0]), sum(matrix.shape[1] for matrix in matrices)
    return _in_blocks(shape, lambda some: beside([matrix[some] for matrix in matrices], n_views))


def _in_blocks(shape: tuple[int, int], rows_at: Callable[[slice], Matrix]) -> Matrix:
    """Return a matrix, read-only, whose rows are made on demand; in a file, if it is large."""
    if 4 * shape[0] * shape[1] >= LARGE_BYTES:
        size = max(1, BLOCK_BYTES // (4 * shape[1]))
        blocks = (rows_at(slice(start, start + size)) for start in range(0, shape[0], size))
        if (mapped := _in_file(shape, blocks)) is not None:
            return mapped
    return _read_only(rows_at(slice(None)))


def _checked(features: Any, n_images: int) -> Matrix:
    """Return features as this project has them; raise ValueError for what cannot be that."""
    matrix = np.asarray(features)
    if matrix.dtype.kind not in "fiub" or matrix.ndim != 2 or len(matrix) != n_images:
        raise ValueError(
            f"features must be numbers, dense, ({n_images}, d), got {matrix.dtype} {matrix.shape}"
        )
    matrix = np.ascontiguousarray(matrix, dtype=np.float32)
    if not all(np.isfinite(matrix[i : i + 4096]).all() for i in range(0, n_images, 4096)):
        raise ValueError("features must be finite in float32, got NaN or infinity")
    return _read_only(matrix)


def _packed(extractor: Any) -> dict[str, bytes]:
    """Return a fitted extractor as bytes that can be read back; nothing if there are none."""
    try:
        packed = pack(extractor)
    except PackingError:
        return {}
    return {"extractor": packed} if is_trusted(packed) else {}


def _read_only(matrix: Matrix) -> Matrix:
    view = matrix.view()
    view.setflags(write=False)
    return view


def _key(extractor: Any, dataset: Dataset) -> str | None:
    known = identity(extractor)
    return known and key_of(
        {
            "what": "features",
            "data": dataset.sha256,
            "extractor": known,
            "code": code_sha256("pipelines.keeping", "pipelines.running"),
            "surroundings": surroundings(),
        }
    )
