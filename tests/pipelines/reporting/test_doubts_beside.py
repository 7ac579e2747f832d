"""Labels in doubt, of the report in a folder."""

from __future__ import annotations

from pathlib import Path

import pytest

from data import Dataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.errors import PredictionsError
from pipelines.reporting.doubts import doubts_beside


@pytest.mark.usefixtures("without_pages")
def test_without_probabilities_no_label_is_cleared(tiny: Dataset, tmp_path: Path) -> None:
    spec = Comparison.from_dict(
        {
            "seeds": [0],
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {"ridge": {"classifier": "RidgeClassifier"}},
        }
    )
    compare(spec, dataset=tiny, out=tmp_path)
    with pytest.raises(PredictionsError, match="no finished cell gives probabilities"):
        doubts_beside(tmp_path)
