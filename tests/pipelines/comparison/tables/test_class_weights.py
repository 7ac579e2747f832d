from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from data import Dataset
from pipelines import Comparison, compare
from pipelines.comparison.plan import make_plan
from pipelines.comparison.tables.class_weights import of_labels
from pipelines.errors import SpecError
from tests.pipelines.own import Flat

NAMES = ("cat", "dog", "7", "0")


@pytest.mark.parametrize(
    ("table", "found"),
    [
        ({"cat": 1, "dog": 2.5}, {0: 1, 1: 2.5}),
        ({"1": 3.0, "cat": 1}, {1: 3.0, 0: 1}),
        ({"7": 2}, {2: 2}),
        ({"0": 2, "cat": 1}, {3: 2, 0: 1}),  # a name goes before a number
        ({2: 5}, {2: 5}),
        ({}, {}),
    ],
)
def test_names_become_labels(table: Any, found: dict[int, float]) -> None:
    given = {"alpha": 0.1, "class_weight": table}
    assert of_labels(given, NAMES) == {"alpha": 0.1, "class_weight": found}
    assert given["class_weight"] is table


@pytest.mark.parametrize("other", [{}, {"class_weight": "balanced"}, {"class_weight": None}])
def test_what_is_no_table_is_left_alone(other: dict[str, Any]) -> None:
    assert of_labels(other, NAMES) == other


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ({"zebra": 1}, "no class is called 'zebra'; the classes are cat, dog, 7, 0"),
        ({"4": 1}, "no class is called '4'"),
        ({"cat": -1}, "the weight of 'cat' must be a number from 0 up, got -1"),
        ({"cat": float("nan")}, "must be a number from 0 up, got nan"),
        ({"cat": True}, "must be a number from 0 up, got True"),
        ({"cat": "2"}, "must be a number from 0 up, got '2'"),
        ({"dog": 1, "1": 2}, "'dog' is named twice"),
    ],
)
def test_what_is_refused(table: Any, says: str) -> None:
    with pytest.raises(SpecError, match=says):
        of_labels({"class_weight": table}, NAMES)


def animals() -> Dataset:
    rng = np.random.default_rng(0)
    labels = np.repeat([0, 1], [30, 10])
    images = rng.integers(0, 200, (40, 4, 4, 3), dtype=np.uint8) + 10 * labels[:, None, None, None]
    images = images.astype(np.uint8)
    # Other images for testing: a little brighter each.
    return Dataset("animals", images, labels, images + 1, labels, ("cat", "dog"))


def spec_of(**model: Any) -> Comparison:
    table = {"classifier": "LinearClassifier", "alpha": 10.0, **model}
    raw = {"extractor": "RawPixels"}
    return Comparison.from_dict({"features": {"raw": raw}, "models": {"m": table}})


def test_a_comparison_weighs_classes_by_name() -> None:
    found = {}
    for table in ({"cat": 1.0, "dog": 9.0}, {"0": 1.0, "1": 9.0}, {"cat": 9.0, "dog": 1.0}):
        (cell,) = compare(spec_of(class_weight=table), dataset=animals(), cache=False).cells
        assert cell.status == "done"
        found[str(table)] = cell.predictions_sha256
    first, numbers, reverse = found.values()
    assert first == numbers != reverse


def test_tables_can_be_chosen_from_and_changed_for_a_row() -> None:
    tables = [{"cat": 1.0, "dog": 1.0}, {"cat": 1.0, "dog": 9.0}]
    report = compare(spec_of(choose={"class_weight": tables}), dataset=animals(), cache=False)
    assert report.cells[0].status == "done"
    plan = make_plan(spec_of(on={"raw": {"class_weight": tables[1]}})).for_classes(["cat", "dog"])
    assert plan.candidates(("raw", "m"), 0)[0][1].class_weight == {0: 1.0, 1: 9.0}


def test_a_class_that_there_is_not_ends_the_comparison_before_it_begins() -> None:
    with pytest.raises(SpecError, match=r"models\.m\.class_weight: no class is called 'zebra'"):
        compare(
            spec_of(class_weight={"zebra": 2.0}),
            dataset=animals(),
            extractors={"own": Flat()},
            cache=False,
        )
