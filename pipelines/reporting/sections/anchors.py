"""Where things are in a page: links that name cells and extractors."""

from __future__ import annotations

from urllib.parse import quote

from pipelines.record.report import CellName


def cell_anchor(name: CellName) -> str:
    """Return the place of a cell in its page, to stand behind the # of a link.

    Whatever the names are, it is a part of an address as it is, without `&`, `=` and `:`, and no
    two cells have the same.

    Examples
    --------
    >>> cell_anchor(("hog+color", "linear")), cell_anchor(("a/b", "mein Netz"))
    ('hog+color/linear', 'a%2Fb/mein%20Netz')
    """
    return "/".join(map(part_of_anchor, name))


def part_of_anchor(name: str) -> str:
    """Return one name as a part of a link."""
    return quote(name, safe="+")
