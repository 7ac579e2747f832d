"""Images, and a small run, that the tests share."""

from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies.what_features_see.experiment import (
    WhatFeaturesSee,
    run,
)
from tests.pipelines.studies.beginning import beginning


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return beginning(n_train=1000, n_test=500)


@pytest.fixture(scope="session")
def seen(dataset: Dataset) -> WhatFeaturesSee:
    return run(dataset, size=0.1)
