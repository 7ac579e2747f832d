"""Weights of classes in a spec: a table of names, where a classifier knows numbers."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

from pipelines.errors import SpecError

PARAMETER = "class_weight"


def of_labels(parameters: Mapping[str, Any], class_names: Sequence[str]) -> dict[str, Any]:
    """Return parameters with the weights of classes by label, 0 … k − 1.

    TOML has text as keys only. A key is the name of a class, or where no class has that name, its
    number.

    Raises
    ------
    SpecError
        If a key is neither, a class is named twice, or a weight is no number from 0 up.

    Examples
    --------
    >>> of_labels({"class_weight": {"dog": 3, "cat": 1}}, ["cat", "dog"])
    {'class_weight': {1: 3, 0: 1}}
    """
    table = parameters.get(PARAMETER)
    if not isinstance(table, Mapping):
        return dict(parameters)
    labels = {str(label): label for label in range(len(class_names))}
    labels |= {name: label for label, name in enumerate(class_names)}
    found: dict[int, float] = {}
    for key, weight in table.items():
        if str(key) not in labels:
            raise SpecError(
                f"{PARAMETER}: no class is called {key!r}; the classes are {', '.join(class_names)}"
            )
        is_number = isinstance(weight, int | float) and not isinstance(weight, bool)
        if not is_number or not math.isfinite(weight) or weight < 0:
            raise SpecError(
                f"{PARAMETER}: the weight of {key!r} must be a number from 0 up, got {weight!r}"
            )
        label = labels[str(key)]
        if label in found:
            raise SpecError(f"{PARAMETER}: {class_names[label]!r} is named twice")
        found[label] = weight
    return {**parameters, PARAMETER: found}
