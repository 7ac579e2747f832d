"""A small run that the tests share."""

import pytest

from data import load_dataset
from pipelines.studies.universal_approximation.experiment import (
    Approximation,
    run,
)


@pytest.fixture(scope="session")
def small() -> Approximation:
    return run(load_dataset(), size=0.1)
