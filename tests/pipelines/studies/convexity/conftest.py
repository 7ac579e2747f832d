"""A small run that the tests share."""

from __future__ import annotations

import pytest

from data import Dataset, load_dataset
from pipelines.studies.convexity import experiment as study


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return load_dataset()


@pytest.fixture(scope="session")
def result(dataset: Dataset) -> study.Valleys:
    return study.run(dataset, size=0.1)
