"""A spec written as TOML reads back as it was."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.record.report import Report
from pipelines.reporting.texts.spec_text import left_out, spec_text

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | text
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(text, values, max_size=4))
def test_reads_back_as_it_was(spec: dict[str, Any]) -> None:
    assert tomllib.loads(spec_text(spec)) == spec


def test_real_spec_reads_back(report: Report) -> None:
    written = spec_text(report.spec)
    assert tomllib.loads(written) == report.spec
    assert '[features."hog+color"]' in written
    assert "[models.linear.choose]\nalpha = [0.0001, 0.001, 0.01]" in written
    assert 'union = ["hog", "color"]' in written


def test_none_at_the_top_is_left_out() -> None:
    assert spec_text({"a": None, "b": {"d": [1]}}) == "[b]\nd = [1]"


def test_none_elsewhere_is_not_left_out_unsaid() -> None:
    spec = {"a": None, "b": {"c": None, "d": [1, None, None], "e": {"f": [[None]]}}}
    assert left_out(spec) == ["b.c", "b.d", "b.e.f"]
    comment, *rest = spec_text(spec).splitlines()
    assert comment == "# This is not all of the spec: TOML cannot say the None in b.c, b.d, b.e.f"
    assert "d = [1]" in rest


def test_a_name_adds_no_line_to_the_comment() -> None:
    spec = {"a": {'x\nseeds = [5] # "\x1b': None}}
    assert tomllib.loads(spec_text(spec)) == {"a": {}}


def test_long_list_takes_a_line_for_each_entry() -> None:
    written = spec_text({"short": list(range(10)), "long": list(range(100))})
    assert "short = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9]" in written
    assert "long = [\n    0,\n    1,\n" in written


def test_strings_in_a_list_stay_as_they_are() -> None:
    spec = {"a": ["one,  two", "  three"], "b": ["[", "]"]}
    assert tomllib.loads(spec_text(spec)) == spec
