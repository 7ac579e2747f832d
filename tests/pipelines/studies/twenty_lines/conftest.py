"""A small run that the tests share."""

from __future__ import annotations

import pytest

from data import Dataset
from pipelines.studies.twenty_lines.experiment import TwoDescents, run

SIZE = 0.1


@pytest.fixture(scope="session")
def found(tiny: Dataset) -> TwoDescents:
    return run(tiny, SIZE)
