"""The studies that there are: to add one is to add its folder, and the folder's name here."""

from __future__ import annotations

from importlib import import_module

from pipelines.errors import StudyError
from pipelines.studies.study import Study

_FOLDERS = (
    "twenty_lines",
    "what_features_see",
    "templates",
    "space_warping",
    "activations",
    "universal_approximation",
    "convexity",
    "backpropagation",
    "higher_order",
    "feature_or_layer",
)
"""In the order of the lecture. The entry of each folder is its `STUDY`."""


def _entry(folder: str) -> Study:
    entry: Study = import_module(f"pipelines.studies.{folder}").STUDY
    return entry


STUDIES: dict[str, Study] = {entry.name: entry for entry in map(_entry, _FOLDERS)}
"""Name → study, in the order of the lecture."""


def chosen(name: str) -> list[Study]:
    """Return the studies that a name stands for: one, or with "all" every one.

    Raises
    ------
    StudyError
        If there is no study of that name; the message lists those that there are.
    """
    if name == "all":
        return list(STUDIES.values())
    if name not in STUDIES:
        raise StudyError(f"there is no study {name!r}; there are {', '.join(STUDIES)}, or all")
    return [STUDIES[name]]
