"""A small report makes no large page: names, tables and times have bounds when it is read."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from data import Dataset
from data.names import LONGEST_NAME
from pipelines.errors import ReportError
from pipelines.record.report import Report


def one_for_each(content: Any, n: int) -> None:
    cell = {"status": "pending", "seeds": [0], "n_test": 1}
    content["cells"] = [{**cell, "features": f"f{i}", "model": f"m{i}"} for i in range(n)]


def nested(key: str, depth: int, n: int) -> dict[str, Any]:
    inside: dict[str, Any] = {f"{i}": 0 for i in range(n)}
    for _ in range(depth):
        inside = {key: inside}
    return inside


@pytest.mark.parametrize(
    ("edit", "said"),
    [
        (lambda c: c["cells"][3].update(features="a/b"), r"cells\.3\.features: a name is letters"),
        (lambda c: c["cells"][3].update(model="m" * 65), r"cells\.3\.model: a name is letters"),
        (lambda c: one_for_each(c, 101), "cells: 101 features with 101 models are 10,201 cells"),
        (lambda c: c["cells"][0].update(seeds=[*range(1001)]), r"cells\.0\.seeds: at most 1,000"),
        (
            lambda c: c["cells"][0].update(chosen=[{f"p{i}": 1} for i in range(400)]),
            r"cells\.0\.chosen: at most 100,000 values, got 160,000",
        ),
        (lambda c: c.update(title="t" * 1001), "title: must be at most 1,000 characters"),
        (
            lambda c: c["dataset"]["class_names"].append("c" * 1001),
            r"dataset\.class_names\.10: must be at most 1,000",
        ),
        (lambda c: c["spec"].update(nested("k" * 9000, 2, 2000)), "spec: its keys are too many"),
        (lambda c: c.update(environment=nested("k" * 3000, 9, 900)), "environment: its keys are"),
        (
            lambda c: c["spec"].update({"k" * 20_000: [[{"a": 1}] * 1000]}),
            "spec: its keys are too many",
        ),
        (
            lambda c: c["measurements"]["cells"][0].update(fit_s=1e308),
            "measurements: a time must be",
        ),
        (
            lambda c: c["measurements"]["features"][0].update(fit_s=1e-320),
            "measurements: a time must be",
        ),
    ],
)
def test_what_no_run_writes_is_refused(
    report: Report, edit: Callable[[Any], object], said: str
) -> None:
    content = json.loads(report.to_json())
    Report.parse(content, "it")
    edit(content)
    with pytest.raises(ReportError, match=f"^it: {said}"):
        Report.parse(content, "it")


def test_what_a_run_can_write_is_read(report: Report) -> None:
    content = json.loads(report.to_json())
    one_for_each(content, 100)
    content["spec"]["models"] = {
        f"m{i}": {"on": {f"{k}": {"alpha": 1.0} for k in range(200)}} for i in range(200)
    }
    assert len(Report.parse(content, "it").cells) == 100


def test_the_longest_names_of_a_dataset_are_read(report: Report) -> None:
    images, labels = np.zeros((2, 1, 1, 1), np.uint8), np.array([0, 1])
    long = "n" * LONGEST_NAME
    names = ("c" * LONGEST_NAME, "d" * LONGEST_NAME)
    dataset = Dataset(long, images, labels, images, labels, names)
    content = json.loads(report.to_json())
    content["title"] = content["dataset"]["name"] = dataset.name
    content["dataset"]["class_names"][:2] = dataset.class_names
    assert Report.parse(content, "it").title == long
