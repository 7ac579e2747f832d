"""What the cache has of a comparison before it runs."""

from __future__ import annotations

from collections.abc import Sequence

from data import Dataset
from data.keeping.cache import RunCache
from data.resampling import Resamples
from pipelines.comparison.plan import Plan, is_random, seeded
from pipelines.record.report import CellName
from pipelines.running.cells.choosing import is_validated
from pipelines.running.cells.kept_cells import key_of_cell
from pipelines.running.extraction import key_of_features, key_side_by_side


class Kept:
    """What the cache has of a plan.

    Parameters
    ----------
    plan : Plan
    dataset : Dataset
        All images of the comparison.
    resamples : Resamples or None
        How they are split anew for each seed; None if they are split once.
    cache : RunCache or None
        None has nothing.
    validated : bool
        Whether cells in which nothing is to be chosen are measured on held-out images, too.
    """

    def __init__(
        self,
        plan: Plan,
        dataset: Dataset,
        resamples: Resamples | None,
        cache: RunCache | None,
        validated: bool,
    ) -> None:
        self._plan, self._cache, self._validated = plan, cache, validated
        self._data = dict.fromkeys(plan.seeds, dataset.sha256)
        self._resampled = resamples is not None
        if resamples is not None and cache is not None:
            self._data = {seed: resamples[i].sha256 for i, seed in enumerate(plan.seeds)}

    def seeds(self, part: str) -> tuple[int, ...]:
        """Return the seeds with which an extractor is run."""
        if self._resampled or is_random(self._plan.extractors[part]):
            return self._plan.seeds
        return self._plan.seeds[:1]

    def has_features(self, part: str, seed: int) -> bool:
        """Return whether it has the features of an extractor, as they are with a seed."""
        return self._has(self._key_of_part(part, seed))

    def has_cell(self, cell: CellName, seed: int) -> bool:
        """Return whether it has a cell with a seed, on all the features that it chooses from."""
        candidates, sides = self._plan.candidates(cell, seed), self._plan.sides(cell[0])
        validated = is_validated(candidates, len(sides), wished=self._validated)
        keys = (
            key_of_cell(self._key(parts, seed), candidates, seed, validated) for _, parts in sides
        )
        return all(map(self._has, keys))

    def _key(self, parts: Sequence[str], seed: int) -> str | None:
        keys = [self._key_of_part(part, seed) for part in parts]
        return keys[0] if len(keys) == 1 else key_side_by_side(keys)

    def _key_of_part(self, part: str, seed: int) -> str | None:
        used = seed if seed in self.seeds(part) else self._plan.seeds[0]
        return key_of_features(seeded(self._plan.extractors[part], used), self._data[used])

    def _has(self, key: str | None) -> bool:
        return self._cache is not None and key is not None and self._cache.get(key) is not None
