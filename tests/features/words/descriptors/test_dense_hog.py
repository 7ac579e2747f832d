from __future__ import annotations

import numpy as np
import pytest
from skimage.feature import hog

from features.words.descriptors.dense_hog import DenseHOG


@pytest.mark.parametrize(("size", "stride"), [(8, 8), (4, 1), (6, 5)])
def test_each_descriptor_is_scikit_images_block_at_its_place(size: int, stride: int) -> None:
    image = np.random.default_rng(0).integers(0, 256, (26, 23, 3), dtype=np.uint8)
    descriptor = DenseHOG(size, stride)
    out = descriptor(image[None])[0]
    assert out.shape == (*descriptor.map_shape(26, 23), descriptor.n_values(3))
    for i in range(out.shape[0]):
        for j in range(out.shape[1]):
            # With a pixel of margin, so that gradients at the edge of the block are the same;
            # the blocks at the image's own edge have none.
            top, left = i * stride, j * stride
            if min(top, left) == 0 or top + size == 26 or left + size == 23:
                continue
            window = image[top - 1 : top + size + 1, left - 1 : left + size + 1]
            half = size // 2
            votes = _votes_without_margin(window, half)
            np.testing.assert_allclose(out[i, j], votes, atol=1e-5)


def _votes_without_margin(window: np.ndarray, half: int) -> np.ndarray:
    """scikit-image's block of the window's inside, by shifting the cells over the margin."""
    side = window.shape[0]
    # Pad so that the inside begins at a multiple of the cell size: cells then match exactly.
    before = half - 1
    padded = np.pad(window, ((before, half), (before, half), (0, 0)), mode="edge")
    cells = hog(
        padded[: 4 * half, : 4 * half],
        pixels_per_cell=(half, half),
        cells_per_block=(2, 2),
        block_norm="L2-Hys",
        channel_axis=-1,
        feature_vector=False,
    )
    assert side == 2 * half + 2
    return np.asarray(cells[1, 1].ravel())


def test_odd_sizes_are_refused() -> None:
    with pytest.raises(ValueError, match=r"patch_size must be even .* got 7"):
        DenseHOG(7)
    with pytest.raises(ValueError, match="orientations must be a whole number from 1 to 255"):
        DenseHOG(8, orientations=300)
    with pytest.raises(ValueError, match="stride must be a whole number from 1 up, got 0"):
        DenseHOG(8, stride=0)
