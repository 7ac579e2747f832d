"""A small run that the tests share."""

from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies.activations import experiment as study


@pytest.fixture(scope="session")
def result(tiny: Dataset) -> study.Activations:
    return study.run(tiny, size=0.1)
