from __future__ import annotations

import numpy as np
import pytest

from features.kernels.sampling import sample_patches

# Every pixel of all images has a value of its own.
IMAGES = np.arange(240, dtype=np.uint8).reshape(10, 4, 6, 1)


@pytest.mark.parametrize(("n", "expected"), [(1, 1), (70, 70), (10**6, 240)])
def test_no_place_is_drawn_twice(n: int, expected: int) -> None:
    drawn = [
        sample_patches(
            IMAGES,
            lambda image: image.astype(np.float32),
            1,
            n,
            np.random.default_rng(0),
            n_jobs=n_jobs,
        )
        for n_jobs in (1, 2)
    ]
    assert drawn[0].shape == (expected, 1)
    assert len(np.unique(drawn[0])) == expected
    np.testing.assert_array_equal(drawn[0], drawn[1])
