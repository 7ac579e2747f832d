from __future__ import annotations

import numpy as np
import pytest

from data import Dataset
from features import ColorHistogram, RawPixels, Views
from pipelines.running import tasks
from pipelines.running.matrices import Handle
from pipelines.running.tasks import (
    blocks,
    features_of,
    fit_extractor,
    goes_in_blocks,
    rows_of,
    side_by_side,
)
from tests.pipelines.own import Flat


def test_fitting_leaves_the_extractor_as_it_was(tiny: Dataset) -> None:
    extractor = ColorHistogram(bins=2)
    fitted, seconds = fit_extractor(extractor, Handle(None, held=tiny.images_train))
    assert not hasattr(extractor, "n_features_out_")
    assert fitted.n_features_out_ == 8
    assert seconds > 0


def test_views_are_apart_and_each_is_contiguous(tiny: Dataset) -> None:
    views = Views(RawPixels(), n_views=2).fit(tiny.images_train)
    found = features_of(views, tiny.images_test)
    raw = RawPixels().fit(tiny.images_train)
    assert found.shape == (40, 2, 192)
    assert found.flags.c_contiguous
    assert np.array_equal(found[:, 0], raw.transform(tiny.images_test))
    assert np.array_equal(found[:, 1], raw.transform(tiny.images_test[:, :, ::-1]))


def test_side_by_side_each_view_has_the_columns_of_all_parts() -> None:
    a = np.arange(12, dtype=np.float32).reshape(2, 2, 3)
    b = -np.arange(8, dtype=np.float32).reshape(2, 2, 2)
    assert side_by_side([a, b])[0].tolist() == [[0, 1, 2, 0, -1], [3, 4, 5, -2, -3]]
    with pytest.raises(ValueError, match="must be of the same views, got 2, 1 views"):
        side_by_side([a, b.reshape(2, 4)])


def test_many_rows_are_gathered_in_a_file(monkeypatch: pytest.MonkeyPatch) -> None:
    matrix = np.random.default_rng(0).random((50, 7)).astype(np.float32)
    rows = np.arange(1, 50, 3)
    assert np.array_equal(rows_of(matrix, rows), matrix[rows])
    monkeypatch.setattr(tasks, "LARGE_BYTES", 100)
    monkeypatch.setattr(tasks, "BLOCK_BYTES", 60)
    for some in (matrix, matrix[:, :6].reshape(50, 2, 3)):
        kept = rows_of(some, rows)
        assert isinstance(kept.base, np.memmap)
        assert np.array_equal(kept, some[rows])
        assert not kept.flags.writeable


def test_blocks_cut_all_rows_once() -> None:
    assert blocks(0, 4) == []
    large = tasks.BLOCK_BYTES // 3
    assert blocks(7, large) == [slice(0, 3), slice(3, 6), slice(6, 7)]
    assert blocks(2, 10**12) == [slice(0, 1), slice(1, 2)]


def test_only_what_is_tiled_may_be_cut() -> None:
    assert goes_in_blocks(Views(RawPixels()))
    assert not goes_in_blocks(Views(Flat()))
    assert not goes_in_blocks(Flat())
