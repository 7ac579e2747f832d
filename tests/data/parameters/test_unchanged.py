"""Parameters are the same if they mean the same, also where a file has made them anew."""

from __future__ import annotations

import pickle
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from data import DataError, ParameterError
from data.parameters.unchanged import check_same, copied


class Anything:
    """An object that is equal to itself alone."""


def one() -> None:
    """A function."""


def another() -> None:
    """A function, too."""


@pytest.mark.parametrize(
    "value",
    [None, 3, "rbf", (3, [4]), np.arange(3), Anything(), np.random.default_rng(0), one, Anything],
    ids=lambda value: type(value).__name__,
)
def test_what_a_file_gives_back_is_the_same(value: Any) -> None:
    check_same("HOG", {"it": value}, {"it": pickle.loads(pickle.dumps(value)), "more": 1})


@pytest.mark.parametrize(
    ("before", "now"),
    [
        (3, 4),
        ((3, 4), (3,)),
        (np.arange(3), np.arange(4)),
        (Anything(), None),
        (one, another),
        ([one], [another]),
        (Anything, type("Anything", (), {})),
    ],
    ids=lambda value: type(value).__name__,
)
def test_another_value_is_refused(before: Any, now: Any) -> None:
    with pytest.raises(ParameterError, match=r"it was .* when HOG was fitted and is .*; fit again"):
        check_same("HOG", {"it": before}, {"it": now})


def test_a_change_in_place_is_seen() -> None:
    given: dict[str, Any] = {"it": ({"share": 0.4}, [np.zeros(2)])}
    before = {name: copied(value) for name, value in given.items()}
    check_same("HOG", before, given)
    changes: list[Callable[[Any], None]]
    changes = [lambda it: it[0].update(share=0.5), lambda it: it[1][0].fill(1)]
    for change in changes:
        given = {"it": copied(before["it"])}
        change(given["it"])
        with pytest.raises(ParameterError, match="fit again"):
            check_same("HOG", before, given)


def test_the_error_is_that_of_the_caller() -> None:
    with pytest.raises(DataError, match="it was 1 when Kernel was fitted and is 2 now; fit again"):
        check_same("Kernel", {"it": 1}, {"it": 2}, DataError)
