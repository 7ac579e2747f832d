"""Products in tiles: NumPy's values, and the same bits whatever the threads."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import joblib
import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from threadpoolctl import threadpool_info, threadpool_limits

from data.system.threads import crew
from models.layers import products
from models.layers.layer import Array
from models.layers.products import matrix_product, shared_products, spans

SHAPES = [(1, 3, 2), (40, 90, 70), (300, 50, 280), (0, 40, 40)]


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {
        "ROWS": 32,
        "COLUMNS": (16, 48),
        "TERMS": 32,
        "SHARED_FROM": 100,
        "SUMMED_FROM": 100,
    }.items():
        monkeypatch.setattr(products, name, value)


def factors(shape: tuple[int, int, int], turned: bool) -> tuple[Array, Array, Array]:
    n, k, m = shape
    rng = np.random.default_rng(n)
    a, shift = rng.standard_normal((n, k), np.float32), rng.standard_normal(m, np.float32)
    b = rng.standard_normal((m, k), np.float32).T if turned else rng.random((k, m), np.float32)
    return a, b, shift


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_tiles_give_the_product(shape: tuple[int, int, int], turned: bool) -> None:
    a, b, shift = factors(shape, turned)
    out = np.full((len(a), len(shift)), np.nan, np.float32)
    assert matrix_product(a, b, out, shift) is out
    assert_allclose(out, a.astype(np.float64) @ b + shift, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("turned", [False, True])
@pytest.mark.parametrize("shape", SHAPES)
def test_threads_change_no_bit(
    shape: tuple[int, int, int], turned: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    a, b, _ = factors(shape, turned)
    alone = matrix_product(a, b, np.empty((len(a), b.shape[1]), np.float32))
    for n_threads in (1, 2, 4, 16):
        monkeypatch.setattr(joblib, "cpu_count", lambda n=n_threads: n)
        with threadpool_limits(n_threads, user_api="blas"), shared_products():
            shared = matrix_product(a, b, np.empty_like(alone))
        assert_array_equal(shared, alone)


def test_a_block_inside_a_block_adds_no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def counted(n: int) -> AbstractContextManager[Callable[..., None]]:
        asked.append(n)
        return crew(n)

    monkeypatch.setattr(products, "crew", counted)
    for _ in range(2):
        with shared_products():
            with shared_products():
                pass
            held = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
            assert held == {1}
    assert len(asked) == 2


@pytest.mark.parametrize("n", [0, 1, 16, 17, 255, 256, 257, 1000])
@pytest.mark.parametrize("longest", [16, 128, 200])
def test_spans_are_of_nearly_one_length(n: int, longest: int) -> None:
    parts = spans(n, longest)
    assert [i for part in parts for i in range(n)[part]] == list(range(n))
    assert all(part.stop - part.start <= -(-longest // 16) * 16 for part in parts)


@pytest.fixture(autouse=True)
def no_memory_of_other_tests() -> Iterator[None]:
    yield
    products._of_this_thread.__dict__.clear()
