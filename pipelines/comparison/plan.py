"""What a run will do: every extractor and classifier, unfitted, also those of the user's own."""

from __future__ import annotations

import itertools
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklearn.base import clone

from features import Views
from pipelines.comparison.class_weights import of_labels
from pipelines.comparison.entries import NAME, CellName, Classifier, Extractor, Union
from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError

Estimator = Any


@dataclass(frozen=True)
class Plan:
    """What is fitted and in which order.

    Parameters
    ----------
    extractors
        Every extractor that a row needs, unfitted.
    rows
        Row → its extractors, side by side.
    columns
        Column → a table of the spec, or a classifier of the user's own, unfitted.
    seeds
        One run each.
    class_names
        What the labels mean, where the dataset is known.
    """

    extractors: Mapping[str, Estimator]
    rows: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, Classifier | Estimator]
    seeds: tuple[int, ...]
    class_names: tuple[str, ...] | None = None

    def for_classes(self, class_names: Sequence[str]) -> Plan:
        """Return the plan for a dataset; raise SpecError if a table names classes that it has not.

        The weights of classes, which a spec has by name, are by label then.
        """
        plan = replace(self, class_names=tuple(class_names))
        for row, column in plan.cells:
            if isinstance(self.columns[column], Classifier):
                try:
                    plan.candidates((row, column), self.seeds[0])
                except SpecError as error:
                    raise SpecError(f"models.{column}.{error}") from None
        return plan

    @property
    def cells(self) -> list[CellName]:
        """Every row with every column, in the order in which they run."""
        return list(itertools.product(self.rows, self.columns))

    def candidates(self, cell: CellName, seed: int) -> list[tuple[dict[str, Any], Estimator]]:
        """Return what a cell chooses from: parameters, each with their unfitted classifier."""
        row, column = cell
        table = self.columns[column]
        if not isinstance(table, Classifier):
            return [({}, seeded(table, seed))]
        given = table.on.get(row, {})
        grid = {name: values for name, values in table.choose.items() if name not in given}
        choices: list[dict[str, Any]] = [
            dict(zip(grid, values, strict=True)) for values in itertools.product(*grid.values())
        ]
        entry, fixed = CLASSIFIERS[table.classifier], {**table.parameters, **given}
        found = []
        for choice in choices:
            parameters = {**fixed, **choice}
            if self.class_names is not None:
                parameters = of_labels(parameters, self.class_names)
            found.append((choice, seeded(entry.make(**parameters), seed)))
        return found


def make_plan(
    spec: Comparison,
    extractors: Mapping[str, Estimator] | None = None,
    classifiers: Mapping[str, Estimator] | None = None,
) -> Plan:
    """Return the plan of a spec, with extractors and classifiers of the user's own added."""
    own_rows, own_columns = dict(extractors or {}), dict(classifiers or {})
    _check_own("extractor", own_rows, [*spec.features], ("fit", "transform", "get_params"))
    _check_own("classifier", own_columns, [*spec.models], ("fit", "predict", "get_params"))
    rows = {name: _parts(spec, name) for name in spec.rows} | {name: (name,) for name in own_rows}
    columns = {**spec.models, **own_columns}
    for what, names in (("features", rows), ("models", columns)):
        if not names:
            raise SpecError(f"{what}: the comparison names none")
    needed = {part for parts in rows.values() for part in parts}
    tables = {
        name: entry
        for name, entry in spec.features.items()
        if name in needed and not isinstance(entry, Union)
    }
    made = {name: _extractor(table) for name, table in tables.items()}
    return Plan(made | own_rows, rows, columns, spec.runs)


def seeded(estimator: Estimator, seed: int) -> Estimator:
    """Return an unfitted copy in which everything random follows the seed."""
    copy = clone(estimator)
    if random := _random_parameters(copy):
        copy.set_params(**dict.fromkeys(random, seed))
    return copy


def is_random(estimator: Estimator) -> bool:
    """Return whether another seed can make a difference."""
    return bool(_random_parameters(estimator))


def _random_parameters(estimator: Estimator) -> list[str]:
    names = estimator.get_params(deep=True)
    return [name for name in names if name.rpartition("__")[2] == "random_state"]


def _extractor(table: Extractor) -> Estimator:
    """Return what a table of the spec describes, unfitted."""
    plain = EXTRACTORS[table.extractor].make(**table.parameters)
    return plain if table.views == 1 else Views(plain, n_views=table.views, shift=table.shift)


def _parts(spec: Comparison, row: str) -> tuple[str, ...]:
    entry = spec.features[row]
    return entry.union if isinstance(entry, Union) else (row,)


def _check_own(
    what: str, given: Mapping[str, Estimator], taken: list[str], methods: tuple[str, ...]
) -> None:
    for name, estimator in given.items():
        if not re.fullmatch(NAME, name):
            raise SpecError(f"{what} {name!r}: a name is letters, digits and _ . + - only")
        if name in taken:
            raise SpecError(f"{what} {name!r}: the spec has that name already; choose another")
        missing = [method for method in methods if not hasattr(estimator, method)]
        if missing or isinstance(estimator, type):
            raise SpecError(
                f"{what} {name!r}: must be an instance with {', '.join(methods)}, got {estimator!r}"
            )
