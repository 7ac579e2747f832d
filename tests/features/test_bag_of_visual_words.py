from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any, ClassVar

import numpy as np
import numpy.typing as npt
import pytest

from data.parameters.rules import whole
from data.pixels.views import views_of
from features import BagOfVisualWords, Views
from features.explain import codebook_picture, words_picture
from features.words.descriptors.descriptor import DESCRIPTORS
from features.words.descriptors.patches import Patches
from features.words.encoder import Encoder, Parameter
from features.words.encodings import ENCODERS
from features.words.learning.codebook import CODEBOOKS, nearest_words


def some_images(n: int = 30, channels: int = 3) -> npt.NDArray[np.uint8]:
    rng = np.random.default_rng(0)
    coarse = rng.integers(0, 200, (n, 4, 4, channels)).repeat(4, axis=1).repeat(5, axis=2)
    return (coarse + rng.integers(0, 56, coarse.shape)).astype(np.uint8)


def small(**options: Any) -> BagOfVisualWords:
    return BagOfVisualWords(**{"n_words": 10, "n_samples": 1500, "n_iterations": 5} | options)


def test_textbook_histogram_counts_the_nearest_words() -> None:
    images = some_images()
    bag = small(encoding="hard", grid=(1, 1), whitening=None, contrast=None, stride=2)
    out = bag.fit_transform(images)
    patches = Patches(6, 2, contrast=None)(images)
    for row, vectors in zip(out, patches, strict=True):
        labels, _ = nearest_words(vectors.reshape(-1, 108), bag.vocabularies_[0].words)
        expected = np.bincount(labels, minlength=10) / len(labels)
        np.testing.assert_allclose(row, expected, atol=1e-6)
    np.testing.assert_allclose(out.sum(axis=1), 1, atol=1e-5)


@pytest.mark.parametrize("encoding", list(ENCODERS))
def test_features_are_mean_codes_of_whitened_patches(encoding: str) -> None:
    images = some_images()
    bag = small(encoding=encoding, grid=(2, 2))
    out = bag.fit_transform(images)
    vocabulary = bag.vocabularies_[0]
    assert vocabulary.whitening is not None
    # Whitening on its own here, folded into the words there.
    encoder = ENCODERS[encoding](vocabulary.words)
    patches = Patches(6)(images)
    n, rows, columns, _ = patches.shape
    codes = encoder.codes(vocabulary.whitening(patches.reshape(-1, 108)))
    maps = codes.reshape(n, rows, columns, -1)
    cells = [
        cell.mean(axis=(1, 2))
        for band in np.array_split(maps, 2, axis=1)
        for cell in np.array_split(band, 2, axis=2)
    ]
    # A projection that is a rounding away from a mark's limit may fall on either side of it.
    atol = 0.02 if encoding in ("nearest", "hard") else 1e-4
    np.testing.assert_allclose(out, np.concatenate(cells, axis=1), atol=atol)


def test_sizes_stand_side_by_side() -> None:
    images = some_images()
    out = small(patch_size=[4, 7], grid=(1, 2)).fit_transform(images)
    first = small(patch_size=4, grid=(1, 2)).fit_transform(images)
    assert out.shape == (30, 40)
    # The first size draws first, so it is the same as on its own.
    np.testing.assert_array_equal(out[:, :20], first)


def test_codebook_ignores_the_labels_and_follows_the_seed() -> None:
    images = some_images()

    def words(seed: int, y: object = None) -> npt.NDArray[np.float32]:
        return small(random_state=seed).fit(images, y).vocabularies_[0].words

    np.testing.assert_array_equal(words(0), words(0, np.arange(30)))
    assert not np.array_equal(words(0), words(1))


def test_sampled_words_are_whitened_descriptors_of_the_images() -> None:
    images = some_images(3)
    bag = small(codebook="sampled", n_samples=10**6).fit(images)
    vocabulary = bag.vocabularies_[0]
    assert vocabulary.whitening is not None
    all_vectors = vocabulary.whitening(Patches(6)(images).reshape(-1, 108))
    labels, _ = nearest_words(all_vectors, vocabulary.words)
    for k, word in enumerate(vocabulary.words):
        assert np.abs(all_vectors[labels == k] - word).max(axis=1).min() < 1e-4


def test_mirror_is_the_mean_over_an_image_and_its_mirror_image() -> None:
    images = some_images()
    mirrored = small(patch_size=[4, 6], mirror=True).fit(images)
    plain = small(patch_size=[4, 6]).fit(images)
    mean = (plain.transform(images) + plain.transform(images[:, :, ::-1])) / 2
    np.testing.assert_allclose(mirrored.transform(images), mean, atol=1e-6)
    np.testing.assert_allclose(mirrored.transform(images[:, :, ::-1]), mean, atol=1e-6)
    assert np.abs(plain.transform(images) - mean).max() > 0.01


def test_names_follow_the_order_of_the_values() -> None:
    bag = small(patch_size=[4, 6], encoding="two-sided", grid=(1, 2)).fit(some_images())
    names = bag.get_feature_names_out()
    assert len(names) == 2 * 2 * 20
    assert names[[0, 10, 20, 40]].tolist() == [
        "size4_cell_0_0_word0+",
        "size4_cell_0_0_word0-",
        "size4_cell_0_1_word0+",
        "size6_cell_0_0_word0+",
    ]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_words": 1}, "n_words must be a whole number from 2 .*got 1"),
        ({"n_words": 2000}, "n_words is 2000 but there are only 1500 descriptors"),
        ({"patch_size": 17}, "patch_size is 17 pixels but the images are only 16×20"),
        ({"patch_size": []}, "patch_size must be"),
        ({"patch_size": [4, 4]}, r"patch_size must name each size once, got \[4, 4\]"),
        ({"patch_size": [4, 0]}, r"patch_size must be .*got \[4, 0\]"),
        ({"patch_size": 5, "descriptor": "hog"}, "patch_size must be even"),
        ({"stride": 0}, "stride must be a whole number from 1 .*got 0"),
        ({"descriptor": "sift"}, "descriptor must be one of 'patches', 'hog', got 'sift'"),
        ({"codebook": "gmm"}, "codebook must be one of 'kmeans', .*'sampled', got 'gmm'"),
        ({"encoding": "sparse"}, "encoding must be one of 'hard', .*, got 'sparse'"),
        ({"whitening": -1}, "whitening must be a finite number from 0 up.* got -1"),
        ({"contrast": float("nan")}, "contrast must be a finite number from 0 up.* got nan"),
        ({"bandwidth": 0}, "bandwidth must be a number in .* got 0"),
        ({"bandwidth": 1e-30}, "bandwidth must be a number in .* got 1e-30"),
        ({"random_state": -1}, "random_state must be a whole number from 0 up, or .*got -1"),
        ({"random_state": "one"}, "random_state must be .* got 'one'"),
        ({"share": 1.0}, r"share must be .* got 1\.0"),
        ({"grid": (12, 1)}, "grid has 12 rows but there are only 11 positions to split"),
        ({"encoding_options": {"power": 2}}, "unknown parameter of Triangle: power; valid: none"),
        ({"encoding_options": ["power"]}, r"encoding_options must be names with .*got \['power'\]"),
        (
            {"encoding": "two-sided", "encoding_options": {"threshold": 1}},
            "encoding_options must not hold threshold: that is a parameter of its own",
        ),
        ({"mirror": 1}, "mirror must be True or False, got 1"),
        ({"window": 12}, "window is 12 but there are only 11 rows of positions"),
        ({"n_samples": 0}, "n_samples must be a whole number from 1 .*got 0"),
        ({"n_iterations": 2.5}, r"n_iterations must be a whole number from 1 .*got 2\.5"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**options).fit(some_images())


def test_mirrored_values_are_those_of_both_views_bit_for_bit() -> None:
    images = some_images()
    mirrored = small(patch_size=[4, 6], mirror=True).fit(images)
    straight, turned = (
        small(patch_size=[4, 6]).fit(images).transform(view) for view in views_of(images, 2)
    )
    np.testing.assert_array_equal(mirrored.transform(images), (straight + turned) * np.float32(0.5))


def test_parameters_have_the_defaults_of_their_encodings() -> None:
    own = inspect.signature(BagOfVisualWords).parameters
    for encoder in ENCODERS.values():
        for name, parameter in encoder.parameters.items():
            assert own[name].default == parameter.default


class Peaks(Encoder):
    """For each word, whether z·w is among the n largest, and whether among the n smallest."""

    signs = ("+", "-")
    parameters: ClassVar[Mapping[str, Parameter]] = {"n": Parameter(1, whole(1))}

    def _prepare(self, words: npt.NDArray[np.float32]) -> None:
        self._words = words

    def codes(self, vectors: npt.NDArray[np.float32]) -> npt.NDArray[np.float32]:
        z = vectors if self.whitening is None else self.whitening(vectors)
        order = (z @ self._words.T).argsort(axis=1).argsort(axis=1)
        n = self.options["n"]
        both = [order >= self.n_words - n, order < n]
        return np.concatenate(both, axis=1).astype(np.float32)


def test_one_entry_adds_an_encoding(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(ENCODERS, "peaks", Peaks)
    images = some_images()
    for n in (1, 3):
        given: dict[str, Any] = {"encoding_options": {"n": n}} if n > 1 else {}
        bag = small(encoding="peaks", grid=(1, 1), **given).fit(images)
        out = bag.transform(images)
        np.testing.assert_allclose(out.reshape(-1, 2, 10).sum(axis=2), n, rtol=1e-5)
        (vocabulary,) = bag.vocabularies_
        assert vocabulary.whitening is not None
        z = vocabulary.whitening(Patches(6)(images[:1]).reshape(-1, 108))
        ranks = (z @ vocabulary.words.T).argsort(axis=1).argsort(axis=1)
        np.testing.assert_allclose(out[0, 10:], (ranks < n).mean(axis=0), atol=0.02)
    assert bag.get_feature_names_out()[[0, 19]].tolist() == ["cell_0_0_word0+", "cell_0_0_word9-"]
    assert len(bag.pictures(images[:4])) == 4 + 3 + 1
    # The first tile is that of the fullest code, turned dark for bright where its sign is "-".
    tile = words_picture(bag, images[0], zoom=1, n_words=1)[18:24, 22:28]
    code = int(out[0].argmax())
    left = code % 10 % 4 * 8
    top = code % 10 // 4 * 8
    expected = codebook_picture(bag, zoom=1)[top : top + 6, left : left + 6]
    np.testing.assert_array_equal(tile, 255 - expected if code >= 10 else expected)
    with pytest.raises(ValueError, match="n must be a whole number from 1 up, got 0"):
        small(encoding="peaks", encoding_options={"n": 0}).fit(images)
    with pytest.raises(ValueError, match="unknown parameter of Peaks: m; valid: n"):
        small(encoding="peaks", encoding_options={"m": 0}).fit(images)
    with pytest.raises(ValueError, match=r"encoding must be one of .*'nearest', 'peaks', got"):
        small(encoding="peak").fit(images)


def test_one_entry_adds_a_codebook(monkeypatch: pytest.MonkeyPatch) -> None:
    def first(vectors: Any, n_words: int, rng: Any, *, n_iterations: int, n_jobs: Any) -> Any:
        return vectors[:n_words]

    monkeypatch.setitem(CODEBOOKS, "first", first)
    images = some_images()
    (vocabulary,) = (
        small(codebook="first", whitening=None, n_samples=10**6).fit(images).vocabularies_
    )
    np.testing.assert_array_equal(vocabulary.words, Patches(6)(images[:1])[0, 0, :10])
    with pytest.raises(ValueError, match=r"codebook must be one of 'kmeans', .*'sampled', 'first'"):
        small(codebook="last").fit(images)


def test_one_entry_adds_a_descriptor(monkeypatch: pytest.MonkeyPatch) -> None:
    def plain(size: int, stride: int, contrast: float | None) -> Patches:
        return Patches(size, stride, contrast=None)

    monkeypatch.setitem(DESCRIPTORS, "plain", plain)
    images = some_images()
    np.testing.assert_array_equal(
        small(descriptor="plain").fit_transform(images), small(contrast=None).fit_transform(images)
    )


def test_words_draw_what_a_patch_looks_like() -> None:
    rng = np.random.default_rng(1)
    ground = rng.integers(0, 2, (20, 4, 4, 1)) * 255
    images = np.repeat(np.repeat(ground, 4, axis=1), 4, axis=2).astype(np.uint8)
    words = BagOfVisualWords(
        n_words=64, patch_size=4, stride=4, contrast=None, whitening=None, n_samples=400
    )
    drawn, where, sheet = words.fit(images).pictures(images[:1])
    assert np.array_equal(drawn.image > 128, images[0] > 128)
    assert where.image.shape[1] > 2 * where.image.shape[0]
    assert sheet.image.shape == (8 * 10 - 2, 8 * 10 - 2, 3)


def test_captions_say_what_the_pictures_lose() -> None:
    images = some_images(4)
    normalized, as_they_are = (
        small(contrast=contrast).fit(images).pictures(images)[0].caption for contrast in (10, None)
    )
    assert normalized.endswith("word: brightness and contrast are not kept")
    assert as_they_are.endswith("word")
    hog = small(descriptor="hog", patch_size=8).fit(images).pictures(images)
    assert not any(picture.caption.startswith("Each patch") for picture in hog)


def test_dead_words_are_counted_and_many_are_told() -> None:
    images = some_images()
    assert small(encoding="triangle").fit(images).n_dead_words_ == 0
    images[:25] = 7  # flat, and so are most of the words that are drawn
    options: dict[str, Any] = {"encoding": "hard", "contrast": None, "whitening": None}
    options |= {"n_words": 40}
    bag = small(codebook="sampled", grid=(1, 1), n_samples=10**5, **options)
    with pytest.warns(RuntimeWarning, match=r"of 40 words are dead: no descriptor has a code of"):
        bag.fit(images)
    assert bag.n_dead_words_ == 40 - len(np.unique(bag.vocabularies_[0].words, axis=0))
    counts = bag.transform(images)
    assert (counts.max(axis=0) == 0).sum() == bag.n_dead_words_
    spread = small(codebook="kmeans++", **options)
    assert spread.fit(images).n_dead_words_ == 0


@pytest.mark.parametrize("codebook", ["kmeans", "kmeans++"])
def test_flat_ground_does_not_fill_the_codebook(codebook: str) -> None:
    images = some_images()
    images[:24] = 7
    options: dict[str, Any] = {"n_words": 20, "contrast": None, "whitening": None}
    words = small(codebook=codebook, **options).fit(images).vocabularies_[0].words
    assert (np.ptp(words, axis=1) == 0).sum() <= 1


def test_powers_and_norm_come_last_in_every_view() -> None:
    images = some_images(3)
    plain = small(patch_size=[4, 6]).fit(images).transform(images)
    words = small(patch_size=[4, 6], power=0.5, norm="l2").fit(images)
    expected = np.sqrt(plain)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(words.transform(images), expected, rtol=1e-5)
    views = Views(words, n_views=10, shift=2).fit(images)
    rows = views.transform(images).reshape(3, -1, 10)
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, rtol=1e-5)
    np.testing.assert_allclose(rows[:, :, 0], expected, rtol=1e-4, atol=1e-6)
