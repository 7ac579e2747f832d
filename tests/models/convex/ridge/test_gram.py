"""Sums that were made in parts, by whomever, give the fit of one process, bit for bit."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from models import LinearClassifier
from models.convex.ridge import gram, scaled_rows
from models.convex.ridge.gram import Sums, gram_parts, moments_of, parts_bytes, sum_part
from models.samples.held_out import held_out_mask
from models.tiles import tiled_matrix

rng = np.random.default_rng(0)
X = (np.cumsum(rng.standard_normal((700, 90)), axis=1) / 10 + 3).astype(np.float32)
Y = rng.integers(0, 5, 700)
HELD_OUT = np.sort(rng.permutation(700)[:140])


@pytest.fixture(autouse=True)
def _small(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (gram, scaled_rows, tiled_matrix):
        monkeypatch.setattr(module, "SIDE", 32)
    monkeypatch.setattr(gram, "GROUP", 64 * 4)


def summed(net: Any, n_tasks: int, held_out: Any) -> Sums:
    mask = None if held_out is None else held_out_mask(held_out, len(X))
    n_held_out = 0 if held_out is None else len(held_out)
    moments = moments_of(net, X, Y)
    parts = gram_parts(len(X), n_held_out, X.shape[1], n_tasks)
    assert len(parts) >= min(n_tasks, 3)
    return Sums(*moments, [(p, sum_part(net, X, Y, moments, mask, p)) for p in reversed(parts)])


@pytest.mark.parametrize("n_tasks", [2, 40])
@pytest.mark.parametrize(
    ("alpha", "class_weight"), [([0.01, 1.0], None), ([0.1, 0.3], "balanced"), (0.1, {0: 3.0})]
)
def test_parts_give_the_fit_of_one_process(n_tasks: int, alpha: Any, class_weight: Any) -> None:
    net = LinearClassifier(
        loss="squared", alpha=alpha, standardize=n_tasks != 2, class_weight=class_weight
    )
    held_out = HELD_OUT if isinstance(alpha, list) else None
    expected = net.fit(X, Y, held_out=held_out)
    want = expected.coef_.copy(), expected.intercept_.copy(), expected.loss_, expected.alpha_
    found = net.fit_summed(X, Y, summed(net, n_tasks, held_out), held_out)
    for one, other in zip(
        want, (found.coef_, found.intercept_, found.loss_, found.alpha_), strict=True
    ):
        np.testing.assert_array_equal(one, other)


def test_what_the_parts_take_is_known_before() -> None:
    for held_out, n_held_out in ((None, 0), (HELD_OUT, len(HELD_OUT))):
        sums = summed(LinearClassifier(loss="squared"), 3, held_out)
        n_bytes = sum(values.nbytes for _, values in sums.parts)
        assert parts_bytes(len(X), n_held_out, X.shape[1]) == n_bytes


def test_the_sums_are_what_is_solved() -> None:
    net = LinearClassifier(loss="squared", alpha=0.1)
    sums = summed(net, 3, None)
    other = replace(sums, parts=[(part, 2 * values) for part, values in sums.parts])
    net.fit_summed(X, Y, sums)
    weights = net.coef_.copy()
    assert not np.array_equal(net.fit_summed(X, Y, other).coef_, weights)
    assert not hasattr(LinearClassifier(), "fit_summed")


def test_every_tile_of_every_group_is_in_one_part() -> None:
    for n_tasks in (1, 3, 100):
        parts = gram_parts(700, 300, 90, n_tasks)
        found = [(part.is_held_out, part.first, tile) for part in parts for tile in part.tiles]
        groups = [(False, 0), (False, 256), (False, 512), (True, 0), (True, 256)]
        tiles = [(0, 0), (1, 0), (1, 1), (2, 0), (2, 1), (2, 2)]
        assert sorted(found) == sorted((*group, tile) for group in groups for tile in tiles)
