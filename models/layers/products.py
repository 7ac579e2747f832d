"""Matrix products in fixed tiles, so that any number of threads gives the same bits.

A float32 product that BLAS shares among threads differs in its last bits with their number. Here
BLAS has one thread, and what threads share are tiles, whose shapes follow from those of the
matrices alone.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import pairwise, product
from typing import Any, TypeVar

import numpy as np

from data.system.threads import crew, n_threads, one_blas_thread
from models.layers.layer import Array

Job = TypeVar("Job")

ROWS = 256
"""Rows of a tile of the product at most."""

COLUMNS = 128, 256
"""Columns of a tile at most: so many of a narrow product, so many of a wide one."""

TERMS = 512
"""Terms of a sum at most, where the rows are so few that the second factor is most of the work."""

FEW_ROWS = 128
"""Rows up to which sums are cut, and not columns: the second factor is then read in order."""

SUMMED_ROWS = 32
"""Rows of a sum that are added at a time, while they lie in the cache."""

SUMMED_FROM = 1 << 17
"""Values of a sum from which threads share it. To add fewer takes less than to wake a thread."""

SHARED_FROM = 1 << 23
"""Multiplications from which a product is cut. Fewer take some 0.2 ms, and to wake a thread takes
a quarter of that."""

_of_this_thread = threading.local()


@contextmanager
def shared_products() -> Iterator[None]:
    """Hold a thread for each core, which share the tiles of all products that this thread asks for.

    BLAS has one thread meanwhile. Inside another block of this thread, nothing is added to that.
    """
    if _run() is not None:
        yield
        return
    with crew(n_threads(None)) as run:
        _of_this_thread.run = run
        try:
            yield
        finally:
            _of_this_thread.run = None


@contextmanager
def products_unshared() -> Iterator[None]:
    """Leave the tiles of this thread's products to itself, for work that is shared as a whole."""
    run = _run()
    _of_this_thread.run = None
    try:
        with one_blas_thread():
            yield
    finally:
        _of_this_thread.run = run


def share(work: Callable[[Job], None], jobs: Iterable[Job]) -> None:
    """Call `work` on every job: on the threads of `shared_products`, or else one after the other.

    Parameters
    ----------
    work : callable
        What is called with each job. No job may depend on another.
    jobs : iterable
        The jobs.
    """
    run = _run()
    if run is not None:
        run(work, jobs)
        return
    with one_blas_thread():
        for job in jobs:
            work(job)


def matrix_product(a: Array, b: Array, out: Array, shift: Array | None = None) -> Array:
    """Write A B, or A B + s in every row, in tiles that threads share.

    Parameters
    ----------
    a : ndarray (n, k)
        The matrix A.
    b : ndarray (k, m)
        The matrix B.
    out : ndarray (n, m)
        The array to write to.
    shift : ndarray (m,) or None, default None
        The row s.

    Returns
    -------
    ndarray (n, m)
        The array that was written to.

    Examples
    --------
    >>> import numpy as np
    >>> matrix_product(np.ones((1, 2)), np.eye(2), np.empty((1, 2)), np.array([1.0, 2.0]))
    array([[2., 3.]])
    """
    n, m = out.shape
    if n * m * a.shape[1] < SHARED_FROM:
        np.matmul(a, b, out=out)
        if shift is not None:
            out += shift
    elif n <= FEW_ROWS and b.flags.c_contiguous:
        _sum_of_products(a, b, out, shift)
    else:
        narrow, wide = COLUMNS

        def multiply(tile: tuple[slice, slice]) -> None:
            rows, columns = tile
            np.matmul(a[rows], b[:, columns], out=out[rows, columns])
            if shift is not None:
                out[rows, columns] += shift[columns]

        share(multiply, product(spans(n, ROWS), spans(m, min(max(m // 4, narrow), wide))))
    return out


def _sum_of_products(a: Array, b: Array, out: Array, shift: Array | None) -> None:
    """Write A B as a sum of products, columns of A by rows of B, and add s."""
    terms = spans(len(b), TERMS)
    parts = [out, *_memory(len(terms) - 1, out)]

    def multiply(index: int) -> None:
        np.matmul(a[:, terms[index]], b[terms[index]], out=parts[index])

    def add(rows: slice) -> None:
        total = out[rows]
        for part in parts[1:]:
            total += part[rows]
        if shift is not None:
            total += shift

    share(multiply, range(len(terms)))
    if out.size < SUMMED_FROM:
        add(slice(None))
    else:
        share(add, spans(len(out), SUMMED_ROWS))


def _memory(n: int, like: Array) -> Array:
    """Return n arrays, which the next product of this thread may overwrite."""
    held: Array | None = getattr(_of_this_thread, "memory", None)
    size = n * like.size
    if held is None or held.dtype != like.dtype or held.size < size:
        held = _of_this_thread.memory = np.empty(size, like.dtype)
    return held[:size].reshape(n, *like.shape)


def spans(n: int, longest: int) -> list[slice]:
    """Return parts of n places of nearly the same length, in multiples of a vector register.

    Examples
    --------
    >>> spans(300, 128)
    [slice(0, 112, None), slice(112, 224, None), slice(224, 300, None)]
    """
    parts = max(-(-n // longest), 1)
    length = max(-(-n // (16 * parts)) * 16, 16)
    return [slice(first, last) for first, last in pairwise([*range(0, n, length), n])]


def _run() -> Any:
    return getattr(_of_this_thread, "run", None)
