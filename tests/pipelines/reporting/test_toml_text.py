"""A spec written as TOML reads back as it was."""

from __future__ import annotations

import tomllib
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from pipelines.record.report import Report
from pipelines.reporting.toml_text import toml_text

text = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.booleans() | st.integers(-(2**63), 2**63 - 1) | st.floats(allow_nan=False) | text
values = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(text, inner, max_size=3),
    max_leaves=12,
)


@given(st.dictionaries(text, values, max_size=4))
def test_reads_back_as_it_was(spec: dict[str, Any]) -> None:
    assert tomllib.loads(toml_text(spec)) == spec


def test_real_spec_reads_back(report: Report) -> None:
    written = toml_text(report.spec)
    assert tomllib.loads(written) == report.spec
    assert '[features."hog+color"]' in written
    assert "choose = { alpha = [0.0001, 0.001, 0.01] }" in written


def test_none_is_left_out() -> None:
    assert toml_text({"a": None, "b": {"c": None, "d": [1, None]}}) == "[b]\nd = [1]"


def test_lone_surrogate_does_not_stop_it() -> None:
    assert tomllib.loads(toml_text({"a": "x\ud800"})) == {"a": "x?"}
