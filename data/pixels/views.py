"""An image and its mirrored and shifted copies, its views, stay together in one row of features."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[Any]

N_VIEWS = (1, 2, 5, 9, 10, 18, 25, 50)
"""One view is the image, and two are it and its mirror image. Five, nine and 25 are the image at
several places; twice as many are it and its mirror image at each of them."""

Place = tuple[int, int]
"""By how many pixels a view is moved: (down, right) is where in the image its first pixel is."""

# By which parts of the shift the views are moved, down and across.
_MOVES = {5: (-1.0, 1.0), 9: (-1.0, 0.0, 1.0), 25: (-1.0, -0.5, 0.0, 0.5, 1.0)}
_MOVES |= {2 * n_places: moves for n_places, moves in _MOVES.items()}


def are_shifted(n_views: int) -> bool:
    """Return whether so many views are shifted ones, too.

    Parameters
    ----------
    n_views : {1, 2, 5, 9, 10, 18, 25, 50}
        How many views of each image are made.

    Returns
    -------
    bool

    Examples
    --------
    >>> are_shifted(2), are_shifted(10)
    (False, True)
    """
    return n_views in _MOVES


def are_mirrored(n_views: int) -> bool:
    """Return whether every other one of so many views is a mirror image.

    Parameters
    ----------
    n_views : {1, 2, 5, 9, 10, 18, 25, 50}
        How many views of each image are made.

    Returns
    -------
    bool

    Examples
    --------
    >>> are_mirrored(5), are_mirrored(10)
    (False, True)
    """
    return n_views % 2 == 0


def places_of(n_views: int, shift: int = 0) -> list[Place]:
    """Return the places at which views are taken.

    Parameters
    ----------
    n_views : {1, 2, 5, 9, 10, 18, 25, 50}
        How many views of each image are made.
    shift : int, default 0
        By how many pixels the views are moved at most.

    Returns
    -------
    list of (down, right)
        The centre first.

    Examples
    --------
    >>> places_of(10, shift=3)
    [(0, 0), (-3, -3), (-3, 3), (3, -3), (3, 3)]
    """
    moves = [round(part * shift) for part in _MOVES.get(n_views, ())]
    others = itertools.product(enumerate(moves), repeat=2)
    # Of an odd number of moves, the one in the middle is none.
    middle = len(moves) // 2 if len(moves) % 2 else None
    return [
        (0, 0),
        *((down, right) for (i, down), (j, right) in others if not i == j == middle),
    ]


def views_of(images: Array, n_views: int, shift: int = 0) -> list[Array]:
    """Return the views of images, each a C-contiguous array of the shape of `images`.

    The first view is the image itself. Five views are taken at the centre, then shifted up and
    left, up and right, down and left, down and right. Nine are taken at 3 × 3 places and 25 at
    5 × 5, from one corner to the other, and the centre comes first. Of 2, 10, 18 and 50 views, each
    is followed by its mirror image. Where a shifted view reaches beyond the border, the nearest
    pixel is repeated.

    Parameters
    ----------
    images : array (n, height, width, channels)
        The images, of any dtype.
    n_views : {1, 2, 5, 9, 10, 18, 25, 50}
        How many views of each image are made.
    shift : int, default 0
        By how many pixels the views are moved at most. One view and two are not shifted.

    Returns
    -------
    list of array (n, height, width, channels)
        The `n_views` views, as copies.

    References
    ----------
    Krizhevsky, Sutskever and Hinton, "ImageNet classification with deep convolutional neural
    networks", NIPS 2012, section 4.1: ten views at the time of testing.

    Examples
    --------
    >>> [view.ravel().tolist() for view in views_of(np.array([[[[0], [1], [2]]]]), 2)]
    [[0, 1, 2], [2, 1, 0]]
    """
    _, height, width, _ = images.shape
    seen = []
    for down, right in places_of(n_views, shift):
        rows = np.clip(np.arange(height) + down, 0, height - 1)
        columns = np.clip(np.arange(width) + right, 0, width - 1)
        moved = images[:, rows[:, None], columns]
        seen.append(np.ascontiguousarray(moved))
        if are_mirrored(n_views):
            seen.append(np.ascontiguousarray(moved[:, :, ::-1]))
    return seen


def interleaved(seen: Sequence[Array]) -> Array:
    """Return the features of several views as one row for each image, with the view fastest.

    Column `f * n_views + v` is feature f of view v. Such rows can stand side by side: if two
    extractors have the same views, the views of every feature are neighbours in the joint row too.

    Parameters
    ----------
    seen : sequence of array (n, d)
        The features of each view.

    Returns
    -------
    array (n, d · n_views)
        The rows, C-contiguous.

    Examples
    --------
    >>> interleaved([np.array([[1, 2]]), np.array([[10, 20]])])
    array([[ 1, 10,  2, 20]])
    """
    n, d = seen[0].shape
    return np.stack(seen, axis=2).reshape(n, d * len(seen))


def apart(X: Array, n_views: int) -> Array:
    """Return rows of features as an array (n, n_views, d), without copying.

    Parameters
    ----------
    X : array (n, d · n_views) or (n, n_views, d)
        Rows in which the view is the fastest axis, as `interleaved` makes them. Or rows that are
        apart already, as they are kept on disk, where each view is contiguous.
    n_views : int
        How many views a row holds.

    Returns
    -------
    array (n, n_views, d)
        A view of the memory of `X`.

    Raises
    ------
    ValueError
        If the number of columns is no multiple of `n_views`.

    Examples
    --------
    >>> apart(np.array([[1, 10, 2, 20]]), 2)
    array([[[ 1,  2],
            [10, 20]]])
    """
    if X.ndim == 3 and X.shape[1] == n_views:
        return X
    if X.ndim != 2 or X.shape[1] % n_views:
        raise ValueError(
            f"rows of {n_views} views are (n, d · {n_views}) or (n, {n_views}, d), got {X.shape}"
        )
    return X.reshape(len(X), -1, n_views).swapaxes(1, 2)
