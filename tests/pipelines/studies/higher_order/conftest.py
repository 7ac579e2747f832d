"""A small run that the tests share."""

from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies.higher_order import experiment as study


@pytest.fixture(scope="session")
def result(tiny: Dataset) -> study.CurvatureForLess:
    return study.run(tiny, size=0.1)
