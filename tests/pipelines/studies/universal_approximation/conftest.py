"""A small run that the tests share."""

import pytest

from data import Dataset
from pipelines.studies.universal_approximation.experiment import (
    Approximation,
    run,
)


@pytest.fixture(scope="session")
def small(tiny: Dataset) -> Approximation:
    return run(tiny, size=0.1)
