from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from features.words.encodings import ENCODERS
from features.words.learning.whitening import Whitening

Vector = npt.NDArray[np.float64]


def distances(z: Vector, words: Vector) -> list[float]:
    return [math.sqrt(sum((a - b) ** 2 for a, b in zip(z, w, strict=True))) for w in words]


def projections(z: Vector, words: Vector) -> list[float]:
    return [float(z @ w) / math.sqrt(float(w @ w)) for w in words]


def hard(z: Vector, words: Vector) -> list[float]:
    d = distances(z, words)
    return [float(k == d.index(min(d))) for k in range(len(d))]


def soft(z: Vector, words: Vector) -> list[float]:
    terms = [math.exp(-(d**2) / (2 * 1.5**2)) for d in distances(z, words)]
    return [term / sum(terms) for term in terms]


def triangle(z: Vector, words: Vector) -> list[float]:
    d = distances(z, words)
    return [max(0.0, sum(d) / len(d) - each) for each in d]


def two_sided(z: Vector, words: Vector) -> list[float]:
    v = projections(z, words)
    return [max(0.0, each - 0.3) for each in v] + [max(0.0, -each - 0.3) for each in v]


def nearest(z: Vector, words: Vector) -> list[float]:
    v = projections(z, words)
    ranks = sorted(range(len(v)), key=lambda k: v[k])
    n_marked = round(0.2 * len(v))
    above, below = ranks[-n_marked:], ranks[:n_marked]
    return [float(k in above) for k in range(len(v))] + [float(k in below) for k in range(len(v))]


LITERAL: dict[str, tuple[Callable[[Vector, Vector], list[float]], dict[str, Any]]] = {
    "hard": (hard, {}),
    "soft": (soft, {"bandwidth": 1.5}),
    "triangle": (triangle, {}),
    "two-sided": (two_sided, {"threshold": 0.3}),
    "nearest": (nearest, {"share": 0.2}),
}


def test_every_encoding_has_a_literal_reference() -> None:
    assert set(LITERAL) == set(ENCODERS)


@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("name", list(LITERAL))
def test_codes_equal_the_literal_formulas(name: str, whiten: bool) -> None:
    literal, options = LITERAL[name]
    rng = np.random.default_rng(0)
    vectors = rng.normal(size=(50, 6)).astype(np.float32)
    words = rng.normal(size=(15, 6)).astype(np.float32)
    whitening = None
    z = vectors.astype(np.float64)
    if whiten:
        whitening = Whitening(
            rng.normal(size=6).astype(np.float32), rng.normal(size=(6, 6)).astype(np.float32)
        )
        z = (z - whitening.mean) @ whitening.matrix.astype(np.float64)
    encoder = ENCODERS[name](words, whitening=whitening, **options)
    expected = np.array([literal(each, words.astype(np.float64)) for each in z])
    assert encoder.n_codes == expected.shape[1] == 15 * len(encoder.signs)
    np.testing.assert_allclose(encoder.codes(vectors), expected, atol=2e-5)
    spans = [(0, 20), (20, 21), (30, 50)]
    sums = np.stack([expected[first:last].sum(axis=0) for first, last in spans])
    np.testing.assert_allclose(encoder.sums(vectors, spans), sums, atol=4e-4)


@pytest.mark.parametrize("name", list(ENCODERS))
def test_a_word_of_nothing_and_a_descriptor_on_a_word_are_finite(name: str) -> None:
    words = np.array([[0, 0, 0], [1, 2, 2], [300, -5, 1]], dtype=np.float32)
    encoder = ENCODERS[name](words)
    assert np.isfinite(encoder.codes(words)).all()
    assert np.isfinite(encoder.sums(words, [(0, 3)])).all()


def test_soft_codes_survive_descriptors_far_from_every_word() -> None:
    words = np.array([[0.0], [1.0]], dtype=np.float32)
    codes = ENCODERS["soft"](words).codes(np.array([[1000.0]], dtype=np.float32))
    np.testing.assert_allclose(codes.sum(axis=1), 1)


def test_codes_of_equal_sides_swap_with_the_sign() -> None:
    rng = np.random.default_rng(0)
    words, vectors = rng.normal(size=(2, 8, 5)).astype(np.float32)
    for name in ("two-sided", "nearest"):
        codes = ENCODERS[name](words).codes(vectors)
        np.testing.assert_array_equal(
            ENCODERS[name](words).codes(-vectors), np.roll(codes, 8, axis=1)
        )


@pytest.mark.parametrize("n_values", [1, 2, 4, 108])
@pytest.mark.parametrize("whiten", [False, True])
@pytest.mark.parametrize("encoding", ENCODERS)
def test_descriptors_of_another_length_never_reach_a_compiled_loop(
    encoding: str, whiten: bool, n_values: int
) -> None:
    words, vectors = np.eye(3, dtype=np.float32), np.zeros((30, n_values), np.float32)
    whitening = Whitening(np.zeros(5, np.float32), np.ones((5, 3), np.float32)) if whiten else None
    encoder = ENCODERS[encoding](words, whitening=whitening)
    for ask in (encoder.codes, lambda rows: encoder.sums(rows, [(0, 3)])):
        with pytest.raises(ValueError, match=rf"rows of {5 if whiten else 3} values, got an array"):
            ask(vectors)
    other = Whitening(np.zeros(5, np.float32), np.ones((5, 4), np.float32))
    with pytest.raises(ValueError, match="words have 3 values, but whitening leaves 4"):
        ENCODERS[encoding](words, whitening=other)


@pytest.mark.parametrize("encoding", ["triangle", "two-sided"])
@pytest.mark.parametrize("span", [(0, 6), (-1, 3), (10**9, 10**9 + 1)])
def test_spans_beyond_the_rows_never_reach_a_compiled_loop(
    encoding: str, span: tuple[int, int]
) -> None:
    encoder = ENCODERS[encoding](np.eye(3, dtype=np.float32))
    with pytest.raises(ValueError, match="spans must be within the 5 rows"):
        encoder.sums(np.zeros((5, 3), np.float32), [span])
