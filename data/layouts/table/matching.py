"""A path in a table was written on another machine; it is found among the files that are there."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence

from data.errors import DataError
from data.names import plain_form, some_of
from data.omission import MOST_NAMED


class Files:
    """The images of a source, found by what a table calls them.

    A path is relative to the folder of the table, or to one of `within`. If there is no such file,
    its last part is looked for, with its suffix or without, if only one image has it.

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

    Examples
    --------
    >>> files = Files(["x/images/1.png", "x/images/2.png"], "x")
    >>> files.find("images/1.png"), files.find("2"), files.find("3.png")
    ('x/images/1.png', 'x/images/2.png', None)
    """

    def __init__(
        self,
        names: Iterable[str],
        folder: str,
        within: Sequence[str] = (),
        base: str | None = None,
    ) -> None:
        base = folder if base is None else base
        self._base = f"{base}/" if base else ""
        self._starts = [f"{folder}/" if folder else ""]
        self._starts += [f"{self._starts[0]}{each}/" for each in within]
        self._paths: dict[str, str] = {}
        self._last: dict[str, list[str]] = defaultdict(list)
        for name in names:
            path = plain_form(name)
            self._paths[path] = name
            last = path.rpartition("/")[2]
            self._last[last].append(name)
            stem = last.rpartition(".")[0]
            if stem and stem != last:
                self._last[stem].append(name)

    def find(self, path: str) -> str | None:
        """Return the name of an image in the source; None if there is none, or more than one."""
        parts = [p for p in re.split(r"[/\\]", plain_form(path)) if p not in ("", ".")]
        for start in self._starts:
            if (name := self._paths.get(start + "/".join(parts))) is not None:
                return name
        found = self._last.get(parts[-1], []) if parts else []
        return found[0] if len(found) == 1 else None

    def key(self, name: str) -> str:
        """Return the name that an image keeps: its path, seen from the base."""
        return plain_form(name).removeprefix(self._base)


def check_found(missing: Sequence[str], n_missing: int, n_rows: int, where: str) -> None:
    """Raise if rows name images that are not there; the first of these are given."""
    if n_missing:
        raise DataError(
            f"{where}: {n_missing:,} of {n_rows:,} rows name no image that is here, or several: "
            f"{some_of(list(map(repr, missing)), MOST_NAMED, n_missing)}; paths must be relative "
            "to the folder of the table; mend or remove these rows"
        )
