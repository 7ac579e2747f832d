"""Images, and a small run, that the tests share."""

from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies.feature_or_layer.experiment import (
    FeatureOrLayer,
    run,
)
from tests.pipelines.studies.beginning import beginning


@pytest.fixture(scope="session")
def dataset() -> Dataset:
    return beginning(n_train=1000, n_test=1000)


@pytest.fixture(scope="session")
def curves(dataset: Dataset) -> FeatureOrLayer:
    return run(dataset, size=0.1)
