from __future__ import annotations

import shutil
import sys
import tracemalloc
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from data import Dataset
from features import HOG, BagOfVisualWords, RawPixels
from pipelines.keeping.cache import RunCache
from pipelines.running import matrices
from pipelines.running.matrices import extract, side_by_side
from tests.pipelines.own import Flat


def test_it_is_what_the_extractor_says(tiny: Dataset) -> None:
    made = extract(HOG(pixels_per_cell=(4, 4)), tiny, cache=None)
    hog = HOG(pixels_per_cell=(4, 4)).fit(tiny.images_train)
    assert np.array_equal(made.train, hog.transform(tiny.images_train))
    assert np.array_equal(made.test, hog.transform(tiny.images_test))
    assert made.dim == made.train.shape[1]
    assert made.key is None


def test_a_matrix_is_float32_contiguous_and_safe_from_classifiers(tiny: Dataset) -> None:
    for cache in (None, RunCache()):
        made = extract(Flat(), tiny, cache=cache)
        assert made.train.dtype == np.float32
        assert made.train.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            made.train[0, 0] = 1


def test_from_the_cache_it_is_the_same_and_the_extractor_fitted(tiny: Dataset) -> None:
    cache = RunCache()
    words = BagOfVisualWords(n_words=4, patch_size=3, random_state=1)
    cold, warm = (extract(words, tiny, cache=cache) for _ in range(2))
    assert (cold.cached, warm.cached) == (False, True)
    assert cold.key == warm.key is not None
    for part in ("train", "test", "fit_s", "transform_train_s", "transform_test_s"):
        assert np.array_equal(getattr(cold, part), getattr(warm, part))
    again = warm.extractor.transform(tiny.images_test)
    assert np.array_equal(again, warm.test)


def is_mapped(matrix: Any) -> bool:
    while isinstance(matrix.base, np.ndarray):
        matrix = matrix.base
    return isinstance(matrix, np.memmap)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 13 of the tiny images' raw pixels, so that neither part is a multiple of them."""
    monkeypatch.setattr(matrices, "BLOCK_BYTES", 10_000)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    "extractor",
    [
        RawPixels(),
        BagOfVisualWords(n_words=40, patch_size=3, n_samples=500, n_iterations=2, grid=(3, 3)),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_block_at_a_time_it_is_the_same_bit_for_bit(tiny: Dataset, extractor: Any) -> None:
    written, whole = (extract(extractor, tiny, cache=cache) for cache in (RunCache(), None))
    assert is_mapped(written.train)
    assert is_mapped(written.test)
    assert not is_mapped(whole.train)
    assert np.array_equal(written.train, whole.train)
    assert np.array_equal(written.test, whole.test)
    assert min(written.transform_train_s, written.transform_test_s) > 0
    assert np.array_equal(written.extractor.transform(tiny.images_test), written.test)


class OfItsBatch(RawPixels):
    """A user's own kind, whose rows depend on each other."""

    def transform(self, X: Any) -> Any:
        features = super().transform(X)
        return features - features.mean(axis=0)


@pytest.mark.usefixtures("small_blocks")
def test_an_extractor_that_may_look_at_its_batch_sees_all_of_it(tiny: Dataset) -> None:
    for extractor in (Flat(), OfItsBatch()):
        kept, whole = (extract(extractor, tiny, cache=cache) for cache in (RunCache(), None))
        assert is_mapped(kept.train)
        assert np.array_equal(kept.train, whole.train)
    assert Flat.calls == ["fit", "transform 60", "transform 40"] * 2


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_matrices_on_their_way_to_the_disk_are_never_held_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (1500, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(1500) % 2
    dataset = Dataset("large", images, labels, images[:500], labels[:500], ("a", "b"))
    monkeypatch.setattr(matrices, "BLOCK_BYTES", 1 << 20)
    raw, whole = RawPixels(n_jobs=1), 1500 * 3072 * 4
    assert peak(lambda: extract(raw, dataset, cache=RunCache())) < whole / 4
    assert peak(lambda: extract(raw, dataset, cache=None)) > whole  # so it can be seen
    monkeypatch.setattr(matrices, "LARGE_BYTES", whole)
    for cache in (None, RunCache(limit_bytes=0)):
        assert peak(partial(extract, raw, dataset, cache=cache)) < 1.3 * whole / 3
    made = extract(raw, dataset, cache=None)
    assert is_mapped(made.train)
    assert not is_mapped(made.test)  # a third as large, and so in memory
    assert np.array_equal(made.train, raw.fit_transform(images))
    assert made.transform_train_s > 0
    parts = [extract(raw, dataset, cache=RunCache())] * 2
    monkeypatch.setattr(matrices, "LARGE_BYTES", whole // 2)
    assert peak(lambda: side_by_side(parts)) < whole / 4
    both = side_by_side(parts)
    assert is_mapped(both.train)
    assert not both.train.flags.writeable
    assert np.array_equal(both.train, np.hstack([part.train for part in parts]))
    assert np.array_equal(both.test, np.hstack([part.test for part in parts]))


@pytest.mark.usefixtures("small_blocks")
def test_without_room_in_the_cache_they_stay_in_memory(tiny: Dataset, tmp_path: Path) -> None:
    expected = RawPixels().fit_transform(tiny.images_train)
    narrow = RunCache(tmp_path / "runs", limit_bytes=expected.nbytes)
    made = extract(RawPixels(), tiny, cache=narrow)
    assert np.array_equal(made.train, expected)
    assert not is_mapped(made.train)
    assert not narrow.folder.exists()
    (tmp_path / "file").write_text("")
    for extractor in (RawPixels(), Flat()):
        with pytest.warns(RuntimeWarning, match="nothing kept"):
            made = extract(extractor, tiny, cache=RunCache(tmp_path / "file" / "runs"))
        assert np.allclose(made.train, expected)
        assert made.key is not None


def test_without_a_place_for_files_they_stay_in_memory(
    tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("PRECONV_CACHE", str(tmp_path / "file" / "cache"))
    monkeypatch.setattr(matrices, "LARGE_BYTES", 1)
    with pytest.warns(RuntimeWarning, match="in memory instead"):
        made = extract(RawPixels(), tiny, cache=None)
    assert np.array_equal(made.train, RawPixels().fit_transform(tiny.images_train))
    with pytest.warns(RuntimeWarning, match="in memory instead"):
        both = side_by_side([made, made])
    assert np.array_equal(both.test, np.hstack([made.test, made.test]))


def test_a_disk_that_is_too_full_is_known_before_the_work(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10_000))
    monkeypatch.setattr(matrices, "LARGE_BYTES", 1)
    monkeypatch.setattr(matrices, "BLOCK_BYTES", 1)
    made: list[int] = []
    raw_features = RawPixels._features

    def counted(self: RawPixels, images: Any) -> Any:
        made.append(len(images))
        return raw_features(self, images)

    monkeypatch.setattr(RawPixels, "_features", counted)
    with pytest.warns(RuntimeWarning) as said:
        extract(RawPixels(), tiny, cache=RunCache())
    assert ["46,080 bytes are needed" in str(each.message) for each in said] == [True, True, False]
    assert len(made) == 2  # each part once, whole, in memory


class FailsLate(RawPixels):
    def _features(self, images: Any) -> Any:
        features = super()._features(images)
        if images[0, 0, 0, 0] == 77:
            features[:] = np.nan
        return features


@pytest.mark.usefixtures("small_blocks")
def test_a_block_that_is_not_finite_leaves_nothing_behind(tiny: Dataset) -> None:
    images = tiny.images_train.copy()
    images[:, 0, 0, 0] = np.where(np.arange(60) == 52, 77, 0)
    dataset = Dataset(
        "late", images, tiny.labels_train, tiny.images_test, tiny.labels_test, tiny.class_names
    )
    cache = RunCache()
    with pytest.raises(ValueError, match="finite"):
        extract(FailsLate(), dataset, cache=cache)
    assert list(cache.folder.iterdir()) == []


def test_data_and_parameters_and_seed_decide_the_key(tiny: Dataset) -> None:
    cache = RunCache()
    pixels = tiny.images_train.copy()
    pixels[0, 0, 0, 0] ^= 1
    other = Dataset(
        "tiny", pixels, tiny.labels_train, tiny.images_test, tiny.labels_test, tiny.class_names
    )
    keys = {
        extract(extractor, dataset, cache=cache).key
        for extractor in (
            BagOfVisualWords(n_words=4, patch_size=3, n_samples=99, random_state=0),
            BagOfVisualWords(n_words=4, patch_size=3, n_samples=99, random_state=1),
            BagOfVisualWords(n_words=5, patch_size=3, n_samples=99, random_state=0),
        )
        for dataset in (tiny, other)
    }
    assert len(keys) == 6
    assert None not in keys


def test_an_edit_of_the_code_never_meets_old_output(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = RunCache()
    extract(RawPixels(), tiny, cache=cache)
    assert extract(RawPixels(), tiny, cache=cache).cached
    monkeypatch.setattr("pipelines.keeping.identity.code_sha256", lambda *names: "edited")
    assert not extract(RawPixels(), tiny, cache=cache).cached
    monkeypatch.undo()
    monkeypatch.setattr("pipelines.running.matrices.surroundings", lambda: {"numpy": "3"})
    assert not extract(RawPixels(), tiny, cache=cache).cached


def test_what_has_no_source_works_and_is_not_kept(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = type(sys)("typed_at_a_prompt")
    monkeypatch.setitem(sys.modules, "typed_at_a_prompt", module)
    typed = type("Typed", (Flat,), {"__module__": "typed_at_a_prompt", "__init__": Flat.__init__})
    vars(module)["Typed"] = typed
    cache = RunCache()
    for _ in range(2):
        made = extract(typed(), tiny, cache=cache)
        assert not made.cached
        assert made.key is None
    assert cache.size() == (0, 0)


class Gives(Flat):
    """Returns what it is told."""

    def __init__(self, what: Any) -> None:
        self.what = what

    def transform(self, X: Any) -> Any:
        return self.what(len(X))


@pytest.mark.parametrize(
    ("what", "says"),
    [
        (lambda n: np.full((n, 2), np.inf), "finite"),
        (lambda n: np.full((n, 2), 1e300), "finite"),
        (lambda n: np.zeros((n - 1, 2)), "dense"),
        (lambda n: np.zeros(n), "dense"),
        (lambda n: np.full((n, 1), "x"), "dense"),
        (lambda n: scipy.sparse.csr_matrix(np.eye(n)), "dense"),
        (lambda n: np.zeros((n, n)), "60 features for training images, 40 for test images"),
    ],
)
@pytest.mark.filterwarnings("ignore:overflow")
def test_what_is_no_feature_matrix_is_refused(tiny: Dataset, what: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        extract(Gives(what), tiny, cache=None)


def test_side_by_side_is_hstack(tiny: Dataset) -> None:
    cache = RunCache()
    raw, hog = (extract(e, tiny, cache=cache) for e in (RawPixels(), HOG(pixels_per_cell=(4, 4))))
    both = side_by_side([raw, hog])
    assert np.array_equal(both.train, np.hstack([raw.train, hog.train]))
    assert np.array_equal(both.test, np.hstack([raw.test, hog.test]))
    assert both.dim == raw.dim + hog.dim
    assert both.key not in (None, raw.key, hog.key, side_by_side([hog, raw]).key)
    assert side_by_side([raw]) is raw
    assert side_by_side([raw, extract(HOG(pixels_per_cell=(4, 4)), tiny, cache=None)]).key is None
