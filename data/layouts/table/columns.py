"""The heading of a column tells what it holds, in the words that people use for it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

_PATHS = [
    "path",
    "filepath",
    "imagepath",
    "imgpath",
    "relativepath",
    "file",
    "filename",
    "imagefile",
    "imagefilename",
    "imagename",
    "image",
    "img",
    "name",
    "id",
    "imageid",
    "idcode",
]
_LABELS = [
    "classname",
    "labelname",
    "label",
    "class",
    "category",
    "species",
    "target",
    "classid",
    "labelid",
    "categoryid",
    "y",
    "labels",
    "diagnosis",
    "dx",
]
_SPLITS = ["split", "part", "set", "subset", "partition"]


@dataclass(frozen=True)
class Columns:
    """Which columns of a table are the path, the label and the part, and the names of the rest."""

    path: int
    label: int
    split: int | None = None
    rest: tuple[str, ...] = ()


def columns_of(headings: Sequence[str]) -> Columns | None:
    """Return which columns are which; None if there is none for the path or for the label.

    Examples
    --------
    >>> columns_of(["Filename", "Label", "Width"])
    Columns(path=0, label=1, split=None, rest=('Width',))
    >>> columns_of(["label", "pixels"])
    """
    plain = [_plain(each) for each in headings]
    path, label, split = (_first(plain, known) for known in (_PATHS, _LABELS, _SPLITS))
    if path is None or label is None:
        return None
    rest = [each for place, each in enumerate(headings) if place not in (path, label, split)]
    return Columns(path, label, split, tuple(each for each in rest if each.strip()))


def names_paths(headings: Sequence[str]) -> bool:
    """Return whether there is a column for the path."""
    return _first([_plain(each) for each in headings], _PATHS) is not None


def names_labels(headings: Sequence[str]) -> bool:
    """Return whether there is a column for the label."""
    return _first([_plain(each) for each in headings], _LABELS) is not None


def _first(headings: Sequence[str], known: Sequence[str]) -> int | None:
    """Return the place of the heading that is named first among the known ones."""
    return next((headings.index(name) for name in known if name in headings), None)


def _plain(heading: str) -> str:
    return re.sub(r"[\s_.-]+", "", heading.casefold())
