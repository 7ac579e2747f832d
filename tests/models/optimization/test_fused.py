"""The compiled update where its machine code cannot be kept."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data.system import machine_code
from models.optimization import fused


def test_without_a_place_to_keep_it_it_is_compiled_each_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tried = []

    def refused(*given: Any) -> Any:
        tried.append(given)
        raise RuntimeError("cannot cache function: no locator available")

    monkeypatch.setattr(machine_code, "_place_of", refused)
    kernel = fused._kernel.__wrapped__(np.dtype(np.float32))
    assert len(tried) == 1
    theta, gradient, mean, square = np.ones((4, 5), np.float32)
    figures = [np.float32(figure) for figure in (0.5, 0.5, 0.0, 1.0, 2.0)]
    expected = [each.copy() for each in (theta, gradient, mean, square)]
    assert kernel(theta, gradient, mean, square, *figures) == 5
    assert fused.step(*expected, *figures) == 5
    for given, by_hand in zip((theta, mean, square), (expected[0], *expected[2:]), strict=True):
        np.testing.assert_array_equal(given, by_hand)
