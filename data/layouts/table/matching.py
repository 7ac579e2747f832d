"""A path in a table was written on another machine; it is found among the files that are there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from functools import lru_cache

from data.errors import DataError
from data.names import plain_form, some_of
from data.parts import Part, part_of_folder
from data.telling.omission import MOST_NAMED


class Files:
    """The images of a source, found by what a table calls them.

    A path is relative to the folder of the table, or to one of `within`. If there is no such file,
    its last part is looked for, with its suffix or without, if only one image has it: the paths of
    a table may be those of another machine. They are not if one of them with a folder in it is
    found as it is; then the other ones with folders are held to theirs.

    A row of a part is looked for in the folders of this part, if there are any, and not in those of
    the others.

    Parameters
    ----------
    names : iterable of str
        The images in the source.
    folder : str
        The folder of the table.
    within : sequence of str
        Folders in it that paths may be relative to.
    base : str, optional
        The folder from which images are named; default: that of the table.
    rows : iterable of (str, Part or None)
        The path and the part of each row of the table; read until one is found as it is.

    Examples
    --------
    >>> files = Files(["x/images/1.png", "x/images/2.png"], "x")
    >>> files.find("images/1.png"), files.find("2"), files.find("3.png")
    ('x/images/1.png', 'x/images/2.png', None)
    >>> files = Files(["train/1.png", "test/1.png", "test/2.png"], "", ["train", "test"])
    >>> files.find("1.png", "test"), files.find("2.png", "train")
    ('test/1.png', None)
    """

    def __init__(
        self,
        names: Iterable[str],
        folder: str,
        within: Sequence[str] = (),
        base: str | None = None,
        rows: Iterable[tuple[str, Part | None]] = (),
    ) -> None:
        base = folder if base is None else base
        self._base = f"{base}/" if base else ""
        here = f"{folder}/" if folder else ""
        self._starts = [here, *(f"{here}{each}/" for each in within)]
        self._own: dict[Part, dict[str, str | None]] = defaultdict(dict)
        self._part: dict[str, Part] = {}
        self._paths: dict[str, str] = {}
        self._last: dict[str, list[str]] = defaultdict(list)
        self._only: dict[tuple[str, Part | None], str | None] = {}
        own: dict[str, Part] = {}
        for name in names:
            path = plain_form(name)
            self._paths[path] = name
            above, _, last = path.rpartition("/")
            start, within_part = "", _folder_of_part(above)
            if path.startswith(here) and (inner := _folder_of_part(above.removeprefix(here))):
                start, within_part = here, inner
            if within_part:
                part, folder = within_part
                start += f"{folder}/"
                own[start] = self._part[name] = part
                inside = path.removeprefix(start)
                self._own[part][inside] = None if inside in self._own[part] else name
            self._last[last].append(name)
            stem = last.rpartition(".")[0]
            if stem and stem != last:
                self._last[stem].append(name)
        self._starts_of = {
            part: [each for each in self._starts if own.get(each, part) == part]
            for part in self._own
        }
        folded = ((parts, part) for path, part in rows if len(parts := _parts(path)) > 1)
        self._are_of_here = any(self._at(parts, part) is not None for parts, part in folded)

    def find(self, path: str, part: Part | None = None) -> str | None:
        """Return the name of an image in the source; None if there is none, or more than one."""
        parts = _parts(path)
        if (name := self._at(parts, part)) is not None:
            return name
        if not parts or (self._are_of_here and len(parts) > 1):
            return None
        asked = parts[-1], part
        if asked not in self._only:
            self._only[asked] = self._only_one(*asked)
        return self._only[asked]

    def _only_one(self, last: str, part: Part | None) -> str | None:
        """Return the one image whose path ends so, if it is not of another part."""
        found = self._last.get(last, [])
        if part in self._own:
            found = [name for name in found if self._part.get(name, part) == part]
        return found[0] if len(found) == 1 else None

    def _at(self, parts: Sequence[str], part: Part | None) -> str | None:
        """Return the name of an image that lies at a path below one of the folders to look in.

        After the folder of the table these are those of the part, if only one of them has it.
        """
        path = "/".join(parts)
        starts = self._starts if part is None else self._starts_of.get(part, self._starts)
        own = {} if part is None else self._own.get(part, {})
        for start in starts:
            if start != starts[0] and path in own:
                return own[path]
            if start + path in self._paths:
                return self._paths[start + path]
        return own.get(path)

    def key(self, name: str) -> str:
        """Return the name that an image keeps: its path, seen from the base."""
        return plain_form(name).removeprefix(self._base)


def _parts(path: str) -> list[str]:
    return [p for p in re.split(r"[/\\]", plain_form(path)) if p not in ("", ".")]


@lru_cache(1024)
def _folder_of_part(folder: str) -> tuple[Part, str] | None:
    """Return the first part that folders name, and the path as far as there."""
    names = folder.split("/")
    for depth, name in enumerate(names, 1):
        if part := part_of_folder(name):
            return part, "/".join(names[:depth])
    return None


def check_found(missing: Sequence[str], n_missing: int, n_rows: int, where: str) -> None:
    """Raise if rows name images that are not there; the first of these are given."""
    if n_missing:
        raise DataError(
            f"{where}: {n_missing:,} of {n_rows:,} rows name no image that is here, or several: "
            f"{some_of(list(map(repr, missing)), MOST_NAMED, n_missing)}; paths must be relative "
            "to the folder of the table; mend or remove these rows"
        )
