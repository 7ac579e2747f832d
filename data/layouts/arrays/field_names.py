"""The name of an array tells what it holds and of which part, in every manner that people use."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from data.parts import PART_NAMES, Part, part_of

Role = Literal["images", "labels"]

_SHORT: dict[str, Part] = {
    "trn": "train", "tr": "train", "tst": "test", "te": "test", "t10k": "test",
}  # fmt: skip
_SPLIT_NAMES = (*PART_NAMES, *_SHORT)
_ROLES: dict[str, Role] = {
    "images": "images", "image": "images", "imgs": "images", "img": "images", "x": "images",
    "data": "images", "pixels": "images",
    "labels": "labels", "label": "labels", "y": "labels", "targets": "labels", "target": "labels",
    "classes": "labels", "class": "labels",
}  # fmt: skip
_BOTH = {
    word: [part, role]
    for part in reversed(_SPLIT_NAMES)
    for role in reversed(_ROLES)
    for word in (part + role, role + part)
}
_CLASS_NAMES = ({"class", "names"}, {"label", "names"}, {"classes", "names"}, {"categories"})
_WORD = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")


@dataclass
class Found:
    """Which arrays of one set hold the images and labels of each part.

    The keys of `pairs` are parts; an array of no part is one for training. `class_names` is the
    array of the classes' names, and `others` are names that tell nothing.
    """

    pairs: dict[Part, dict[Role, str]] = field(default_factory=dict)
    class_names: str | None = None
    others: list[str] = field(default_factory=list)

    @property
    def whole(self) -> dict[str, dict[Role, str]]:
        """The parts that have images and labels."""
        return {part: pair for part, pair in self.pairs.items() if len(pair) == 2}

    @property
    def files(self) -> list[str]:
        """The names of all arrays that are to be read."""
        names = [name for pair in self.whole.values() for name in pair.values()]
        return names if self.class_names is None else [*names, self.class_names]


def sets_of_arrays(names: Iterable[str]) -> dict[str, Found]:
    """Return the sets that arrays of these names make up, by the words that their names share.

    Examples
    --------
    >>> found = sets_of_arrays(["x_train", "y_train", "x_test", "y_test"])[""]
    >>> found.whole["test"]
    {'images': 'x_test', 'labels': 'y_test'}
    >>> sets_of_arrays(["pets/train/images.npy", "pets/train/labels.npy"]).keys()
    dict_keys(['pets'])
    """
    sets: dict[str, Found] = defaultdict(Found)
    for name in names:
        *folders, file = name.removesuffix(".npy").split("/")
        words = [part for word in _WORD.findall(file) for part in _parted(word.lower())]
        if any(each <= {*words} for each in _CLASS_NAMES):
            rest = [w for w in words if w not in ("class", "classes", "label", "names")]
            sets["/".join([*folders, *rest]).removesuffix("categories")].class_names = name
            continue
        parts = [part for word in words if (part := _part(word))]
        roles = [_ROLES[word] for word in words if word in _ROLES]
        if not parts and folders and (part := _part(folders[-1])):
            parts = [part]
            folders.pop()
        rest = [word for word in words if not _part(word) and word not in _ROLES]
        found = sets["/".join([*folders, *rest])]
        pair = found.pairs.setdefault(parts[0] if parts else "train", {})
        if len(roles) != 1 or len(parts) > 1 or roles[0] in pair:
            found.others.append(name)
        else:
            pair[roles[0]] = name
    return dict(sets)


def _part(word: str) -> Part | None:
    return part_of(word) or _SHORT.get(word.lower())


def _parted(word: str) -> list[str]:
    """Return a word as a part and a role if it is made of both, as `xtrain` is."""
    return _BOTH.get(word, [word])
