"""From the tables of a spec to estimators, unfitted: one for each choice that a table leaves."""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from data.errors import as_one_line
from features import Views
from pipelines.comparison.named.lookup import entry_of
from pipelines.comparison.names import Entry
from pipelines.comparison.parts import holders, names_in
from pipelines.comparison.tables.class_weights import of_labels
from pipelines.comparison.tables.entries import Classifier, Extractor
from pipelines.comparison.tables.ladder import Searched, is_searched, ladder_of
from pipelines.comparison.tables.parameters import STANDARDIZE, is_scaled_outside
from pipelines.errors import SpecError

Choice = dict[str, Any]
"""Values that are to be chosen, by the names of their parameters."""

_MOST = 1000


def made_extractors(name: str, table: Extractor) -> list[tuple[Choice, str, Any]]:
    """Return what a table can be: the chosen values, a name for each of them, the extractor."""
    entry = entry_of("extractor", table.extractor)
    found = []
    for choice in combinations(table.choose):
        plain = _instance(entry, {**table.parameters, **choice})
        made = plain if table.views == 1 else Views(plain, n_views=table.views, shift=table.shift)
        values = {f"{name}.{key}": value for key, value in choice.items()}
        shown = ", ".join(f"{key}={value}" for key, value in choice.items())
        found.append((values, f"{name} [{shown}]" if shown else name, made))
    return found


def made_classifiers(
    models: Mapping[str, Classifier], name: str, row: str, class_names: Sequence[str] | None
) -> list[tuple[Choice, Any]]:
    """Return what a model chooses from on a row: values, each with an unfitted classifier.

    What a part of a model leaves to be chosen is chosen with it. The values of a part are called
    "part.parameter".

    Raises
    ------
    SpecError
        If a value cannot be what it is given for, or there are too many choices.
    """
    table = models[name]
    fixed = {**table.parameters, **table.on.get(row, {})}
    made = (
        each
        for choice in combinations(grid_of(table, row))
        for each in _made(models, table, {**fixed, **_given(choice)}, choice, row, class_names)
    )
    found = list(itertools.islice(made, _MOST + 1))
    if len(found) > _MOST:
        raise SpecError(f"more than {_MOST:,} choices, those of its parts included")
    return found


def grid_of(table: Classifier, row: str) -> dict[str, tuple[Any, ...]]:
    """Return which values of a table are tried on a row, those of its parts left out."""
    given = table.on.get(row, {})
    fixed = {**table.parameters, **given}
    searched = {key: ladder_of(key) for key, value in fixed.items() if is_searched(key, value)}
    return {key: values for key, values in table.choose.items() if key not in given} | searched


def _given(choice: Choice) -> Choice:
    """Return values as a constructor takes them."""
    return {
        key: float(value) if isinstance(value, Searched) else value for key, value in choice.items()
    }


def combinations(grid: Mapping[str, tuple[Any, ...]]) -> Iterator[Choice]:
    """Yield every combination of some values; the last parameter changes first.

    Examples
    --------
    >>> list(combinations({"p": (1, 2)}))
    [{'p': 1}, {'p': 2}]
    """
    for values in itertools.product(*grid.values()):
        yield dict(zip(grid, values, strict=True))


def _made(
    models: Mapping[str, Classifier],
    table: Classifier,
    parameters: Choice,
    choice: Choice,
    row: str,
    class_names: Sequence[str] | None,
) -> Iterator[tuple[Choice, Any]]:
    """Yield one classifier for each combination of what its parts leave to be chosen."""
    entry = entry_of("classifier", table.classifier)
    if class_names is not None:
        parameters = of_labels(parameters, class_names)
    is_scaled = is_scaled_outside(entry.kind) and parameters.pop(STANDARDIZE, False)
    inside = {
        key: names_in(key, parameters[key]) for key in holders(entry.kind) & parameters.keys()
    }
    parts = list(dict.fromkeys(part for names in inside.values() for part in names))
    of_parts = [made_classifiers(models, part, row, class_names) for part in parts]
    if math.prod(map(len, of_parts)) > _MOST:
        raise SpecError(f"its parts leave more than {_MOST:,} choices")
    for combination in itertools.product(*of_parts):
        made = dict(zip(parts, (classifier for _, classifier in combination), strict=True))
        filled = {
            key: [(part, made[part]) for part in names] if key == "estimators" else made[names[0]]
            for key, names in inside.items()
        }
        of_its_parts = {
            f"{part}.{key}": value
            for part, (values, _) in zip(parts, combination, strict=True)
            for key, value in values.items()
        }
        classifier = _instance(entry, {**parameters, **filled})
        yield {**choice, **of_its_parts}, _scaled(classifier) if is_scaled else classifier


def _instance(entry: Entry, parameters: Choice) -> Any:
    try:
        return entry.make(**parameters)
    except Exception as error:  # a constructor of a user's own can fail in any way
        raise SpecError(f"{entry.path}: cannot be made: {as_one_line(error)}") from error


def _scaled(classifier: Any) -> Any:
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), classifier)
