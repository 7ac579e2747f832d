"""A forecast looks in the cache for what the run itself will look for."""

from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.forecasting.forecast import forecast


@pytest.mark.usefixtures("without_pages")
def test_a_model_to_be_saved_is_looked_for_as_it_is_then_chosen(
    two_models: Comparison, tmp_path: Path
) -> None:
    def n_kept() -> list[list[int]]:
        found = [forecast(two_models), forecast(two_models, save_model=True)]
        return [[cell.n_kept for cell in each.cells] for each in found]

    compare(two_models)
    assert n_kept() == [[1, 1], [0, 0]]
    compare(two_models, out=tmp_path / "out", save_model=True)
    assert n_kept() == [[1, 1], [1, 1]]
