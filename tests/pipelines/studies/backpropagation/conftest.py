"""A small run that the tests share."""

from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies.backpropagation.experiment import Backpropagation, run


@pytest.fixture(scope="session")
def found(tiny: Dataset) -> Backpropagation:
    return run(tiny, 0.1)
