"""What is said of seeds, of validation images, and the command."""

from __future__ import annotations

import shlex

import pytest

from pipelines.record.comparing.standings import Standings
from pipelines.record.report import Report
from pipelines.reporting.texts.words import covered, how_chosen, not_validated, reproduce_command


def test_what_is_covered_follows_the_number_of_seeds() -> None:
    for n_seeds, of in ((1, "runs"), (2, "runs"), (4, "runs"), (5, "methods"), (10, "methods")):
        assert f"They speak of these {of}" in covered(n_seeds)
        assert "other training images" in covered(n_seeds)


def test_a_validation_part_is_chosen_by_and_then_learned_from(report: Report) -> None:
    first = report.cells[0].model_copy(update={"validation_accuracy": ()})
    dataset = report.dataset.model_copy(update={"n_validation": None})
    without = report.model_copy(update={"dataset": dataset, "cells": (first,)})
    dataset = report.dataset.model_copy(update={"n_validation": 500})
    with_it = without.model_copy(update={"dataset": dataset})
    both = "training and validation images together"
    assert "chosen on a part of the training images" in how_chosen(without)
    assert not_validated(Standings(without)).endswith("once, on all training images.")
    assert f"chosen on the validation images; what was chosen is fitted again on {both}" in (
        how_chosen(with_it)
    )
    assert not_validated(Standings(with_it)).endswith(f"once, on {both}.")
    assert not_validated(Standings(report)) == ""


@pytest.mark.parametrize(
    ("data", "arguments"),
    [
        ("builtin", []),
        ("cifar10", []),
        ("photos", ["--data", "photos"]),
        ("./cifar10", ["--data", "./cifar10"]),
        ("/data/my images", ["--data", "/data/my images"]),
        ("x; rm -rf ~", ["--data", "x; rm -rf ~"]),
        (3, ["--data", "3"]),
    ],
)
def test_reproduce_command_is_one_safe_line(
    report: Report, data: object, arguments: list[str]
) -> None:
    command = reproduce_command(report.model_copy(update={"spec": {"data": data}}))
    assert shlex.split(command) == ["preconv", "reproduce", "report.json", *arguments]


def test_reproduce_command_asks_for_code_of_ones_own(report: Report) -> None:
    imported = {"environment": {**report.environment, "code of Mine": "0" * 64}}
    command = reproduce_command(report.model_copy(update=imported))
    assert command.endswith(" --import FILE.py")
    own = {"features": {'a"b': "Mine()"}, "models": {"net": "Net()"}}
    given = report.model_copy(update={"spec": {"data": "photos", "own": own}})
    assert reproduce_command(given) == (
        "pipelines.reproduce('report.json', 'photos', extractors={'a\"b': ...}, "
        "classifiers={'net': ...})"
    )
