"""Scores: the same whether a thread takes rows of its own or all share each product."""

from __future__ import annotations

import joblib
import numpy as np
import pytest

from tests.models.units import deep


@pytest.mark.parametrize("n_threads", [2, 3])
def test_rows_of_their_own_change_no_bit(n_threads: int, monkeypatch: pytest.MonkeyPatch) -> None:
    network = deep()
    x = np.random.default_rng(0).standard_normal((50, 6))
    expected = np.concatenate([network.forward(x[i : i + 10]).copy() for i in range(0, 50, 10)])
    monkeypatch.setattr(joblib, "cpu_count", lambda: n_threads)
    np.testing.assert_array_equal(network.scores(x, 10), expected)
    np.testing.assert_array_equal(network.scores(x[:40], 10), expected[:40])


def test_a_twin_has_the_parameters_and_memory_of_its_own() -> None:
    network = deep()
    twin = network.twin()
    assert [
        each.value is other.value
        for each, other in zip(network.parameters(), twin.parameters(), strict=True)
    ] == [True] * len(list(network.parameters()))
    x = np.random.default_rng(0).standard_normal((2, 3, 6))
    first = network.forward(x[0])
    held = first.copy()
    twin.forward(x[1])
    np.testing.assert_array_equal(first, held)


@pytest.mark.parametrize("n", [1, 2, 3, 5])
def test_scores_of_few_rows_are_written_whole(n: int) -> None:
    network = deep()
    x = np.random.default_rng(0).standard_normal((n, 6))
    expected = np.concatenate([network.forward(x[i : i + 1]).copy() for i in range(n)])
    np.testing.assert_array_equal(network.scores(x, rows=1), expected)
