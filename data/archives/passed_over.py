"""What a source holds besides plain files is counted by kind, so that nothing vanishes unseen."""

from __future__ import annotations

from typing import Literal

Kind = Literal[
    "folder",
    "hidden",
    "virtual environment",
    "dead link",
    "link",
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


# What systems and services put beside images: macOS, Windows, and storage of Synology.
_SYSTEM = frozenset(
    {"__macosx", "thumbs.db", "ehthumbs.db", "desktop.ini", "$recycle.bin", "@eadir", "lost+found"}
)


def hidden_part(name: str) -> str | None:
    """Return the hidden file that a name stands for, or the hidden folder that it lies in.

    Files of the system count as hidden.

    Examples
    --------
    >>> hidden_part("cat/.git/config"), hidden_part("cat/1.png")
    ('cat/.git', None)
    """
    if name[:1] != "." and "/." not in name and _SYSTEM.isdisjoint(name.casefold().split("/")):
        return None
    parts = name.split("/")
    for depth, part in enumerate(parts, 1):
        if part.startswith(".") or part.casefold() in _SYSTEM:
            return "/".join(parts[:depth])
    return None
