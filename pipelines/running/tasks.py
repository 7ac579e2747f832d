"""The tasks of an extraction: functions whose arguments can be pickled, for any process to run."""

from __future__ import annotations

import secrets
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from sklearn.base import clone

from data.keeping.array_files import write_array, write_rows
from data.keeping.scratch import scratch_array
from data.pixels.views import apart
from data.system.memory import memory_left
from features import ImageExtractor, Views
from features.extraction.view_counts import n_views_of
from features.extractor import rows_are_independent
from pipelines.running.environment import pinned_threads
from pipelines.running.matrices import Array, Handle, Matrix

BLOCK_BYTES = 1 << 28
"""The most features in memory before they are written: enough images for many threads."""

_LEAST_BLOCK_BYTES = 1 << 23

LARGE_BYTES = 1 << 28
"""Rows that take this much, or more, are gathered in a file and not in memory."""


def fit_extractor(extractor: Any, images: Handle) -> tuple[Any, float]:
    """Return a fitted copy of an extractor, and the seconds that fitting took."""
    with pinned_threads():
        started = time.perf_counter()
        fitted = clone(extractor).fit(images.open())
        return fitted, time.perf_counter() - started


def write_block(extractor: Any, images: Handle, first: int, stop: int, path: Path) -> float:
    """Write the features of images `first` to `stop` into their rows of a file; return seconds."""
    with pinned_threads():
        some = images.open()[first:stop]
        started = time.perf_counter()
        block = features_of(extractor, some)
        seconds = time.perf_counter() - started
        write_rows(path, first, block)
        return seconds


def write_all(extractor: Any, images: Handle, path: Path) -> float:
    """Write the features of all images into a new file; return seconds."""
    matrix, seconds = held_features(extractor, images)
    # Another worker may run the same task, or have died in it: each writes a file of its own.
    aside = path.with_name(f"{secrets.token_hex(8)}.npy")
    try:
        write_array(aside, matrix)
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return seconds


def held_features(extractor: Any, images: Handle) -> tuple[Matrix, float]:
    """Return the features of all images in memory, and the seconds that making them took."""
    with pinned_threads():
        pixels = images.open()
        started = time.perf_counter()
        matrix = features_of(extractor, pixels)
        return matrix, time.perf_counter() - started


def write_side_by_side(parts: Sequence[Handle], path: Path) -> None:
    """Write the columns of several matrices side by side into a file that was begun."""
    matrices = [part.open() for part in parts]
    for rows in blocks(len(matrices[0]), sum(matrix[0].nbytes for matrix in matrices)):
        write_rows(path, rows.start, side_by_side([matrix[rows] for matrix in matrices]))


def held_side_by_side(parts: Sequence[Handle]) -> Matrix:
    """Return the columns of several matrices side by side, in memory."""
    return side_by_side([part.open() for part in parts])


def side_by_side(matrices: Sequence[Matrix]) -> Matrix:
    """Return the columns of matrices (n, d) or (n, n_views, d) side by side; views stay apart.

    Raises
    ------
    ValueError
        If they are not of the same views.
    """
    n_views = {matrix.shape[1:-1] for matrix in matrices}
    if len(n_views) > 1:
        counts = ", ".join(str(matrix.shape[1] if matrix.ndim == 3 else 1) for matrix in matrices)
        raise ValueError(f"features side by side must be of the same views, got {counts} views")
    return np.concatenate(matrices, axis=-1)


def features_of(extractor: Any, images: Array) -> Matrix:
    """Return the features of images, float32 (n, d), or (n, n_views, d) with several views.

    Raises
    ------
    ValueError
        If it is no dense matrix of finite numbers with one row an image.
    """
    n_views = n_views_of(extractor)
    if type(extractor) is Views and n_views > 1:
        matrix = extractor.apart(images)  # what it is made of is checked there
    else:
        matrix = np.asarray(extractor.transform(images))
        if matrix.dtype.kind not in "fiub" or matrix.ndim != 2 or len(matrix) != len(images):
            raise ValueError(
                f"features must be numbers, dense, ({len(images)}, d), got {matrix.dtype} "
                f"{matrix.shape}"
            )
        if n_views > 1:
            matrix = apart(matrix, n_views)
    matrix = np.ascontiguousarray(matrix, dtype=np.float32)
    if not all(np.isfinite(matrix[i : i + 4096]).all() for i in range(0, len(matrix), 4096)):
        raise ValueError("features must be finite in float32, got NaN or infinity")
    return matrix


def shape_of_rows(extractor: ImageExtractor) -> tuple[int, ...]:
    """Return (d,), or of views (n_views, d), for one of our own fitted extractors."""
    n_columns, n_views = extractor.n_features_out_, n_views_of(extractor)
    return (n_columns,) if n_views == 1 else (n_views, n_columns // n_views)


def goes_in_blocks(extractor: Any) -> bool:
    """Return whether features, computed a block of images at a time, have the same bits.

    This is known of our own extractors only, and so is the number of their columns.
    """
    return isinstance(extractor, ImageExtractor) and rows_are_independent(extractor)


def block_bytes() -> int:
    """Return how many bytes of features may be in memory: fewer where little of it is left."""
    return max(min(BLOCK_BYTES, _LEAST_BLOCK_BYTES), min(BLOCK_BYTES, memory_left() // 8))


def blocks(n_rows: int, row_bytes: int) -> list[slice]:
    """Return slices that cut so many rows into blocks of bounded size."""
    size = max(1, block_bytes() // max(1, row_bytes))
    return [slice(first, min(first + size, n_rows)) for first in range(0, n_rows, size)]


def rows_of(matrix: Matrix, rows: npt.NDArray[np.intp]) -> Matrix:
    """Return some rows of a matrix, read-only; many of them are in a file, removed with them."""
    row_bytes = matrix[:1].nbytes
    if len(rows) * row_bytes >= LARGE_BYTES:
        parts = (matrix[rows[block]] for block in blocks(len(rows), row_bytes))
        return scratch_array(parts, (len(rows), *matrix.shape[1:]), np.float32)
    gathered = matrix[rows]
    gathered.setflags(write=False)
    return gathered
