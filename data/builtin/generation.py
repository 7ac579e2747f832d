"""A first comparison should need no download, so the built-in set is drawn, alike everywhere."""

from __future__ import annotations

from operator import index
from typing import SupportsIndex

import numpy as np
from numpy.typing import NDArray

from data.builtin.camera import photograph
from data.builtin.drawing import Frame
from data.builtin.draws import Draws, Plane
from data.builtin.kinds import KINDS
from data.builtin.patterns import SIDE_PX
from data.builtin.scenes import clutter, haze, scene, shadow
from data.dataset import Dataset
from data.errors import DataError
from data.frozen import frozen

SHIPPED_SEED = 0
CLASS_NAMES = tuple(KINDS)

_TRAIN, _TEST = 0, 1
# How many random words one image may use; the first of them orders the classes.
WORDS_PER_IMAGE = 600
# Some forty images of a class at a time: their planes stay in a core's cache.
_BATCH = 40 * len(CLASS_NAMES)


def generate(
    *,
    seed: SupportsIndex = SHIPPED_SEED,
    n_train: SupportsIndex = 4000,
    n_test: SupportsIndex = 1000,
) -> Dataset:
    """Return the built-in set: ten classes of 32 × 32 colour pictures, the same on every machine.

    An image depends only on the seed, its part and its place. So a smaller set is the beginning of
    a larger one. Every ten images in a row hold each class once.

    Parameters
    ----------
    seed : int, default 0
        Another seed gives other images of the same classes; at least 0. The default gives the
        shipped set.
    n_train : int, default 4000
        Number of training images, at least 1.
    n_test : int, default 1000
        Number of test images, at least 1.

    Returns
    -------
    Dataset
        The images, RGB, with their labels.

    Raises
    ------
    DataError
        If a number is out of range.

    Examples
    --------
    >>> from data.builtin import generate
    >>> dataset = generate(n_train=50, n_test=10)
    >>> dataset.images_train.shape, dataset.class_names[:3]
    ((50, 32, 32, 3), ('bird', 'car', 'cow'))
    """
    checked_seed = _at_least("seed", seed, 0)
    sizes = _at_least("n_train", n_train, 1), _at_least("n_test", n_test, 1)
    images_train, labels_train = _part(checked_seed, _TRAIN, sizes[0])
    images_test, labels_test = _part(checked_seed, _TEST, sizes[1])
    return Dataset(
        name="builtin" if checked_seed == SHIPPED_SEED else f"builtin, seed {checked_seed}",
        images_train=frozen(images_train),
        labels_train=frozen(labels_train),
        images_test=frozen(images_test),
        labels_test=frozen(labels_test),
        class_names=CLASS_NAMES,
    )


def _part(seed: int, part: int, n: int) -> tuple[NDArray[np.uint8], NDArray[np.int64]]:
    n_classes = len(CLASS_NAMES)
    n_drawn = -(-n // n_classes) * n_classes
    images = np.empty((n_drawn, SIDE_PX, SIDE_PX, 3), np.uint8)
    labels = np.empty(n_drawn, np.int64)

    def draw(start: int) -> None:
        batch = slice(start, min(start + _BATCH, n_drawn))
        size = batch.stop - batch.start
        # The stream of PCG64 and the way it is seeded are what NumPy promises never to change.
        bits = np.random.PCG64([seed, part])
        bits.advance(start * WORDS_PER_IMAGE)
        words = bits.random_raw(size * WORDS_PER_IMAGE).reshape(size, WORDS_PER_IMAGE)
        keys = words[:, 0].reshape(-1, n_classes)
        labels[batch] = np.argsort(keys, axis=1, kind="stable").ravel()
        for label in range(n_classes):
            rows = np.flatnonzero(labels[batch] == label)
            images[start + rows], _ = picture(label, Draws(words[rows, 1:]))

    if n_drawn <= _BATCH:
        draw(0)
    else:
        # Importing what shares jobs among the cores takes longer than a few images.
        from data.threads import run_jobs

        run_jobs(draw, range(0, n_drawn, _BATCH), None)
    return images[:n], labels[:n]


def picture(label: int, draws: Draws) -> tuple[NDArray[np.uint8], Plane]:
    """Return images of one class, and which pixels the object covers.

    Parameters
    ----------
    label : int
        Which class.
    draws : Draws
        The random words of n images.

    Returns
    -------
    images : uint8 array, shape (n, 32, 32, 3)
        The pixels.
    silhouettes : float64 array, shape (n, 32, 32)
        1 inside the object, 0 outside. It is 1 also where something in front hides the object.
    """
    kind = KINDS[CLASS_NAMES[label]]
    frame = Frame.placed(draws, scale_px=kind.scale_px, mirrored=kind.mirrored)
    horizon = draws.uniform(4, 24)
    if kind.foot is not None:
        horizon = np.clip(frame.row_px(kind.foot) - draws.uniform(0.5, 11), 3.0, 27.0)
    canvas = scene(draws, kind.favourites, horizon)
    clutter(draws, canvas, 0.7)
    clutter(draws, canvas, 0.5)
    haze(draws, canvas)
    if kind.foot is not None:
        shadow(draws, canvas, frame.ellipse((0.0, kind.foot), 0.8, 0.12))
    kind.draw(draws, frame, canvas)
    clutter(draws, canvas, 0.25)
    return photograph(draws, canvas), canvas.silhouette


def _at_least(name: str, value: SupportsIndex, least: int) -> int:
    try:
        checked = index(value)
    except TypeError:
        raise DataError(f"{name} must be a whole number, got {value!r}") from None
    if checked < least:
        raise DataError(f"{name} must be {least} or more, got {checked}")
    return checked
