from __future__ import annotations

import shutil
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from data import Dataset
from data.keeping.cache import RunCache
from data.pixels.views import apart
from features import HOG, BagOfVisualWords, RawPixels, Views
from pipelines.running import tasks
from pipelines.running.extraction import Extraction
from pipelines.running.matrices import Workspace
from tests.pipelines.own import Flat
from tests.pipelines.running.alone import extract, put_side_by_side


def train(made: Extraction) -> Any:
    return made.train.open()


def test_it_is_what_the_extractor_says(tiny: Dataset, workspace: Workspace) -> None:
    made = extract(HOG(pixels_per_cell=(4, 4)), tiny, workspace)
    hog = HOG(pixels_per_cell=(4, 4)).fit(tiny.images_train)
    assert np.array_equal(train(made), hog.transform(tiny.images_train))
    assert np.array_equal(made.test.open(), hog.transform(tiny.images_test))
    assert made.dim == train(made).shape[1]
    assert made.key is None


def test_a_matrix_is_float32_contiguous_and_safe_from_classifiers(
    tiny: Dataset, workspace: Workspace
) -> None:
    for place in (workspace, Workspace()):  # the second one was never entered, and has no folder
        for cache in (None, RunCache()):
            matrix = train(extract(Flat(), tiny, place, cache=cache))
            assert matrix.dtype == np.float32
            assert matrix.flags.c_contiguous
            with pytest.raises(ValueError, match="read-only"):
                matrix[0, 0] = 1


def test_from_the_cache_it_is_the_same_and_the_extractor_fitted(
    tiny: Dataset, workspace: Workspace
) -> None:
    cache = RunCache()
    words = BagOfVisualWords(n_words=4, patch_size=3, random_state=1)
    cold, warm = (extract(words, tiny, workspace, cache=cache) for _ in range(2))
    assert (cold.cached, warm.cached) == (False, True)
    assert cold.key == warm.key == warm.train.key is not None
    for part in ("fit_s", "transform_train_s", "transform_test_s"):
        assert getattr(cold, part) == getattr(warm, part)
    for part in ("train", "test"):
        assert np.array_equal(getattr(cold, part).open(), getattr(warm, part).open())
    again = warm.extractor.transform(tiny.images_test)
    assert np.array_equal(again, warm.test.open())


def test_what_a_run_opens_later_outlives_its_entry(tiny: Dataset, workspace: Workspace) -> None:
    cache = RunCache()
    made = extract(RawPixels(), tiny, workspace, cache=cache)
    cache.clear()
    assert np.array_equal(train(made), RawPixels().fit_transform(tiny.images_train))


def is_mapped(matrix: Any) -> bool:
    while isinstance(matrix.base, np.ndarray):
        matrix = matrix.base
    return isinstance(matrix, np.memmap)


@pytest.fixture
def small_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of 13 of the tiny images' raw pixels, so that neither part is a multiple of them."""
    monkeypatch.setattr(tasks, "BLOCK_BYTES", 10_000)


@pytest.mark.usefixtures("small_blocks")
@pytest.mark.parametrize(
    "extractor",
    [
        RawPixels(),
        BagOfVisualWords(n_words=40, patch_size=3, n_samples=500, n_iterations=2, grid=(3, 3)),
        Views(RawPixels(), n_views=2, shift=1),
    ],
    ids=lambda each: type(each).__name__,
)
def test_a_block_at_a_time_it_is_the_same_bit_for_bit(
    tiny: Dataset, workspace: Workspace, extractor: Any
) -> None:
    whole = extractor.fit(tiny.images_train)
    places = ((workspace, RunCache()), (workspace, None), (Workspace(), None))
    for place, cache in places:
        made = extract(extractor, tiny, place, cache=cache)
        assert is_mapped(train(made)) == (place is workspace)
        for part in ("train", "test"):
            matrix = getattr(made, part).open()
            expected = whole.transform(getattr(tiny, f"images_{part}"))
            if matrix.ndim == 3:
                expected = apart(expected, matrix.shape[1])
            assert np.array_equal(matrix, expected)
        assert min(made.transform_train_s, made.transform_test_s) > 0
        assert made.dim == whole.n_features_out_


class OfItsBatch(RawPixels):
    """A user's own kind, whose rows depend on each other."""

    cache_key = 1

    def transform(self, X: Any) -> Any:
        features = super().transform(X)
        return features - features.mean(axis=0)


@pytest.mark.usefixtures("small_blocks")
def test_an_extractor_that_may_look_at_its_batch_sees_all_of_it(
    tiny: Dataset, workspace: Workspace
) -> None:
    for extractor in (Flat(), OfItsBatch()):
        kept, whole = (
            extract(extractor, tiny, workspace, cache=cache) for cache in (RunCache(), None)
        )
        assert np.array_equal(train(kept), train(whole))
    assert Flat.calls == ["fit", "transform 60", "transform 40"] * 2


def peak(work: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        work()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_matrices_on_their_way_to_the_disk_are_never_held_whole(
    monkeypatch: pytest.MonkeyPatch, workspace: Workspace
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (1500, 32, 32, 3), dtype=np.uint8)
    labels = np.arange(1500) % 2
    dataset = Dataset("large", images, labels, images[:500], labels[:500], ("a", "b"))
    monkeypatch.setattr(tasks, "BLOCK_BYTES", 1 << 20)
    raw, whole = RawPixels(n_jobs=1), 1500 * 3072 * 4
    for cache in (None, RunCache(), RunCache(limit_bytes=0)):
        assert peak(lambda: extract(raw, dataset, workspace, cache=cache)) < whole / 4  # noqa: B023
    assert peak(lambda: extract(raw, dataset, Workspace())) > whole  # so it can be seen
    made = extract(raw, dataset, workspace)
    assert np.array_equal(train(made), raw.fit_transform(images))
    assert peak(lambda: put_side_by_side([made, made], dataset, workspace)) < whole / 4
    both = put_side_by_side([made, made], dataset, workspace)
    assert np.array_equal(train(both), np.hstack([train(made)] * 2))
    assert np.array_equal(both.test.open(), np.hstack([made.test.open()] * 2))


def test_without_room_in_the_cache_they_stay_in_the_workspace(
    tiny: Dataset, workspace: Workspace, tmp_path: Path
) -> None:
    expected = RawPixels().fit_transform(tiny.images_train)
    narrow = RunCache(tmp_path / "runs", limit_bytes=expected.nbytes)
    for extractor in (RawPixels(), Flat()):
        made = extract(extractor, tiny, workspace, cache=narrow)
        assert np.allclose(train(made), expected)
        assert not narrow.folder.exists()
    (tmp_path / "file").write_text("")
    for extractor in (RawPixels(), Flat()):
        with pytest.warns(RuntimeWarning, match="nothing kept"):
            made = extract(extractor, tiny, workspace, cache=RunCache(tmp_path / "file" / "runs"))
        assert np.allclose(train(made), expected)
        assert made.key is not None


def test_without_a_place_for_files_they_stay_in_memory(tiny: Dataset, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    workspace = Workspace(tmp_path / "file" / "workspaces")
    with pytest.warns(RuntimeWarning, match="in memory instead"):
        workspace.__enter__()
    made = extract(RawPixels(), tiny, workspace)
    assert np.array_equal(train(made), RawPixels().fit_transform(tiny.images_train))
    both = put_side_by_side([made, made], tiny, workspace)
    assert np.array_equal(both.test.open(), np.hstack([made.test.open()] * 2))


def test_a_disk_that_is_too_full_is_known_before_the_work(
    tiny: Dataset, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: SimpleNamespace(free=10_000))
    monkeypatch.setattr(tasks, "BLOCK_BYTES", 1)
    made: list[int] = []
    fill = RawPixels._fill

    def counted(self: RawPixels, images: Any, out: Any) -> None:
        made.append(len(images))
        fill(self, images, out)

    monkeypatch.setattr(RawPixels, "_fill", counted)
    with pytest.warns(RuntimeWarning) as said:
        extract(RawPixels(), tiny, workspace, cache=RunCache())
    texts = [str(each.message) for each in said]
    assert sum("46,080 bytes are needed" in text for text in texts) == 1  # in the cache
    assert sum("in memory instead" in text for text in texts) == 1  # first of the images
    assert sum(made) == tiny.n_train + tiny.n_test  # each part once, in memory


class FailsLate(RawPixels):
    cache_key = 1

    def _features(self, images: Any) -> Any:
        features = super()._features(images)
        if images[0, 0, 0, 0] == 77:
            features[:] = np.nan
        return features


@pytest.mark.usefixtures("small_blocks")
def test_a_block_that_is_not_finite_leaves_nothing_behind(
    tiny: Dataset, workspace: Workspace
) -> None:
    images = tiny.images_train.copy()
    images[:, 0, 0, 0] = np.where(np.arange(60) == 52, 77, 0)
    dataset = Dataset(
        "late", images, tiny.labels_train, tiny.images_test, tiny.labels_test, tiny.class_names
    )
    cache = RunCache()
    with pytest.raises(ValueError, match="finite"):
        extract(FailsLate(), dataset, workspace, cache=cache)
    assert list(cache.folder.iterdir()) == []


def test_data_and_parameters_and_seed_decide_the_key(tiny: Dataset, workspace: Workspace) -> None:
    cache = RunCache()
    pixels = tiny.images_train.copy()
    pixels[0, 0, 0, 0] ^= 1
    other = Dataset(
        "tiny", pixels, tiny.labels_train, tiny.images_test, tiny.labels_test, tiny.class_names
    )
    keys = {
        extract(extractor, dataset, workspace, cache=cache).key
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
    tiny: Dataset, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache = RunCache()

    def cached() -> bool:
        return extract(RawPixels(), tiny, workspace, cache=cache).cached

    assert not cached()
    assert cached()
    monkeypatch.setattr("pipelines.keeping.identity.code_sha256", lambda *names: "edited")
    assert not cached()
    monkeypatch.undo()
    monkeypatch.setattr("pipelines.running.extraction.code_sha256", lambda *names: "edited")
    assert not cached()
    monkeypatch.undo()
    monkeypatch.setattr("pipelines.running.extraction.surroundings", lambda: {"numpy": "3"})
    assert not cached()


def test_what_has_no_source_works_and_is_not_kept(
    tiny: Dataset, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    module = type(sys)("typed_at_a_prompt")
    monkeypatch.setitem(sys.modules, "typed_at_a_prompt", module)
    typed = type("Typed", (Flat,), {"__module__": "typed_at_a_prompt", "__init__": Flat.__init__})
    vars(module)["Typed"] = typed
    cache = RunCache()
    for _ in range(2):
        made = extract(typed(), tiny, workspace, cache=cache)
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
def test_what_is_no_feature_matrix_is_refused(
    tiny: Dataset, workspace: Workspace, what: Any, says: str
) -> None:
    for cache in (None, RunCache()):
        with pytest.raises(ValueError, match=says):
            extract(Gives(what), tiny, workspace, cache=cache)


def test_side_by_side_is_hstack(tiny: Dataset, workspace: Workspace) -> None:
    cache = RunCache()
    hog = HOG(pixels_per_cell=(4, 4))
    parts = [extract(each, tiny, workspace, cache=cache) for each in (RawPixels(), hog)]
    both = put_side_by_side(parts, tiny, workspace)
    assert np.array_equal(train(both), np.hstack([train(part) for part in parts]))
    assert np.array_equal(both.test.open(), np.hstack([part.test.open() for part in parts]))
    assert both.dim == parts[0].dim + parts[1].dim
    other = put_side_by_side(parts[::-1], tiny, workspace)
    assert both.key not in (None, parts[0].key, parts[1].key, other.key)
    unknown = extract(hog, tiny, workspace)
    assert put_side_by_side([parts[0], unknown], tiny, workspace).key is None
