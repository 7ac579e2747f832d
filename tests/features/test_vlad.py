from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from data.errors import ParameterError
from features import VLAD
from features.words.descriptors.descriptor import make_descriptor

Numbers = npt.NDArray[np.float64]

RNG = np.random.default_rng(0)
COARSE = RNG.integers(0, 200, (12, 4, 4, 3)).repeat(4, axis=1).repeat(5, axis=2)
IMAGES = (COARSE + RNG.integers(0, 56, COARSE.shape)).astype(np.uint8)


def small(**options: Any) -> VLAD:
    return VLAD(**{"n_words": 3, "n_dimensions": 8, "n_samples": 1000, "n_iterations": 3} | options)


def literal(vectors: Numbers, words: Numbers, norm: str) -> Numbers:
    """The papers, word by word and descriptor by descriptor."""
    sums = np.zeros_like(words)
    for vector in vectors:
        nearest = min(range(len(words)), key=lambda k: float(np.sum((vector - words[k]) ** 2)))
        sums[nearest] += vector - words[nearest]
    if norm == "none":
        return sums.ravel()
    if norm == "power":
        sums = np.sign(sums) * np.abs(sums) ** 0.5
    if norm == "intra":
        for word in range(len(words)):
            length = np.linalg.norm(sums[word])
            sums[word] /= length if length > 0 else 1
    return sums.ravel() / np.linalg.norm(sums)


@pytest.mark.parametrize("norm", ["intra", "power", "l2", "none"])
@pytest.mark.parametrize("descriptor", ["hog", "patches"])
def test_each_cell_is_what_the_papers_say(norm: str, descriptor: str) -> None:
    vlad = small(norm=norm, descriptor=descriptor, patch_size=6, stride=2, grid=(2, 1))
    out = vlad.fit_transform(IMAGES)
    described = make_descriptor(descriptor, 6, 2, 10.0)(IMAGES)
    for row, positions in list(zip(out, described, strict=True))[:4]:
        cells = [
            literal(
                vlad.projection_(band.reshape(-1, band.shape[-1])).astype(np.float64),
                vlad.words_.astype(np.float64),
                norm,
            )
            for band in np.array_split(positions, 2)
        ]
        np.testing.assert_allclose(row, np.concatenate(cells), rtol=1e-4, atol=2e-5)


def test_more_positions_than_are_taken_at_once_are_all_summed() -> None:
    images = RNG.integers(0, 256, (2, 40, 40, 1), dtype=np.uint8)
    vlad = small(norm="none", patch_size=4).fit(images)
    described = make_descriptor("hog", 4, 1, None)(images)[0]
    vectors = vlad.projection_(described.reshape(-1, 36)).astype(np.float64)
    expected = literal(vectors, vlad.words_.astype(np.float64), "none")
    np.testing.assert_allclose(vlad.transform(images)[0], expected, rtol=1e-4, atol=1e-3)


def test_names_follow_the_order_of_the_values() -> None:
    names = small(grid=(1, 2)).fit(IMAGES).get_feature_names_out().tolist()
    assert names[:2] == ["cell_0_0_word0_0", "cell_0_0_word0_1"]
    assert names[-1] == "cell_0_1_word2_7"


def test_flat_images_give_finite_values() -> None:
    images = np.full((3, 16, 16, 3), 40, np.uint8)
    for norm in ("intra", "power", "l2", "none"):
        assert np.isfinite(small(n_words=1, norm=norm).fit_transform(images)).all()


@pytest.mark.parametrize("norm", ["intra", "power", "l2"])
@pytest.mark.parametrize("grid", [(1, 1), [(1, 1), (2, 2)]])
def test_sums_that_are_zero_are_not_rounding_scaled_up(norm: str, grid: Any) -> None:
    # One word is the mean of all descriptors of the one image, in which each cell is the same.
    image = np.tile(IMAGES[:1, :8, :8], (1, 2, 2, 1))
    patches = {"descriptor": "patches", "patch_size": 4, "stride": 4, "contrast": None}
    vlad = small(norm=norm, grid=grid, n_words=1, **patches).fit(image)
    assert not vlad.transform(image).any()
    # Beside a word that is alone with descriptors of its own, one with others keeps its sum.
    beside = small(norm=norm, n_words=5, codebook="kmeans", n_iterations=30, **patches)
    beside.fit(image)
    other = image.copy()
    other[:, :4, :4] += 9
    row = beside.transform(other).reshape(5, 8)
    assert (np.linalg.norm(row, axis=1) > 0).sum() == 1
    np.testing.assert_allclose(np.linalg.norm(row), 1, rtol=1e-6)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"n_words": 0}, "n_words must be a whole number from 1 up, got 0"),
        ({"n_words": 9999}, "n_words is 9999 but there are only 1000 descriptors"),
        ({"n_dimensions": 37}, "n_dimensions is 37 but the descriptors have 36 values"),
        ({"norm": "l1"}, "norm must be one of 'intra', 'power', 'l2', 'none', got 'l1'"),
        ({"codebook": "som"}, "codebook must be one of 'kmeans'"),
        ({"patch_size": 18}, "patch_size is 18 pixels but the images are only 16×20"),
        ({"random_state": -1}, "random_state must be a whole number from 0 up, or"),
    ],
)
def test_bad_options_are_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(ParameterError, match=message):
        small(**options).fit(IMAGES)
