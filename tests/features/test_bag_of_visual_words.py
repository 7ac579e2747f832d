from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from features import BagOfVisualWords
from features.words.codebook import nearest_words
from features.words.encodings import ENCODERS
from features.words.patches import Patches


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
        ({"n_words": 1}, "n_words must be an integer of at least 2, got 1"),
        ({"n_words": 2000}, "n_words is 2000 but there are only 1500 descriptors"),
        ({"patch_size": 17}, "patch_size is 17 pixels but the images are only 16×20"),
        ({"patch_size": []}, "patch_size must name at least one size"),
        ({"patch_size": [4, 4]}, r"patch_size must name each size once, got \[4, 4\]"),
        ({"patch_size": [4, 0]}, "patch_size must be an integer of at least 1, got 0"),
        ({"patch_size": 5, "descriptor": "hog"}, "patch_size must be even"),
        ({"stride": 0}, "stride must be an integer of at least 1, got 0"),
        ({"descriptor": "sift"}, "descriptor must be one of 'patches', 'hog', got 'sift'"),
        ({"codebook": "gmm"}, "codebook must be one of 'kmeans', 'sampled', got 'gmm'"),
        ({"encoding": "sparse"}, "encoding must be one of 'hard', .*, got 'sparse'"),
        ({"whitening": -1}, "whitening must be a number of at least 0, got -1"),
        ({"contrast": float("nan")}, "contrast must be a number of at least 0, got nan"),
        ({"bandwidth": 0}, "bandwidth must be a number above 0, got 0"),
        ({"bandwidth": 1e-30}, "bandwidth must be in 1e-6 … 1e6, got 1e-30"),
        ({"random_state": -1}, "random_state must be None, an integer of at least 0 or .*got -1"),
        ({"random_state": "one"}, "random_state must be None, .* got 'one'"),
        ({"share": 1.0}, r"share must be above 0 and below 1, got 1\.0"),
        ({"grid": (12, 1)}, "grid has 12 rows but there are only 11 positions to split"),
        ({"mirror": 1}, "mirror must be True or False, got 1"),
        ({"window": 12}, "window is 12 but there are only 11 rows of positions"),
        ({"n_samples": 0}, "n_samples must be an integer of at least 1, got 0"),
        ({"n_iterations": 2.5}, r"n_iterations must be an integer of at least 1, got 2\.5"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        small(**options).fit(some_images())
