from __future__ import annotations

import numpy as np

from data import Dataset, load_dataset
from data.builtin import CLASS_NAMES, generate
from data.builtin.draws import Draws
from data.builtin.generation import WORDS_PER_IMAGE, picture
from pipelines.studies.templates.poses import half_mirrored, in_one_pose, one_sidedness


def test_a_turned_image_shows_its_object_where_every_other_one_has_it() -> None:
    """The silhouettes, known from drawing the images again, fall on each other."""
    n = 60
    words = np.random.PCG64([0, 0]).random_raw(n * WORDS_PER_IMAGE).reshape(n, -1)
    given = generate(n_train=n, n_test=1)
    truck = CLASS_NAMES.index("truck")
    own = np.flatnonzero(given.labels_train == truck)
    images, silhouettes = picture(truck, Draws(words[own, 1:]))
    assert np.array_equal(images, given.images_train[own])

    shapes = np.repeat(np.rint(255 * silhouettes)[..., None], 3, axis=-1).astype(np.uint8)
    traced = given.images_train.copy()
    traced[own] = shapes
    drawn = Dataset(
        "traced",
        traced,
        given.labels_train,
        given.images_test,
        given.labels_test,
        given.class_names,
    )
    before, after = (d.images_train[own, :, :, 0] / 255 for d in (drawn, in_one_pose(drawn)))
    assert (
        np.abs(after - after.mean(axis=0)).mean()
        < 0.4 * np.abs(before - before.mean(axis=0)).mean()
    )
    # A truck's box, at the rear, is taller than its cab: the rear is on the left.
    rear, cab = after[:, :, 5:15].sum(axis=(1, 2)), after[:, :, 21:27].sum(axis=(1, 2)) * 10 / 6
    assert (rear > cab).all()


def test_images_of_another_size_come_back_as_they_are() -> None:
    larger = load_dataset("builtin", image_size=48, n_train=20, n_test=10)
    assert np.array_equal(in_one_pose(larger).images_train, larger.images_train)


def test_images_that_know_of_no_frame_come_back_as_they_are(tiny: Dataset) -> None:
    assert in_one_pose(tiny) is tiny
    other = generate(seed=1, n_train=20, n_test=10)
    assert np.array_equal(in_one_pose(other).images_train, other.images_train)


def test_one_sidedness_is_one_where_all_face_one_way_and_a_half_where_none_does() -> None:
    rng = np.random.default_rng(0)
    images = rng.random((200, 6, 6))
    labels = np.repeat([0, 1], 100)
    images[labels == 0, :, 0] += 1
    sided = one_sidedness(images, labels, 3)
    assert sided[0] > 0.95
    assert abs(sided[1] - 0.5) < 0.15
    assert sided[2] == 0.5


def test_half_of_the_images_of_some_classes_are_mirrored() -> None:
    rng = np.random.default_rng(0)
    images, labels = rng.random((400, 3, 4)), np.arange(400) % 2
    after = half_mirrored(images, labels, np.array([1]), rng)
    turned = (after == images[:, :, ::-1]).all(axis=(1, 2))
    kept = (after == images).all(axis=(1, 2))
    assert (turned ^ kept).all()
    assert kept[labels == 0].all()
    assert 70 < turned.sum() < 130
