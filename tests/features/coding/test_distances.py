from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from features.coding.distances import hard_sums, nearest, powers, soft_sums, triangle_sums
from features.extraction.compiled import compiled
from features.words.distances import LaidOut
from features.words.learning.whitening import Whitening

SPANS = np.array([[0, 3], [2, 27], [30, 31]])
RNG = np.random.default_rng(0)
WORDS = RNG.normal(size=(21, 5)).astype(np.float32)
VECTORS = np.concatenate([RNG.normal(size=(28, 5)), WORDS[:3]]).astype(np.float32)
WHITENING = Whitening(np.ones(5, np.float32), RNG.normal(size=(5, 5)).astype(np.float32))


@pytest.mark.parametrize("whitening", [None, WHITENING], ids=["plain", "whitened"])
@pytest.mark.parametrize(
    ("function", "options"),
    [
        (hard_sums, ()),
        (triangle_sums, ()),
        (soft_sums, (np.float32(0.7), np.float32(1e-3))),
        (soft_sums, (np.float32(0.7), np.float32(0))),
    ],
    ids=["hard", "triangle", "soft", "soft, all taken again"],
)
def test_machine_code_does_what_its_python_does(
    function: Callable[..., None], options: tuple[Any, ...], whitening: Whitening | None
) -> None:
    laid_out = LaidOut(WORDS, whitening)
    machine, python = np.ones((2, 3, 21), dtype=np.float32)
    for each, sums in ((compiled(function), machine), (function, python)):
        each(VECTORS, *laid_out.arrays, *options, SPANS, sums)
    np.testing.assert_allclose(machine, python, rtol=1e-5)
    assert (machine > 1).any()


def test_nearest_machine_code_does_what_its_python_does() -> None:
    laid_out = LaidOut(WORDS)
    found = []
    for function in (compiled(nearest), nearest):
        labels, squared = np.empty(31, np.int64), np.empty(31, np.float32)
        function(VECTORS, *laid_out.arrays, labels, squared)
        found.append((labels, squared))
    np.testing.assert_array_equal(found[0][0], found[1][0])
    np.testing.assert_array_equal(found[0][0][-3:], [0, 1, 2])
    np.testing.assert_allclose(found[0][1], found[1][1], rtol=1e-5)
    assert not found[0][1][-3:].any()


def test_powers_are_as_exact_as_they_are_said_to_be() -> None:
    products = np.arange(0, 200, 0.02, dtype=np.float32)
    exponents = -products.astype(np.float64) / 2
    words, z = np.zeros((len(products), 1), np.float32), np.zeros(1, np.float32)
    never = np.float32(1e9)
    total = powers(products, z, words, np.float32(1), never)
    wrong = np.abs(products / np.exp(exponents) - 1)[exponents > -87]
    assert (wrong < 3e-7 - 1e-7 * exponents[exponents > -87]).all()
    assert not products[exponents < -88].any()
    np.testing.assert_allclose(total, np.exp(exponents).sum(), rtol=1e-5)
