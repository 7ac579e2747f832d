"""What a source holds besides plain files is counted by kind, so that nothing vanishes unseen."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "folder",
    "hidden",
    "virtual environment",
    "dead link",
    "pipe, socket or device",
    "name in no known encoding",
]


class PassedOver:
    """The names of what is passed over, by kind; a folder is passed over if no file is in it.

    Examples
    --------
    >>> passed = PassedOver()
    >>> passed.add("dead link", "cat/1.png")
    >>> passed.names["dead link"]
    ['cat/1.png']
    """

    def __init__(self) -> None:
        self.names: dict[Kind, list[str]] = {}

    def add(self, kind: Kind, name: str) -> None:
        """Note what is passed over."""
        self.names.setdefault(kind, []).append(name)

    def of(self, kind: Kind) -> list[str]:
        """Return the names of one kind."""
        return self.names.get(kind, [])


def hidden_part(name: str) -> str | None:
    """Return the hidden file that a name stands for, or the hidden folder that it lies in.

    Examples
    --------
    >>> hidden_part("cat/.git/config"), hidden_part("cat/1.png")
    ('cat/.git', None)
    """
    parts = name.split("/")
    for depth, part in enumerate(parts, 1):
        if part.startswith(".") or part == "__MACOSX":
            return "/".join(parts[:depth])
    return None
