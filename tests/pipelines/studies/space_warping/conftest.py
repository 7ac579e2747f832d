"""Small runs that the tests share: one that folds, and one that does not."""

import pytest

from data import load_dataset
from pipelines.studies.space_warping.experiment import Warping, run


@pytest.fixture(scope="session")
def small() -> Warping:
    return run(load_dataset(), size=0.1)


@pytest.fixture(scope="session")
def flat() -> Warping:
    return run(load_dataset(), size=0.1, folds=False)
