"""Docstrings of overriding methods: they take the list of parameters from what they override."""

from __future__ import annotations

import re
from inspect import cleandoc, isfunction
from typing import Any

_SECTIONS = re.compile(r"^(Parameters|Returns|Yields|Raises)\n-+$.*", re.MULTILINE | re.DOTALL)


class Documented:
    """A base whose subclasses say only what is new about a method that they override.

    The sections on parameters and results are added from the method that is overridden, where a
    docstring has none of its own.
    """

    def __init_subclass__(cls, **keywords: Any) -> None:
        super().__init_subclass__(**keywords)
        for name, method in vars(cls).items():
            if name.startswith("_") or not isfunction(method) or not method.__doc__:
                continue
            own = cleandoc(method.__doc__)
            if not _SECTIONS.search(own) and (shared := _sections(cls, name)):
                method.__doc__ = f"{own}\n\n{shared}"


def _sections(cls: type, name: str) -> str | None:
    """Return the sections of the nearest base's method of a name."""
    for base in cls.__mro__[1:]:
        found = _SECTIONS.search(cleandoc(getattr(vars(base).get(name), "__doc__", None) or ""))
        if found:
            return found[0]
    return None
