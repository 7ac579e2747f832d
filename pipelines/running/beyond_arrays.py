"""What a task holds in memory beside the arrays that it reads."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

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
    return max((_needed(kernel, shape) for kernel in _kernels(arguments)), default=0)


def _needed(kernel: Any, shape: tuple[int, ...]) -> int:
    from models.kernels.memory import needed_bytes

    n_views = shape[1] if len(shape) > 2 else 1
    try:
        n = shape[0] * min(kernel.draw_views or n_views, n_views)
        return needed_bytes(n, kernel.whiten or shape[-1], 4, kernel.n_landmarks)
    except TypeError:  # The fit says which parameter is wrong.
        return 0


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
