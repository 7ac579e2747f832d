"""Small runs that the tests share: one that folds, and one that does not."""

import pytest

from data import Dataset
from pipelines.studies.space_warping.experiment import Warping, run


@pytest.fixture(scope="session")
def small(tiny: Dataset) -> Warping:
    return run(tiny, size=0.1)


@pytest.fixture(scope="session")
def flat(tiny: Dataset) -> Warping:
    return run(tiny, size=0.1, folds=False)
