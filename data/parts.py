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

_OF_WHAT = re.compile(r"[\s_-]*(set|data|images|imgs)$")

PART_NAMES = tuple(_PART_OF)
"""All names of parts, in lower case."""


@lru_cache(1024)
def part_of(name: str) -> Part | None:
    """Return which part a name stands for, in any case; None if it is no name of a part.

    Behind the name may be a word for what the part consists of.

    Examples
    --------
    >>> part_of("Train"), part_of("valid"), part_of("cat")
    ('train', 'validation', None)
    >>> part_of("training_set"), part_of("test images"), part_of("testimony")
    ('train', 'test', None)
    """
    plain = name.casefold()
    return _PART_OF.get(plain) or _PART_OF.get(_OF_WHAT.sub("", plain))
