"""A first comparison should need no download, so the built-in set is drawn, alike everywhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from operator import index
from typing import NamedTuple, SupportsIndex

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
from data.keeping.frozen import frozen
from data.keeping.room import Room
from data.telling.reading_progress import ReadingProgress

SHIPPED_SEED = 0
CLASS_NAMES = tuple(KINDS)
SIZES = {"n_train": 4000, "n_test": 1000}
"""How many images the shipped set has."""

_TRAIN, _TEST = 0, 1
# How many random words one image may use; the first of them orders the classes.
WORDS_PER_IMAGE = 600
# Some forty images of a class at a time: their planes stay in a core's cache.
_BATCH = 40 * len(CLASS_NAMES)
# To start processes takes as long as this many blocks.
_MANY_BLOCKS = 50

Drawn = tuple[NDArray[np.uint8], NDArray[np.int64]]


class Block(NamedTuple):
    """Some images in a row of one part, from `start` to `stop`; `start` is a multiple of ten."""

    seed: int
    part: int
    start: int
    stop: int


def generate(
    *,
    seed: SupportsIndex = SHIPPED_SEED,
    n_train: SupportsIndex = SIZES["n_train"],
    n_test: SupportsIndex = SIZES["n_test"],
) -> Dataset:
    """Return the built-in set: ten classes of 32 × 32 colour pictures, the same on every machine.

    An image depends only on the seed, its part and its place. So a smaller set is the beginning of
    a larger one. Every ten images in a row hold each class once. Images that are larger than a
    quarter of the memory are drawn block by block into a file, and mapped from there.

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
        If a number is out of range, or the images need a file for which there is no room.

    Examples
    --------
    >>> from data.builtin import generate
    >>> dataset = generate(n_train=50, n_test=10)
    >>> dataset.images_train.shape, dataset.class_names[:3]
    ((50, 32, 32, 3), ('bird', 'car', 'cow'))
    """
    checked_seed = at_least("seed", seed, 0)
    sizes = {"train": at_least("n_train", n_train, 1), "test": at_least("n_test", n_test, 1)}
    name = "builtin" if checked_seed == SHIPPED_SEED else f"builtin, seed {checked_seed}"
    n_images, cut = sum(sizes.values()), sizes["train"]
    room = Room((n_images, SIDE_PX, SIDE_PX, 3), what=f"{name}: {n_images:,} images")
    labels = np.empty(n_images, np.int64)

    blocks = list(_blocks(checked_seed, sizes))
    progress, n_done = ReadingProgress(name, n_images, "drawing"), 0
    for block, (drawn, of_block) in zip(blocks, _all_drawn(blocks), strict=True):
        first = block.start + (0 if block.part == _TRAIN else cut)
        room[first : first + len(drawn)] = drawn
        labels[first : first + len(drawn)] = of_block
        n_done += len(drawn)
        progress.tell(n_done)
    images = frozen(room.array())
    frozen(labels)
    return Dataset(
        name=name,
        images_train=images[:cut],
        labels_train=labels[:cut],
        images_test=images[cut:],
        labels_test=labels[cut:],
        class_names=CLASS_NAMES,
    )


def _blocks(seed: int, sizes: Mapping[str, int]) -> Iterator[Block]:
    for part, n in zip((_TRAIN, _TEST), (sizes["train"], sizes["test"]), strict=True):
        for start in range(0, n, _BATCH):
            yield Block(seed, part, start, min(start + _BATCH, n))


def _all_drawn(blocks: list[Block]) -> Iterator[Drawn]:
    """Yield the images of all blocks, in their order."""
    if len(blocks) == 2:
        yield from map(drawn_block, blocks)
        return
    # Importing what shares blocks among the cores takes longer than a few images.
    from data.system.pool import Pool

    with Pool(drawn_block, in_processes=len(blocks) >= _MANY_BLOCKS) as pool:
        yield from pool.map(iter(blocks))


def drawn_block(block: Block) -> Drawn:
    """Return the images and labels of a block; they depend on nothing but the block."""
    n_classes = len(CLASS_NAMES)
    n = block.stop - block.start
    size = -(-n // n_classes) * n_classes  # each ten images in a row hold each class once
    images = np.empty((size, SIDE_PX, SIDE_PX, 3), np.uint8)
    # The stream of PCG64 and the way it is seeded are what NumPy promises never to change.
    bits = np.random.PCG64([block.seed, block.part])
    bits.advance(block.start * WORDS_PER_IMAGE)
    words = bits.random_raw(size * WORDS_PER_IMAGE).reshape(size, WORDS_PER_IMAGE)
    keys = words[:, 0].reshape(-1, n_classes)
    labels = np.argsort(keys, axis=1, kind="stable").ravel()
    for label in range(n_classes):
        rows = np.flatnonzero(labels == label)
        images[rows], _ = picture(label, Draws(words[rows, 1:]))
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


def at_least(name: str, value: SupportsIndex, least: int) -> int:
    """Return a whole number that is not too small."""
    try:
        checked = index(value)
    except TypeError:
        raise DataError(f"{name} must be a whole number, got {value!r}") from None
    if checked < least:
        raise DataError(f"{name} must be {least} or more, got {checked}")
    return checked
