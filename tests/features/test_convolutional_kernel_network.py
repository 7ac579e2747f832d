from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data import PreconvError
from features import ConvolutionalKernelNetwork

RNG = np.random.default_rng(0)
COARSE = RNG.integers(0, 200, (12, 4, 4, 3)).repeat(4, axis=1).repeat(5, axis=2)
IMAGES = (COARSE + RNG.integers(0, 56, COARSE.shape)).astype(np.uint8)


def small(**options: Any) -> ConvolutionalKernelNetwork:
    given: dict[str, Any] = {
        "n_filters": (4, 6),
        "subsampling": (2, 4),
        "whitening_size": 3,
        "n_samples": 400,
    }
    return ConvolutionalKernelNetwork(**given | options)


def test_the_feature_is_the_map_of_the_last_layer() -> None:
    network = small().fit(IMAGES)
    first, second = network.layers_
    expected = [second(first(network.whitened_(image))) for image in IMAGES]
    assert expected[0].shape == (2, 3, 6)  # of 16 × 20 pixels
    np.testing.assert_array_equal(network.transform(IMAGES), np.reshape(expected, (12, -1)))
    names = network.get_feature_names_out()
    assert (names[0], names[7]) == ("layer2_cell_0_0_filter0", "layer2_cell_0_1_filter1")


def test_all_layers_stand_side_by_side() -> None:
    network = small(layers="all").fit(IMAGES)
    out = network.transform(IMAGES)
    names = network.get_feature_names_out()
    assert out.shape == (12, len(names))
    upper = [name.startswith("layer2") for name in names]
    np.testing.assert_array_equal(out[:, upper], small().fit_transform(IMAGES))
    assert sum(upper) == 36
    assert len(names) == 36 + 2 * 3 * 4


def test_mirror_is_the_mean_of_both_sides() -> None:
    network, both = small().fit(IMAGES), small(mirror=True).fit(IMAGES)
    mirrored = network.transform(IMAGES[:, :, ::-1])
    expected = (network.transform(IMAGES) + mirrored) / 2
    np.testing.assert_allclose(both.transform(IMAGES), expected, rtol=1e-6)
    np.testing.assert_array_equal(both.transform(IMAGES[:, :, ::-1]), both.transform(IMAGES))


def test_powers_and_norm_come_last() -> None:
    plain = small().fit_transform(IMAGES)
    out = small(power=0.5, norm="l2").fit_transform(IMAGES)
    expected = np.sign(plain) * np.sqrt(np.abs(plain))
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    np.testing.assert_allclose(out, expected, rtol=1e-4, atol=1e-7)


def test_layers_may_be_one_or_three() -> None:
    assert small(n_filters=(5,), subsampling=(4,)).fit_transform(IMAGES).shape == (12, 4 * 5 * 5)
    deep = small(n_filters=(3, 4, 5), subsampling=(2, 2, 2), patch_sizes=(3, 2, 1))
    assert deep.fit_transform(IMAGES).shape == (12, 2 * 3 * 5)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"subsampling": (2,)}, "subsampling must have a value for each of the 2 layers"),
        ({"sigmas": (0.6, 0.6, 0.6)}, "sigmas must have a value for each of the 2 layers"),
        ({"subsampling": (2, 2**31)}, "subsampling must be at most 16384 in all"),
        ({"subsampling": (2**14, 2**14)}, "subsampling must be at most 16384 in all"),
        ({"whitening_size": 4}, "whitening_size must be odd, got 4"),
        ({"n_filters": (4, 9999)}, "n_filters is 9999 but there are only 400 patches"),
        ({"n_filters": 64}, "n_filters must be whole numbers from 1 up, one for each layer, got"),
        ({"patch_sizes": 0}, "patch_sizes must be .* or a list of such, one for each layer, got 0"),
    ],
)
def test_what_does_not_fit_is_refused(options: dict[str, Any], message: str) -> None:
    with pytest.raises(PreconvError, match=message):
        small(**options).fit(IMAGES)


def test_a_sheet_of_filters_is_drawn() -> None:
    (picture,) = small().fit(IMAGES).pictures(IMAGES)
    assert picture.image.ndim == 3
