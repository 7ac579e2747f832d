"""What a task holds in memory beside the arrays that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from numbers import Integral
from typing import Any

from data.parameters.rules import is_number
from pipelines.running.matrices import Handle


def beyond_arrays(arguments: tuple[Any, ...]) -> int:
    """Return the bytes of the largest matrix of a kernel, which grows with the square of the rows.

    Parameters
    ----------
    arguments : tuple
        Those of a task. Its first array holds the rows to learn from, and candidates are pairs of
        values and a classifier.

    Returns
    -------
    int
        0 where no candidate has a kernel of ours.
    """
    arrays = (each for each in arguments if isinstance(each, Handle))
    shape = next((each.shape for each in arrays), ())
    if len(shape) < 2:
        return 0
    n_views = shape[1] if len(shape) > 2 else 1
    given = shape[0] * n_views, shape[-1], n_views
    return max((bytes_of_kernel(kernel, *given) for kernel in _kernels(arguments)), default=0)


def bytes_of_kernel(classifier: Any, n: int, d: int, n_views: int = 1) -> int:
    """Return the bytes of the rows and of the matrices of a `KernelClassifier`'s fit, at the peak.

    Parameters
    ----------
    classifier : KernelClassifier
        A parameter that a fit refuses counts as none.
    n, d : int
        Rows and columns that it is given.
    n_views : int, default 1
        So many rows in a row are views of one image.
    """
    from models.kernels.memory import needed_bytes

    names = ("draw_views", "whiten", "n_landmarks")
    draw_views, whiten, n_landmarks = (given_count(getattr(classifier, name)) for name in names)
    seen = n // n_views * min(draw_views or n_views, n_views)
    landmarks = None if n_landmarks is None or n_landmarks >= seen else n_landmarks
    return needed_bytes(seen, whiten or d, 4, landmarks)


def given_count(value: Any) -> int | None:
    """Return a count that is given; None for none, and for what a fit refuses."""
    return int(value) if is_number(value, Integral) and value > 0 else None


def _kernels(arguments: tuple[Any, ...]) -> Iterator[Any]:
    """Yield the kernels among candidates, alone or inside of another classifier."""
    for candidates in arguments:
        if not isinstance(candidates, list | tuple):
            continue
        for each in candidates:
            if isinstance(each, tuple) and len(each) == 2 and hasattr(each[1], "get_params"):
                from models import KernelClassifier

                parts = (each[1], *each[1].get_params(deep=True).values())
                yield from (part for part in parts if isinstance(part, KernelClassifier))
