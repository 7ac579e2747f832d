"""How much memory a kernel's matrix takes, and an error before any work if there is not so much."""

from __future__ import annotations

from data.system.memory import memory_limit
from models.errors import ModelError
from models.kernels.matrix import is_kept, is_large
from models.kernels.through_landmarks import N_LANDMARKS
from models.kernels.tiles import DOUBLE

_SUGGESTED = 8192


def check_memory(n: int, d: int, itemsize: int, n_landmarks: int | None) -> None:
    """Raise ModelError if the matrices of a fit cannot be held.

    Parameters
    ----------
    n, d : int
        Samples and columns that the kernel sees.
    itemsize : int
        Bytes of a number.
    n_landmarks : int or None
        How many landmarks there are; None for a row of the matrix for each sample.
    """
    limit, wanted = memory_limit(), needed_bytes(n, d, itemsize, n_landmarks)
    if wanted <= limit.left:
        return
    of = "samples" if n_landmarks is None else f"samples with {n_landmarks:,} landmarks"
    fewer = needed_bytes(n, d, itemsize, min(_SUGGESTED, n))
    if n_landmarks is None and fewer <= limit.left:
        way_out = f"n_landmarks={_SUGGESTED} takes {_gb(fewer)}"
    else:
        way_out = "take fewer n_landmarks, or whiten to fewer columns"
    raise ModelError(
        f"a kernel of {n:,} {of} takes {_gb(wanted)} of memory, and {limit.what} leaves "
        f"{_gb(limit.left)}; {way_out}"
    )


def needed_bytes(n: int, d: int, itemsize: int, n_landmarks: int | None) -> int:
    """Return the bytes of the rows and of the matrices of a fit, at the peak.

    Examples
    --------
    >>> needed_bytes(40_000, 3_000, 4, None), needed_bytes(80_000, 3_000, 4, 8_192)
    (7360000000, 2555174912)
    >>> needed_bytes(80_000, 2_000, 4, None)  # 12.8 GB of them are the matrix
    15524937728
    """
    # Those that are chosen by are a copy.
    rows = 2 * n * d * itemsize
    if n_landmarks is None:
        in_a_matrix = 8 if n <= DOUBLE else itemsize
        matrix = n * n * in_a_matrix // 2
        if is_large(n, in_a_matrix):
            # The coordinates of all rows, and half of a matrix in float64 with its copy.
            return rows + matrix + N_LANDMARKS * (n * itemsize + N_LANDMARKS * 8)
        return rows + (2 * matrix if is_kept(n, in_a_matrix) else matrix)
    # Half of K, half of its copy or of the sums, half of a copy of these.
    return rows + n_landmarks * (3 * n_landmarks // 2 + 4096 + d) * itemsize


def _gb(n_bytes: int) -> str:
    return f"{n_bytes / 1e9:.1f} GB"
