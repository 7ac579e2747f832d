"""The parameters in a table of a spec, held against the constructor of its class."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from inspect import Parameter, signature
from typing import Any

from pipelines.comparison.named.lookup import Kind, entry_of
from pipelines.comparison.named.valid_names import check_names
from pipelines.errors import SpecError

# The run sets these parameters itself, so a spec cannot: `random_state` follows the seeds, nothing
# is printed, no fit starts from an earlier one, and no spec names a file to write.
DECIDED_BY_THE_RUN = frozenset({"random_state", "verbose", "warm_start", "checkpoint"})
MOST_THREADS = 256

STANDARDIZE = "standardize"
"""Of every classifier: where its class has no such parameter, columns are scaled in front of it."""


@lru_cache(maxsize=256)
def _constructor(kind: type) -> Mapping[str, Parameter]:
    """Return the parameters of a class: a spec asks for them often, and it takes milliseconds."""
    return signature(kind).parameters


def taken(kind: type) -> list[str]:
    """Return the parameters of a class that a spec can give, sorted."""
    found = {
        name
        for name, each in _constructor(kind).items()
        if each.kind not in (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)
    }
    return sorted(found - DECIDED_BY_THE_RUN)


def is_scaled_outside(kind: type) -> bool:
    """Return whether `standardize` puts a scaler in front of a classifier of this class."""
    return STANDARDIZE not in _constructor(kind)


def check_parameters(kind: Kind, name: str, given: Mapping[str, Any]) -> None:
    """Raise ValueError unless the class is known and its constructor takes the parameters.

    The values of `given` are those of the parameters, or tuples of values to choose from.
    """
    try:
        entry = entry_of(kind, name)
        found = entry.kind
        takes = [each for each in taken(found) if each not in entry.withheld]
    except (ImportError, AttributeError) as error:  # an installed package is broken
        raise ValueError(f"{name}: cannot be imported: {error}") from error
    if unfit := [key for key in given if key in entry.withheld]:
        raise ValueError(f"{', '.join(unfit)}: only a classifier made in Python can have that")
    if decided := [key for key in given if key in DECIDED_BY_THE_RUN]:
        raise ValueError(f"{', '.join(decided)}: the run sets that itself; remove it")
    outside = kind == "classifier" and is_scaled_outside(found)
    check_names(f"parameter of {name}", given, [*takes, STANDARDIZE] if outside else takes)
    if outside and STANDARDIZE in given:
        asked = given[STANDARDIZE]
        if not all(isinstance(each, bool) for each in _each(asked)):
            raise ValueError(f"{STANDARDIZE} must be true or false, got {asked!r}")
    for threads in _each(given.get("n_jobs")):
        if threads is None:
            continue
        if not isinstance(threads, int) or isinstance(threads, bool) or threads < -1 or not threads:
            raise ValueError(f"n_jobs: a number of threads, or -1 for all cores, got {threads!r}")
        if threads > MOST_THREADS:
            raise ValueError(f"n_jobs: at most {MOST_THREADS} threads, got {threads}")


def check_values(estimator: Any) -> None:
    """Raise SpecError for values that scikit-learn's own rules for the class do not allow.

    So a mistake is known before anything is run. Classes without such rules check in `fit`.
    """
    rules = getattr(estimator, "_parameter_constraints", None)
    if not isinstance(rules, dict):
        return
    from sklearn.utils._param_validation import validate_parameter_constraints

    kind = type(estimator)
    given = {
        name: value for name, value in estimator.get_params(deep=False).items() if name in rules
    }
    try:
        validate_parameter_constraints(rules, given, caller_name=kind.__name__)
    except ValueError as error:
        raise SpecError(" ".join(str(error).split())[:400]) from None


def _each(value: Any) -> tuple[Any, ...]:
    return value if isinstance(value, tuple) else (value,)
