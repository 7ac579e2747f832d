"""The parts of a dataset have many names in folders and tables; what they mean is said once."""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Literal

Part = Literal["train", "test", "validation"]

PARTS: tuple[Part, Part] = ("train", "test")
"""The parts that every dataset has; some have the part `"validation"`, too."""

_NAMES: dict[Part, tuple[str, ...]] = {
    "train": ("train", "training"),
    "validation": ("val", "valid", "validation", "dev"),
    "test": ("test", "testing"),
}
_PART_OF = {name: part for part, names in _NAMES.items() for name in names}

_OF_WHAT = re.compile(r"[\s_-]*(set|data|images|imgs)$", re.IGNORECASE)

PART_NAMES = tuple(_PART_OF)
"""All names of parts, in lower case."""


@lru_cache(1024)
def part_of(name: str) -> Part | None:
    """Return which part a name stands for, in any case; None if it is no name of a part.

    Examples
    --------
    >>> part_of("Train"), part_of("valid"), part_of("cat")
    ('train', 'validation', None)
    """
    return _PART_OF.get(name.casefold())


@lru_cache(1024)
def part_of_folder(name: str) -> Part | None:
    """Return which part a folder among others stands for; it may say what the part consists of.

    Examples
    --------
    >>> part_of_folder("training_set"), part_of_folder("test images"), part_of_folder("testimony")
    ('train', 'test', None)
    """
    return part_of(name) or part_of(_OF_WHAT.sub("", name))
