"""What every extractor promises, whatever it computes."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from contextlib import nullcontext
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import skops.io
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import FeatureUnion, make_pipeline
from threadpoolctl import threadpool_limits

import features
from features import (
    HOG,
    VLAD,
    BagOfVisualWords,
    ColorHistogram,
    ConvolutionalKernelNetwork,
    CoOccurrence,
    FisherVector,
    ImageExtractor,
    LocalBinaryPatterns,
    RawPixels,
    Views,
)

Make = Callable[[], Any]


def words(**options: Any) -> Make:
    def make() -> BagOfVisualWords:
        return BagOfVisualWords(
            **{"n_words": 12, "n_samples": 2000, "n_iterations": 5, "random_state": 0} | options
        )

    return make


def layers(**options: Any) -> Make:
    small: dict[str, Any] = {"n_filters": (4, 6), "whitening_size": 3, "n_samples": 500}
    return lambda: ConvolutionalKernelNetwork(**small | options)


EXTRACTORS: dict[str, Make] = {
    "raw": RawPixels,
    "color": ColorHistogram,
    "color hsv": lambda: ColorHistogram(bins=4, color_space="hsv", grid=(2, 3), norm="hellinger"),
    "color lab": lambda: ColorHistogram(bins=4, color_space="lab", soft=True),
    "color pyramid": lambda: ColorHistogram(bins=3, grid=[(1, 1), (2, 2)], soft=True),
    "hog": HOG,
    "hog sqrt": lambda: HOG(
        pixels_per_cell=(4, 5), transform_sqrt=True, block_norm="L1-sqrt", cells_per_block=(1, 2)
    ),
    "fisher": lambda: FisherVector(n_components=3, n_dimensions=6, n_samples=1000, n_iterations=5),
    "fisher patches": lambda: FisherVector(
        n_components=2,
        n_dimensions=None,
        descriptor="patches",
        patch_size=4,
        stride=3,
        grid=[(1, 1), (2, 2)],
        n_samples=500,
        n_iterations=3,
    ),
    "vlad": lambda: VLAD(n_words=3, n_dimensions=6, n_samples=1000, n_iterations=5),
    "vlad patches": lambda: VLAD(
        n_words=4,
        n_dimensions=None,
        descriptor="patches",
        patch_size=4,
        stride=3,
        codebook="sampled",
        norm="power",
        grid=[(1, 1), (2, 2)],
        n_samples=500,
    ),
    "layers": layers(),
    "layers mirrored": layers(mirror=True, layers="all", power=0.5, norm="l2"),
    "patterns": LocalBinaryPatterns,
    "patterns circles": lambda: LocalBinaryPatterns(
        radius=[1, 2.5, 3], n_points=[8, 12, 24], grid=(2, 3), norm="hellinger"
    ),
    "patterns rotated": lambda: LocalBinaryPatterns(method="ror", grid=[(1, 1), (2, 2)]),
    "co-occurrence": CoOccurrence,
    "co-occurrence matrix": lambda: CoOccurrence(
        distances=[1, 2.5], angles=[0, 2], levels=5, symmetric=False, properties="matrix"
    ),
    "bovw": words(),
    "bovw textbook": words(encoding="hard", grid=(1, 1), whitening=None),
    "bovw sizes": words(encoding="two-sided", patch_size=[4, 6], codebook="sampled", stride=2),
    "bovw hog": words(encoding="soft", descriptor="hog", patch_size=8, whitening=None),
    "bovw mirrored": words(encoding="two-sided", mirror=True, power=0.5, norm="standard"),
    "bovw overlapping": words(encoding="nearest", grid=(3, 3), window=7),
    "bovw pyramid": words(grid=[(1, 1), (3, 3)], encoding="soft", contrast=None),
    "views": lambda: Views(words(encoding="two-sided")(), shift=2),
}


@pytest.fixture(params=list(EXTRACTORS))
def make(request: pytest.FixtureRequest) -> Make:
    return EXTRACTORS[request.param]


def some_images(n: int, channels: int = 3, seed: int = 0) -> npt.NDArray[np.uint8]:
    """Blobs and noise, so that gradients and colours vary over the image; not divisible by 8."""
    rng = np.random.default_rng(seed)
    coarse = rng.integers(0, 200, (n, 4, 5, channels)).repeat(5, axis=1).repeat(4, axis=2)
    return (coarse + rng.integers(0, 56, coarse.shape)).astype(np.uint8)


def fitted(make: Make, images: npt.NDArray[Any]) -> Any:
    with (
        pytest.warns(UserWarning, match="are left out")
        if leaves_pixels_out(make, images)
        else nullcontext()
    ):
        return make().fit(images)


@cache
def fitted_once(make: Make, n: int) -> Any:
    """The extractor fitted on the first `n` images, which the tests only read."""
    return fitted(make, some_images(n))


def with_threads(extractor: Any, n_jobs: Any) -> Any:
    """Set the threads where an extractor has them: its own, or those of the one inside."""
    (name,) = (name for name in extractor.get_params() if name.endswith("n_jobs"))
    return extractor.set_params(**{name: n_jobs})


def plain_params(extractor: Any) -> dict[str, Any]:
    """The parameters, and those of an extractor inside instead of itself."""
    params: dict[str, Any] = extractor.get_params()
    return {name: value for name, value in params.items() if name != "extractor"}


def leaves_pixels_out(make: Make, images: npt.NDArray[Any]) -> bool:
    extractor = make()
    if not isinstance(extractor, HOG):
        return False
    rows, columns = extractor.pixels_per_cell
    return bool(images.shape[1] % rows or images.shape[2] % columns)


def test_every_public_extractor_is_under_contract() -> None:
    public = {
        value
        for value in (getattr(features, name) for name in features.__all__)
        if isinstance(value, type) and issubclass(value, ImageExtractor)
    }
    assert public - {ImageExtractor} == {type(make()) for make in EXTRACTORS.values()}


@pytest.mark.parametrize("channels", [1, 3])
def test_output_has_the_promised_form(make: Make, channels: int) -> None:
    images = some_images(70, channels)
    before = images.copy()
    images.flags.writeable = False
    extractor = fitted(make, images)
    out = extractor.transform(images)
    assert out.dtype == np.float32
    assert out.shape == (70, len(extractor.get_feature_names_out()))
    assert out.flags.c_contiguous
    assert np.isfinite(out).all()
    assert np.ptp(out, axis=0).max() > 0
    np.testing.assert_array_equal(images, before)


def test_rows_do_not_depend_on_their_batch(make: Make) -> None:
    images = some_images(70)
    extractor = fitted_once(make, 70)
    together = extractor.transform(images)
    for row in (0, 1, 8, 63, 64, 69):
        np.testing.assert_array_equal(extractor.transform(images[row : row + 1])[0], together[row])
    np.testing.assert_array_equal(extractor.transform(images[::-1]), together[::-1])
    np.testing.assert_array_equal(extractor.transform(images[5:40]), together[5:40])


def test_cores_and_threads_change_no_bit(make: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine of 1, 2 or 16 cores, on which BLAS has as many threads, fits the same."""
    images = some_images(70)
    results = []
    for n_cores in (1, 2, 16):
        monkeypatch.setattr("joblib.cpu_count", lambda n_cores=n_cores: n_cores)
        with threadpool_limits(n_cores, "blas"):
            extractor = fitted(lambda: with_threads(make(), None), images)
            results.append({**extractor.learned(), "features": extractor.transform(images)})
    with_one = fitted(lambda: with_threads(make(), 1), images)
    results.append({**with_one.learned(), "features": with_one.transform(images)})
    for other in results[1:]:
        assert other.keys() == results[0].keys()
        for name, array in other.items():
            np.testing.assert_array_equal(array, results[0][name])


def test_fit_is_deterministic_and_clone_starts_afresh(make: Make) -> None:
    images = some_images(40)
    extractor = fitted(make, images)
    afresh = clone(extractor)
    with pytest.raises(NotFittedError):
        afresh.transform(images)
    assert plain_params(afresh) == plain_params(extractor) == plain_params(make())
    afresh = fitted(lambda: afresh, images)
    np.testing.assert_array_equal(afresh.transform(images), extractor.transform(images))


def test_a_changed_parameter_is_refused_until_the_next_fit(make: Make) -> None:
    """What `fit` counted and what `transform` reads belong together: loops have no bounds."""
    images = some_images(5)
    extractor = pickle.loads(pickle.dumps(fitted_once(make, 5)))
    expected = extractor.transform(images)
    restored = clone(extractor).restore(extractor.image_shape_, extractor.learned())
    for each in (extractor, restored):
        params = each.get_params()
        for name, before in params.items():
            if name.endswith("n_jobs"):
                again = each.set_params(**{name: 1}).transform(images)
                np.testing.assert_array_equal(again, expected)
                continue
            each.set_params(**{name: "another"})
            for call in (each.transform, each.get_feature_names_out, each.learned):
                with pytest.raises(
                    ValueError, match=rf"^{name} was .* is 'another' now; fit again"
                ):
                    call(*[images] * (call == each.transform))
            each.set_params(**{name: before})
        np.testing.assert_array_equal(each.transform(images), expected)


def test_nothing_is_drawn_or_said_before_fit(make: Make) -> None:
    extractor, images = make(), some_images(2)
    for ask in (extractor.transform, extractor.pictures):
        if ask == extractor.pictures and isinstance(extractor, RawPixels | FisherVector):
            continue  # they never draw
        with pytest.raises(NotFittedError):
            ask(images)
    for name in (extractor.learned, extractor.get_feature_names_out):
        with pytest.raises(NotFittedError):
            name()


def test_global_random_state_is_left_alone(make: Make) -> None:
    before = str(np.random.get_state())  # noqa: NPY002
    fitted(make, some_images(20))
    assert str(np.random.get_state()) == before  # noqa: NPY002


def test_pickle_and_skops_keep_the_bits(make: Make) -> None:
    images = some_images(20)
    extractor = fitted_once(make, 20)
    expected = extractor.transform(images)
    loaded = pickle.loads(pickle.dumps(extractor))
    np.testing.assert_array_equal(loaded.transform(images), expected)
    saved = skops.io.dumps(extractor)
    trusted = skops.io.get_untrusted_types(data=saved)
    assert all(name.startswith("features.") for name in trusted)
    loaded = skops.io.loads(saved, trusted=trusted)
    np.testing.assert_array_equal(loaded.transform(images), expected)


def test_no_images_give_no_rows(make: Make) -> None:
    images = some_images(5)
    out = fitted_once(make, 5).transform(images[:0])
    assert out.shape[0] == 0
    assert out.shape[1] > 0


def test_views_are_as_good_as_arrays(make: Make) -> None:
    images = some_images(20)
    extractor = fitted_once(make, 20)
    backwards = images[:, :, ::-1]
    np.testing.assert_array_equal(
        extractor.transform(backwards), extractor.transform(backwards.copy())
    )


def test_any_layout_in_memory_gives_the_same(make: Make) -> None:
    images = some_images(20)
    extractor = fitted_once(make, 20)
    expected = extractor.transform(images)
    planes_first = np.ascontiguousarray(images.transpose(3, 0, 1, 2)).transpose(1, 2, 3, 0)
    twice = images.repeat(2, axis=1).repeat(2, axis=2)[:, ::2, ::2]
    fortran = np.asfortranarray(images)
    for same in (fortran, planes_first, twice, list(images)):
        np.testing.assert_array_equal(extractor.transform(same), expected)
    for each in (fortran, planes_first):
        np.testing.assert_array_equal(fitted(make, each).transform(images), expected)
    one_image_seen_often = np.broadcast_to(images[:1], images.shape)
    assert len(np.unique(extractor.transform(one_image_seen_often), axis=0)) == 1


@pytest.mark.parametrize("shape", [(1, 1), (1, 30), (30, 1)])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize(
    "extractor",
    [
        RawPixels(),
        ColorHistogram(bins=2),
        ColorHistogram(bins=2, color_space="lab", soft=True),
        HOG(pixels_per_cell=(1, 1), cells_per_block=(1, 1)),
        HOG(pixels_per_cell=(1, 1), cells_per_block=(1, 1), transform_sqrt=True),
        words(n_words=2, patch_size=1, grid=(1, 1), contrast=None)(),
        words(n_words=2, patch_size=1, grid=(1, 1), encoding="two-sided", mirror=True)(),
        FisherVector(
            n_components=1, n_dimensions=1, descriptor="patches", patch_size=1, n_samples=50
        ),
        VLAD(n_words=2, n_dimensions=1, descriptor="patches", patch_size=1, n_samples=50),
        layers(n_filters=(2, 2), contrast=None, whitening=None)(),
        LocalBinaryPatterns(radius=[1, 3], n_points=[8, 24]),
        CoOccurrence(distances=[1, 5]),
    ],
    ids=repr,
)
def test_images_of_one_pixel_or_one_line_are_images(
    extractor: Any, shape: tuple[int, int], channels: int
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (5, *shape, channels), dtype=np.uint8)
    out = clone(extractor).fit_transform(images)
    assert out.shape[0] == 5
    assert np.isfinite(out).all()


@pytest.mark.filterwarnings("ignore:the last .* left out")
@pytest.mark.parametrize(
    "name",
    ["raw", "color", "hog", "fisher patches", "bovw mirrored", "vlad", "patterns", "co-occurrence"],
)
def test_scikit_learn_searches_and_validates_over_them(name: str) -> None:
    images, labels = some_images(12, seed=3), np.arange(12) % 2
    images[labels == 1, :, :, 0] //= 4
    pipeline = make_pipeline(EXTRACTORS[name](), KNeighborsClassifier(1))
    assert len(cross_val_score(pipeline, images, labels, cv=2)) == 2
    grid = {"kneighborsclassifier__n_neighbors": [1, 3]}
    search = GridSearchCV(pipeline, grid, cv=2).fit(images, labels)
    assert search.predict(images[:3]).shape == (3,)


def test_frames_have_the_names(make: Make) -> None:
    images = some_images(5)
    extractor = pickle.loads(pickle.dumps(fitted_once(make, 5))).set_output(transform="pandas")
    frame = extractor.transform(images)
    assert isinstance(frame, pd.DataFrame)
    names = extractor.get_feature_names_out()
    assert list(frame.columns) == list(names)
    assert extractor.pictures(images) is not None  # drawn of arrays all the same
    assert len(set(names)) == len(names)


@pytest.mark.filterwarnings("ignore:the last .* left out")
def test_several_join_in_a_union() -> None:
    images = some_images(10)
    union = FeatureUnion([("hog", HOG()), ("color", ColorHistogram()), ("words", words()())])
    out = union.fit_transform(images)
    names = union.get_feature_names_out()
    assert out.shape == (10, len(names))
    assert out.dtype == np.float32
    assert [name.split("__")[0] for name in names[[0, -1]]] == ["hog", "words"]


BAD_IMAGES = {
    r"images must be uint8 \(n, height, width, channels\).*got uint8 \(8, 8, 3\): one image is": (
        np.zeros((8, 8, 3), np.uint8)
    ),
    r"got int64 \(1, 32, 32, 3\)": np.zeros((1, 32, 32, 3), np.int64),
    r"got uint8 \(1, 32\)": np.zeros((1, 32), np.uint8),
    r"1 or 3 channels, got 4": np.zeros((1, 32, 32, 4), np.uint8),
    r"at least one image": np.zeros((0, 32, 32, 3), np.uint8),
    r"at least one pixel": np.zeros((1, 0, 32, 3), np.uint8),
}


@pytest.mark.parametrize("message", list(BAD_IMAGES))
def test_bad_images_are_refused(make: Make, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        make().fit(BAD_IMAGES[message])


def test_other_images_than_fitted_are_refused(make: Make) -> None:
    """Also for pictures: the loops behind some of them have no bounds."""
    extractor, images = fitted_once(make, 5), some_images(5)
    others = {
        r"must be \(20, 20, 3\) each.*got \(20, 20, 1\)": some_images(5, channels=1),
        r"must be \(20, 20, 3\) each.*got \(10, 20, 3\)": images[:, ::2],
        "images must be uint8 .*got uint16": images.astype(np.uint16) * np.uint16(257),
        r"got uint8 \(20, 20, 3\): one image is images\[None\]": images[0],
    }
    never_draws = isinstance(extractor, RawPixels | FisherVector)
    for ask in (extractor.transform,) if never_draws else (extractor.transform, extractor.pictures):
        for message, given in others.items():
            with pytest.raises(ValueError, match=message):
                ask(given)


@pytest.mark.parametrize("channels", [1, 3])
def test_pictures_are_the_same_each_time_and_leave_the_images(make: Make, channels: int) -> None:
    images = some_images(5, channels)
    before = images.copy()
    extractor = fitted_once(make, 5) if channels == 3 else fitted(make, images)
    pictures, again = extractor.pictures(images), extractor.pictures(list(images))
    np.testing.assert_array_equal(images, before)
    assert bool(pictures) != isinstance(extractor, RawPixels | FisherVector)
    for one, other in zip(pictures, again, strict=True):
        np.testing.assert_array_equal(one.image, other.image)
        assert np.ptp(one.image) > 0
        assert one.caption


@pytest.mark.parametrize("n_jobs", [0, -2, 1.5, True])
def test_bad_n_jobs_is_refused(make: Make, n_jobs: Any) -> None:
    with pytest.raises(ValueError, match="n_jobs must be None, -1 or a positive integer, got"):
        with_threads(make(), n_jobs).fit(some_images(2))
