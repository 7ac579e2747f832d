"""The images of a comparison: those that its spec leaves, and the resamples that it asks for."""

from __future__ import annotations

from data import Dataset
from data.limit import limited
from data.resampling import Resamples
from pipelines.comparison.spec import Comparison


def images_of(spec: Comparison, dataset: Dataset) -> Dataset:
    """Return the images that a spec leaves of a dataset, which later edits of it do not change."""
    if spec.limit is not None:
        dataset = limited(dataset, spec.limit, seed=spec.data_seed)
    return dataset.settled()


def split_of(spec: Comparison, dataset: Dataset) -> tuple[Dataset, Resamples | None]:
    """Return the first split of the images of a run, and the resamples that all splits are.

    Raises
    ------
    DataError
        If a class has too few images.
    """
    resamples = resamples_of(spec, dataset)
    return dataset if resamples is None else resamples[0], resamples


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
