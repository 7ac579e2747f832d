"""How long the steps of a comparison take, measured on few of its images."""

from __future__ import annotations

import math
import time
import warnings
from collections.abc import Callable, Sequence

from data import Dataset
from pipelines.comparison.plan import Plan, seeded
from pipelines.record.report import CellName
from pipelines.running.cells.cell import run_cell
from pipelines.running.cells.choosing import is_validated
from pipelines.running.matrices import Handle, Matrix
from pipelines.running.tasks import features_of, side_by_side

_WIDEST = 20_000


class Probe:
    """The steps of a plan on two small datasets.

    Warnings are left out, because they are of so few images.

    Parameters
    ----------
    plan : Plan
    small : list of Dataset
        The smaller one first.
    validated : bool
        Whether cells in which nothing is to be chosen are measured on held-out images, too.

    Attributes
    ----------
    shapes : dict of str to tuple of int
        Of the rows of each extractor that has been run.
    """

    def __init__(self, plan: Plan, small: list[Dataset], validated: bool) -> None:
        self._plan, self._small, self._validated = plan, small, validated
        self._made: dict[tuple[str, int], tuple[Matrix, Matrix, float]] = {}
        self.shapes: dict[str, tuple[int, ...]] = {}

    def features(self, part: str) -> tuple[Callable[[int], float], int]:
        """Return seconds by number of images, and how many values an image has.

        An extractor is run and timed once, however often it is asked for.
        """
        times, sizes = [], []
        for i in range(len(self._small)):
            train, test, seconds = self._features(part, i)
            times.append(seconds)
            sizes.append(len(train) + len(test))
        self.shapes[part] = train.shape[1:]
        return _line(sizes, times), math.prod(train.shape[1:])

    def cell(
        self, cell: CellName, parts: Sequence[str], *, chosen: bool = False
    ) -> Callable[[int], float]:
        """Return seconds by number of training images, on the features of some extractors.

        With `chosen` there is nothing to choose any more; the first choice stands for that.
        """
        seed = self._plan.seeds[0]
        candidates = self._plan.candidates(cell, seed)
        n_sides = len(self._plan.sides(cell[0]))
        validated = is_validated(candidates, n_sides, wished=self._validated)
        times, sizes = [], []
        for i, dataset in enumerate(self._small):
            made = [self._features(part, i)[:2] for part in parts]
            train, test = (side_by_side(each) for each in zip(*made, strict=True))
            if math.prod(train.shape[1:]) > _WIDEST:
                raise ValueError(f"more than {_WIDEST:,} columns: not probed")
            labels = dataset.labels_to_learn
            began = time.perf_counter()
            with warnings.catch_warnings(action="ignore"):
                run_cell(
                    Handle(None, held=train),
                    Handle(None, held=test),
                    Handle(None, held=labels),
                    dataset.n_classes,
                    candidates[:1] if chosen else candidates,
                    seed,
                    validated=validated and not chosen,
                    n_validation=dataset.n_validation,
                )
            times.append(time.perf_counter() - began)
            sizes.append(len(labels))
        return _line(sizes, times)

    def _features(self, part: str, i: int) -> tuple[Matrix, Matrix, float]:
        """Return the features of one of the datasets, and the seconds that they took."""
        if (part, i) not in self._made:
            images, images_test = self._small[i].images_to_learn, self._small[i].images_test
            began = time.perf_counter()
            extractor = seeded(self._plan.extractors[part], self._plan.seeds[0])
            with warnings.catch_warnings(action="ignore"):
                extractor.fit(images)
                train, test = features_of(extractor, images), features_of(extractor, images_test)
            self._made[part, i] = train, test, time.perf_counter() - began
        return self._made[part, i]


def _line(sizes: list[int], times: list[float]) -> Callable[[int], float]:
    """Return seconds by size along the line through two timings, never falling."""
    slope = max(0.0, times[1] - times[0]) / max(1, sizes[1] - sizes[0])
    return lambda n: times[1] + slope * max(0, n - sizes[1])
