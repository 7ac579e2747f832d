"""Rules: one dialect for all estimators, in which an error says what was given and what may be."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import numpy as np
import pytest

from data import DataError, ParameterError, PreconvError
from data.parameters.rules import (
    FLAG,
    LARGEST,
    SEED,
    all_of,
    check,
    either,
    is_several,
    made_by,
    number,
    one_count_of,
    one_of,
    optional,
    plain,
    several,
    whole,
)


def test_limits_are_in_or_out() -> None:
    assert number(0).holds(0)
    assert not number(0, open_low=True).holds(0)
    assert not number(0, 1).holds(1)
    assert number(0, 1, closed_high=True).holds(1)
    assert not number(0).holds(-1e-9)
    assert not any(number(0).holds(value) for value in (None, "1", 1j, True, np.nan, np.inf))
    assert not any(whole(0).holds(value) for value in (-1, 0.5, False, "1", None))
    assert not any(FLAG.holds(value) for value in (0, "true", None))


def test_rules_made_of_rules() -> None:
    rule = optional(either(whole(1), several(whole(1), "several such", length=2)))
    assert all(rule.holds(value) for value in (None, 3, (1, 2), np.array([1, 2])))
    assert not any(rule.holds(value) for value in (0, (1,), (0, 1), "12", np.ones((1, 2), int)))
    assert rule.wanted() == "a whole number from 1 up, or several such, or None"
    names = {"a": 1}
    named = one_of(names)
    names["b"] = 2
    assert named.holds("b")
    with pytest.raises(ParameterError, match="x must be one of 'a', 'b', got 'c'"):
        check({"x": "c"}, {"x": named})


def test_no_number_is_larger_than_float32_holds() -> None:
    assert number(0).holds(LARGEST)
    assert not any(number(0).holds(value) for value in (1e39, 10**400, np.float64(1e300)))
    assert not number(1e-6, 1e6).holds(10**400)
    assert not whole(1).holds(2**63)
    assert whole(1).holds(2**63 - 1)
    assert SEED.holds(10**400)
    with pytest.raises(ParameterError, match=r"x must be .* got a number beyond 3\.4e\+38"):
        check({"x": 10**5000}, {"x": number(0)})


def test_texts_and_bytes_are_no_sequences() -> None:
    rule = several(whole(0), "several")
    assert not any(map(rule.holds, ("12", b"12", bytearray(2), memoryview(b"12"), {1: 2}, {1})))
    assert all(map(rule.holds, ([1, 2], (1, 2), range(2), np.arange(2), [np.uint8(1)])))
    assert not any(map(rule.holds, (np.array([1.0]), np.array([True]), [Decimal(1)])))


def test_counts_are_whole_and_within_limits() -> None:
    rule = whole(1, 256)
    assert all(map(rule.holds, (1, 256, np.uint8(255))))
    assert not any(map(rule.holds, (0, 257, 10**400, 2.0, True)))
    assert rule.wanted() == "a whole number from 1 to 256"
    few = one_count_of((1, 2, 10))
    assert few.wanted() == "1, 2 or 10"
    assert all(map(few.holds, (1, np.int8(10))))
    assert not any(map(few.holds, (3, 1.0, True, "1", None, [1])))


def test_what_is_checked_comes_back_as_plain_numbers() -> None:
    given: dict[str, Any] = {
        "count": np.uint8(200),
        "number": np.float16(0.5),
        "long": np.longdouble(0.25),
        "flag": np.True_,
        "text": np.str_("a"),
        "several": (np.int8(1), 2),
        "array": np.array([0.5, 1.0], np.float32),
        "other": None,
    }
    found = check(given, dict.fromkeys(given, made_by(object, "anything")))
    assert found == given | {"array": [0.5, 1.0]}
    kinds = {name: type(value) for name, value in found.items()}
    assert kinds == {
        "count": int,
        "number": float,
        "long": float,
        "flag": bool,
        "text": str,
        "several": tuple,
        "array": list,
        "other": type(None),
    }
    assert type(found["several"][0]) is int
    table = np.ones((2, 2))
    assert plain(table) is table


def test_errors_are_mendable_and_short() -> None:
    with pytest.raises(ParameterError, match="x must be") as caught:
        check({"x": "a" * 10**6}, {"x": whole(1)})
    assert isinstance(caught.value, PreconvError)
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 300
    with pytest.raises(DataError):
        check({"x": 0}, {"x": whole(1)}, DataError)


def test_one_value_or_several() -> None:
    assert all(map(is_several, ([1, 2], (1, 2), range(2), np.arange(2))))
    assert not any(map(is_several, (1, [1], (), "12", np.array(1), np.ones((2, 2)))))
    assert [all_of(each) for each in (1, "12")] == [[1], ["12"]]
    assert [all_of(each) for each in ((1, 2), np.arange(2))] == [[1, 2], [0, 1]]
