"""The resamples that a comparison asks for."""

from __future__ import annotations

from data import Dataset
from data.resampling import Resamples
from pipelines.comparison.spec import Comparison


def resamples_of(spec: Comparison, dataset: Dataset) -> Resamples | None:
    """Return the resamples of a dataset that a spec asks for; None if it takes the split as it is.

    Raises
    ------
    DataError
        If a class has too few images.
    """
    if not spec.n_resamples:
        return None
    return Resamples(
        dataset,
        n=spec.resamples,
        folds=spec.folds,
        repeats=spec.repeats or 1,
        seed=spec.data_seed,
    )
