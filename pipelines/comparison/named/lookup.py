"""Which class a name in a spec stands for."""

from __future__ import annotations

from typing import Literal

from pipelines.comparison.named.own_names import installed_entry, installed_names
from pipelines.comparison.named.sklearn_names import sklearn_classifiers, sklearn_entry
from pipelines.comparison.named.valid_names import meant
from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS, Entry

Kind = Literal["extractor", "classifier"]

_REGISTRIES = {"extractor": EXTRACTORS, "classifier": CLASSIFIERS}


def entry_of(kind: Kind, name: str) -> Entry:
    """Return the entry of a name.

    Looked up in this order: our registries, with what `--import` has added; the classifiers of
    scikit-learn; the entry points of installed packages. So no package can take a name of ours.

    Raises
    ------
    ValueError
        If nothing has that name; the message lists what has one.
    """
    registry = _REGISTRIES[kind]
    if name in registry:
        return registry[name]
    if kind == "classifier" and (entry := sklearn_entry(name)):
        return entry
    if entry := installed_entry(kind, name):
        return entry
    named = [*registry, *installed_names(kind)]
    theirs = sklearn_classifiers() if kind == "classifier" else {}
    more = f"; of scikit-learn: {', '.join(theirs)}" if theirs else ""
    raise ValueError(
        f"unknown {kind}: {name[:200]}; valid: {', '.join(named)}{more}"
        f"{meant([name], [*named, *theirs])}; one's own is named with --import FILE.py"
    )
