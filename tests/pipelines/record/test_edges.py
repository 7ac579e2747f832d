from __future__ import annotations

from typing import Any

import pytest

from pipelines.record.edges import edges_of
from pipelines.record.report import Cell

SPEC: dict[str, Any] = {
    "features": {
        "words": {"extractor": "BagOfVisualWords", "choose": {"n_words": [10, 20, 30]}},
        "both": {"union": ["words", "raw"]},
    },
    "models": {
        "linear": {
            "classifier": "LinearClassifier",
            "choose": {"alpha": [0.3, 0.03, 3.0], "loss": ["softmax", "hinge"]},
            "on": {"raw": {"alpha": 1.0}},
        },
        "auto": {"classifier": "LinearSVC", "C": "auto", "choose": {"dual": [True, False]}},
        "stack": {"classifier": "StackingClassifier", "estimators": ["linear", "auto"]},
    },
}


def lines(chosen: dict[str, Any], row: str = "words", model: str = "linear") -> list[str]:
    common: dict[str, Any] = {"status": "done", "seeds": (0,), "n_test": 9}
    return edges_of(Cell(features=row, model=model, chosen=(chosen, chosen), **common), SPEC)


@pytest.mark.parametrize(
    ("chosen", "row", "model", "says"),
    [
        ({"alpha": 0.03}, "words", "linear", ["alpha = 0.03 is the smallest of its grid"]),
        ({"alpha": 3.0}, "words", "linear", ["alpha = 3.0 is the largest of its grid"]),
        ({"alpha": 0.3}, "words", "linear", []),
        ({"alpha": 0.03}, "raw", "linear", []),
        ({"loss": "hinge"}, "words", "linear", []),
        ({"dual": True}, "words", "auto", []),
        ({"C": 1e-6}, "words", "auto", ["C = 1e-06 is the smallest that is searched"]),
        ({"C": 1.0}, "words", "auto", []),
        ({"words.n_words": 30}, "both", "auto", ["words.n_words = 30 is the largest of its grid"]),
        ({"words.n_words": 20}, "both", "auto", []),
        ({"linear.alpha": 3.0, "auto.C": 10.0}, "raw", "stack", []),
        (
            {"linear.alpha": 3.0},
            "words",
            "stack",
            ["linear.alpha = 3.0 is the largest of its grid"],
        ),
    ],
)
def test_only_numbers_at_the_edge_are_told(
    chosen: dict[str, Any], row: str, model: str, says: list[str]
) -> None:
    assert lines(chosen, row, model) == says


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"models": 3, "features": []},
        {"models": {"linear": {"choose": {"alpha": 0.03}}}},
        {"models": {"linear": {"choose": {"alpha": [0.03, "x", None]}, "on": 7}}},
        {"models": {"linear": [], "": {}}},
        {"models": {"linear": {"choose": [1]}}},
    ],
)
def test_a_spec_from_outside_may_hold_anything(spec: dict[str, Any]) -> None:
    common: dict[str, Any] = {"status": "done", "seeds": (0,), "n_test": 9}
    chosen = ({"alpha": 0.03, "linear.alpha": [], ".": {}, "": None, "a.": float(2**60)},)
    cell = Cell(features="raw", model="linear", chosen=chosen, **common)
    assert edges_of(cell, spec) == []


def test_a_name_that_can_be_cut_in_very_many_ways_takes_no_time() -> None:
    """Names of parts with dots in them: 40 of them cut one name in 2³⁹ ways."""
    parts = {".".join("a" * n): {"choose": {"a": [1, 2]}} for n in range(1, 41)}
    chosen = ({".".join("a" * 41): 2},)
    cell = Cell(features="f", model="m", status="done", seeds=(0,), n_test=9, chosen=chosen)
    assert edges_of(cell, {"models": parts}) == [
        f"{'.'.join('a' * 41)} = 2 is the largest of its grid"
    ]
