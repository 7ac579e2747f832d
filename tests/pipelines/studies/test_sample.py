from __future__ import annotations

import numpy as np
import pytest

from data import Dataset
from pipelines.studies.sample import balanced_order, sample


def test_every_beginning_of_the_order_holds_the_classes_evenly() -> None:
    labels = np.repeat([0, 1, 2], [50, 30, 20])
    order = balanced_order(labels, np.random.default_rng(3))
    assert sorted(order) == list(range(100))
    for n in (3, 30, 60):
        assert np.bincount(labels[order[:n]]).tolist() == [n // 3] * 3


def test_other_seeds_draw_other_images() -> None:
    labels = np.zeros(50, np.int64)
    first, second = (balanced_order(labels, np.random.default_rng(seed)) for seed in (0, 1))
    assert not np.array_equal(first, second)


@pytest.mark.parametrize(
    ("side", "shrunk"), [((8, 8), (8, 8)), ((32, 32), (32, 32)), ((96, 70), (32, 23))]
)
def test_large_images_are_shrunk_by_a_whole_factor(
    side: tuple[int, int], shrunk: tuple[int, int]
) -> None:
    images = np.full((4, *side, 3), 77, np.uint8)
    labels = np.array([0, 1, 0, 1])
    part = sample(Dataset("flat", images, labels, images, labels, ("a", "b")), 2, 10, seed=0)
    assert part.image_shape == (*shrunk, 3)
    assert (part.n_train, part.n_test) == (2, 4)
    assert (part.images_train == 77).all()
    assert sorted(part.labels_train) == [0, 1]
