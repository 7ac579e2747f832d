"""Our kernel classifier: the rows that it compares with, and what each adds to the scores."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.errors import PackingError
from pipelines.keeping.fitted.checks import (
    Learned,
    array_in,
    classes_in,
    count_in,
    give_attributes,
)

_COMPONENTS = "input_components_"
_FLOATS = ("rows_", "dual_coef_", "intercept_", "input_mean_", "input_scale_")
LEARNED = frozenset({"classes_", *_FLOATS, _COMPONENTS})
"""What it has learned, beside plain figures."""


def give(classifier: Any, learned: Learned) -> None:
    """Check the arrays, and make a classifier fitted by them."""
    from models.kernel_classifier import RULES
    from models.parameters.rules import check

    given = check(classifier.get_params(deep=False), RULES)
    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    whiten = given["whiten"]
    n_seen = n_columns if whiten is None else whiten
    if n_seen > n_columns or n_seen % given["n_cells"] or (whiten and given["n_cells"] > 1):
        raise PackingError(
            f"{n_columns} columns cannot be whiten={whiten}, n_cells={given['n_cells']}"
        )
    names = [*_FLOATS]
    rows = array_in(learned, "rows_", (None, n_seen))
    array_in(learned, "dual_coef_", (len(rows), n_classes))
    array_in(learned, "intercept_", (n_classes,))
    for name in ("input_mean_", "input_scale_"):
        array_in(learned, name, (n_columns,))
    if whiten is not None:
        names.append(_COMPONENTS)
        array_in(learned, _COMPONENTS, (n_columns, n_seen))
    elif _COMPONENTS in learned:
        raise PackingError(f"{_COMPONENTS} belongs to no such classifier")
    if len({learned[name].dtype for name in names}) != 1:
        raise PackingError("the arrays of a kernel classifier must be of one dtype")
    gamma = learned.get("gamma_")
    if type(gamma) is not float or not (np.isfinite(gamma) and gamma > 0):
        raise PackingError(f"gamma_ must be a number above 0, got {str(gamma)[:20]}")
    give_attributes(classifier, learned, LEARNED)
