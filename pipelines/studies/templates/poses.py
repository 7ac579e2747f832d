"""Images with one pose a class, and with two: what the study of templates looks at."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from data import Dataset
from data.builtin import CLASS_NAMES, SHIPPED_SEED
from data.builtin.drawing import Frame
from data.builtin.draws import Draws
from data.builtin.generation import WORDS_PER_IMAGE
from data.builtin.kinds import KINDS
from data.builtin.patterns import SIDE_PX
from models import LinearClassifier

Images = npt.NDArray[np.uint8]
Labels = npt.NDArray[np.int64]
Floats = npt.NDArray[np.floating]

_TRAIN, _TEST = 0, 1
_SCALE_PX = 13.0
"""Half-width that every object of the built-in set is brought to."""


def in_one_pose(dataset: Dataset) -> Dataset:
    """Return the built-in set with every object in the middle, upright, of one size, facing right.

    Each of its images knows where its object is: the frame it was drawn in. Other datasets know
    nothing of the kind and come back as they are.
    """
    if dataset.class_names != CLASS_NAMES:
        return dataset
    images_train = _in_their_frames(dataset.images_train, dataset.labels_train, _TRAIN)
    images_test = _in_their_frames(dataset.images_test, dataset.labels_test, _TEST)
    return replace(dataset, images_train=images_train, images_test=images_test)


def one_sidedness(images: Floats, labels: Labels, n_classes: int) -> Floats:
    """Return for each class how often a linear classifier tells its images from mirror images.

    Images are grey, (n, height, width). One half of a class teaches, the other one is judged: about
    0.5 where a class faces both ways or none, 1 where all of it faces one way.
    """
    sided = np.full(n_classes, 0.5)
    for label in range(n_classes):
        own = images[labels == label]
        half = len(own) // 2
        if half:
            sides = (as_rows(own), as_rows(own[:, :, ::-1]))
            taught, judged = (
                np.concatenate([side[part] for side in sides])
                for part in (slice(half), slice(half, None))
            )
            judge = LinearClassifier(alpha=0.1, standardize=True, tol=1e-3)
            judge.fit(taught, np.repeat([0, 1], half))
            sided[label] = judge.score(judged, np.repeat([0, 1], len(own) - half))
    return sided


def half_mirrored(
    images: Floats, labels: Labels, classes: Labels, rng: np.random.Generator
) -> Floats:
    """Return grey images, in these classes one in two, drawn at random, mirrored."""
    mirrored = np.isin(labels, classes) & (rng.random(len(images)) < 0.5)
    return np.where(mirrored[:, None, None], images[:, :, ::-1], images)


def correlation(a: Floats, b: Floats) -> float:
    """Return the correlation of two arrays of one shape, 0 where one of them is constant."""
    a, b = a.ravel() - a.mean(), b.ravel() - b.mean()
    lengths = np.linalg.norm(a) * np.linalg.norm(b)
    return float(a @ b / lengths) if lengths > 0 else 0.0


def _in_their_frames(images: Images, labels: Labels, part: int) -> Images:
    """Return images of the shipped set, seen from the frames of their objects; others as given."""
    n, height, width, n_channels = images.shape
    words = np.random.PCG64([SHIPPED_SEED, part]).random_raw(n * WORDS_PER_IMAGE).reshape(n, -1)
    if (height, width) != (SIDE_PX, SIDE_PX) or not _drawn_from(words, labels):
        return images
    seen = np.empty_like(images)
    x, y = ((np.arange(side) - (side - 1) / 2) / _SCALE_PX for side in (width, height))
    wanted = np.stack(np.meshgrid(x, y)).reshape(2, -1)
    for label, kind in enumerate(KINDS.values()):
        own = np.flatnonzero(labels == label)
        frame = Frame.placed(Draws(words[own, 1:]), scale_px=kind.scale_px, mirrored=kind.mirrored)
        # An object's coordinates are linear in the pixels: origin + slope · (column, row).
        at = np.stack([frame.x, frame.y], axis=1)
        origin = at[:, :, 0, 0]
        slope = np.stack([at[:, :, 0, 1] - origin, at[:, :, 1, 0] - origin], axis=2)
        pixels = np.rint(np.linalg.solve(slope, wanted - origin[:, :, None])).astype(np.int64)
        columns, rows = pixels[:, 0].clip(0, width - 1), pixels[:, 1].clip(0, height - 1)
        seen[own] = images[own[:, None], rows, columns].reshape(-1, height, width, n_channels)
    return seen


def _drawn_from(words: npt.NDArray[np.uint64], labels: Labels) -> bool:
    """Say whether these words drew images with these labels: the first orders the classes."""
    n_classes = len(CLASS_NAMES)
    whole = len(words) // n_classes * n_classes
    order = np.argsort(words[:whole, 0].reshape(-1, n_classes), axis=1, kind="stable")
    return whole > 0 and np.array_equal(order.ravel(), labels[:whole])


def as_rows(images: Floats) -> Floats:
    """Return each image as a row of float32."""
    return np.ascontiguousarray(images.reshape(len(images), -1), np.float32)
