"""A comparison of which every cell is fitted once."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.comparison.spec import Comparison


@pytest.fixture
def two_models(tiny_npz: Path) -> Comparison:
    return Comparison.from_dict(
        {
            "data": str(tiny_npz),
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {
                "one": {"classifier": "KNeighborsClassifier", "n_neighbors": 1},
                "three": {"classifier": "KNeighborsClassifier", "n_neighbors": 3},
            },
        }
    )
