"""Images → feature matrices: each extractor is fitted and run once for a dataset and seed."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from data import Dataset
from pipelines.cache import RunCache, key_of
from pipelines.environment import code_sha256, surroundings
from pipelines.identity import identity
from pipelines.packing import PackingError, is_trusted, pack, unpack

Matrix = npt.NDArray[np.float32]


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
        seconds = {name: float(entry.facts[name]) for name in _SECONDS}
        packed = entry.blobs.get("extractor")
        return Extraction(
            train=entry.arrays["train"],
            test=entry.arrays["test"],
            cached=True,
            key=key,
            extractor=unpack(packed) if packed else None,
            **seconds,
        )
    made = _extract(clone(extractor), dataset)
    if cache and key:
        packed = _packed(made.extractor)
        kept = cache.put(
            key,
            {"train": made.train, "test": made.test},
            {name: getattr(made, name) for name in _SECONDS},
            {"extractor": packed} if packed else {},
        )
        if kept and (entry := cache.get(key)):
            # Mapped from disk, the matrices no longer fill the memory of the whole run.
            made = replace(made, train=entry.arrays["train"], test=entry.arrays["test"])
    return replace(made, key=key)


def side_by_side(parts: Sequence[Extraction]) -> Extraction:
    """Return the features of several extractors as one matrix."""
    if len(parts) == 1:
        return parts[0]
    keys = [part.key for part in parts]
    return Extraction(
        train=_read_only(np.hstack([part.train for part in parts])),
        test=_read_only(np.hstack([part.test for part in parts])),
        fit_s=sum(part.fit_s for part in parts),
        transform_train_s=sum(part.transform_train_s for part in parts),
        transform_test_s=sum(part.transform_test_s for part in parts),
        cached=all(part.cached for part in parts),
        key=None if None in keys else key_of({"side by side": keys}),
    )


_SECONDS = ("fit_s", "transform_train_s", "transform_test_s")


def _extract(extractor: Any, dataset: Dataset) -> Extraction:
    started = time.perf_counter()
    extractor.fit(dataset.images_train)
    fitted = time.perf_counter()
    train = _checked(extractor.transform(dataset.images_train), dataset.n_train)
    trained = time.perf_counter()
    test = _checked(extractor.transform(dataset.images_test), dataset.n_test)
    tested = time.perf_counter()
    if train.shape[1] != test.shape[1]:
        raise ValueError(
            f"{train.shape[1]} features for training images, {test.shape[1]} for test images"
        )
    return Extraction(
        train=train,
        test=test,
        fit_s=fitted - started,
        transform_train_s=trained - fitted,
        transform_test_s=tested - trained,
        extractor=extractor,
    )


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


def _packed(extractor: Any) -> bytes | None:
    """Return a fitted extractor as bytes that can be read back; None if there are none."""
    try:
        packed = pack(extractor)
    except PackingError:
        return None
    return packed if is_trusted(packed) else None


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
            "code": code_sha256("pipelines.extraction", "pipelines.environment"),
            "surroundings": surroundings(),
        }
    )
