"""Every classifier of scikit-learn by its name: a spec can name no other class of it."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from functools import cache

from pipelines.comparison.names import CLASSIFIERS, Entry

# Their rows have several labels each, and images have one.
_OF_SEVERAL_LABELS = frozenset({"ClassifierChain", "MultiOutputClassifier"})


@cache
def sklearn_classifiers() -> dict[str, Entry]:
    """Return an entry for each classifier of scikit-learn; finding them takes a second.

    Examples
    --------
    >>> sklearn_classifiers()["LinearSVC"].path
    'sklearn.svm.LinearSVC'
    """
    from sklearn.utils import all_estimators

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of modules that nobody has asked for
        found = all_estimators(type_filter="classifier")
    paths = {
        name: f"{_public(kind.__module__)}.{name}"
        for name, kind in found
        if name not in _OF_SEVERAL_LABELS
    }
    ours = {entry.path: entry for entry in CLASSIFIERS.values()}
    return {name: ours.get(path, Entry(path)) for name, path in paths.items()}


def sklearn_entry(name: str) -> Entry | None:
    """Return the entry of a class name, or of a path as "sklearn.svm.SVC"; None if there is none.

    A path is looked up among those of the list. Nothing is imported because a name says so.
    """
    module, _, short = name.rpartition(".")
    if module and not f"{module}.".startswith("sklearn."):
        return None
    entry = sklearn_classifiers().get(short)
    return entry if entry and name in _names_of(entry) else None


def _names_of(entry: Entry) -> Iterator[str]:
    """Yield the names of a class: the short one, its public path, and where it is written."""
    kind = entry.kind
    yield kind.__name__
    yield entry.path
    yield f"{kind.__module__}.{kind.__name__}"


def _public(module: str) -> str:
    """Return the part of a module's path that is public.

    Examples
    --------
    >>> _public("sklearn.ensemble._hist_gradient_boosting.gradient_boosting")
    'sklearn.ensemble'
    """
    return module.partition("._")[0]
