from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pytest
import scipy.sparse

from data import Dataset
from features import HOG, BagOfVisualWords, RawPixels
from pipelines.cache import RunCache
from pipelines.extraction import extract, side_by_side
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


def test_matrices_that_were_kept_are_mapped_and_take_no_memory(tiny: Dataset) -> None:
    made = extract(RawPixels(), tiny, cache=RunCache())
    owner: Any = made.train
    while isinstance(owner.base, np.ndarray):
        owner = owner.base
    assert isinstance(owner, np.memmap)


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
            BagOfVisualWords(n_words=4, patch_size=3, random_state=0),
            BagOfVisualWords(n_words=4, patch_size=3, random_state=1),
            BagOfVisualWords(n_words=5, patch_size=3, random_state=0),
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
    monkeypatch.setattr("pipelines.identity.code_sha256", lambda *names: "edited")
    assert not extract(RawPixels(), tiny, cache=cache).cached
    monkeypatch.undo()
    monkeypatch.setattr("pipelines.extraction.surroundings", lambda: {"numpy": "3"})
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
