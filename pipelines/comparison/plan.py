"""What a run will do: every extractor and classifier, unfitted, also those of the user's own."""

from __future__ import annotations

import itertools
import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sklearn.base import clone

from pipelines.comparison.making import Choice, made_classifiers, made_extractors
from pipelines.comparison.spec import Comparison
from pipelines.comparison.tables.entries import MOST_CELLS, NAME, CellName, Classifier, Union
from pipelines.comparison.tables.parameters import check_values
from pipelines.errors import SpecError

Estimator = Any

_MOST_SIDES = 1000


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
    models
        Every table of the spec, also of those that are only parts of others.
    variants
        Extractor with something to choose → the values of each variant, and under which name
        `extractors` has it.
    """

    extractors: Mapping[str, Estimator]
    rows: Mapping[str, tuple[str, ...]]
    columns: Mapping[str, Classifier | Estimator]
    seeds: tuple[int, ...]
    class_names: tuple[str, ...] | None = None
    models: Mapping[str, Classifier] = field(default_factory=dict)
    variants: Mapping[str, Sequence[tuple[Choice, str]]] = field(default_factory=dict)

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
        return [
            (choice, seeded(classifier, seed))
            for choice, classifier in made_classifiers(self.models, column, row, self.class_names)
        ]

    def estimators(self) -> list[Estimator]:
        """Return every extractor, and of every column the classifiers on its first row."""
        row, seed = next(iter(self.rows)), self.seeds[0]
        columns = [self.candidates((row, column), seed) for column in self.columns]
        return [*self.extractors.values(), *(c for choices in columns for _, c in choices)]

    def sides(self, row: str) -> list[tuple[Choice, tuple[str, ...]]]:
        """Return what the features of a row can be: chosen values, each with its extractors.

        A value of an extractor is called "features.parameter", because a model can have a parameter
        of the same name.
        """
        parts = [self.variants.get(part, [({}, part)]) for part in self.rows[row]]
        return [
            (
                {key: value for values, _ in combination for key, value in values.items()},
                tuple(name for _, name in combination),
            )
            for combination in itertools.product(*parts)
        ]

    def part_of(self, name: str) -> str:
        """Return the extractor of the spec of which `name` is a variant, or which it is itself."""
        return next(
            (part for part, each in self.variants.items() if name in (n for _, n in each)), name
        )


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
    columns = {**{name: spec.models[name] for name in spec.columns}, **own_columns}
    for what, names in (("features", rows), ("models", columns)):
        if not names:
            raise SpecError(f"{what}: the comparison names none")
    if (n_cells := len(rows) * len(columns)) > MOST_CELLS:
        raise SpecError(
            f"{len(rows):,} features with {len(columns):,} models are {n_cells:,} cells; a "
            f"comparison has at most {MOST_CELLS:,}: run it in parts, with --features or --models"
        )
    needed = {part for parts in rows.values() for part in parts}
    tables = {
        name: entry
        for name, entry in spec.features.items()
        if name in needed and not isinstance(entry, Union)
    }
    made: dict[str, Estimator] = {}
    variants: dict[str, list[tuple[Choice, str]]] = {}
    for name, table in tables.items():
        try:
            found = made_extractors(name, table)
        except SpecError as error:
            raise SpecError(f"features.{name}: {error}") from None
        made[name] = found[0][2]  # it stands for all of them: they are of one class
        if table.choose:
            variants[name] = [(values, variant) for values, variant, _ in found]
            made |= {variant: extractor for _, variant, extractor in found}
    for name, parts in rows.items():
        n_sides = math.prod(len(variants.get(part, ("",))) for part in parts)
        if n_sides > _MOST_SIDES:
            raise SpecError(
                f"features.{name}: its parts leave more than {_MOST_SIDES:,} choices together"
            )
    plan = Plan(made | own_rows, rows, columns, spec.runs, models=spec.models, variants=variants)
    _check_values(plan)
    return plan


def _check_values(plan: Plan) -> None:
    """Raise SpecError for values that cannot be fitted with, before anything is run."""
    for name, table in plan.columns.items():
        if not isinstance(table, Classifier):
            continue
        first = next(iter(plan.rows))
        try:
            for row in dict.fromkeys([first, *(row for row in table.on if row in plan.rows)]):
                for _, classifier in made_classifiers(plan.models, name, row, None):
                    for each in _inside(classifier):
                        check_values(each)
        except SpecError as error:
            raise SpecError(f"models.{name}: {error}") from None


def _inside(classifier: Estimator) -> list[Estimator]:
    """Return a classifier and all estimators among its parameters."""
    values = classifier.get_params(deep=True).values()
    return [classifier, *(each for each in values if hasattr(each, "get_params"))]


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
