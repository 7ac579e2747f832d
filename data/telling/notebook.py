"""What notebooks show of an object: a small table of HTML in which nothing from outside is code."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape

from data.names import disturbs

_CELL = "text-align:left;padding:.2em .8em .2em 0;vertical-align:top"


def safe(text: object) -> str:
    r"""Return text as HTML that shows it as it is; characters that disturb become U+FFFD.

    Examples
    --------
    >>> safe("<b>\x1b") == "&lt;b&gt;\N{REPLACEMENT CHARACTER}"
    True
    """
    return escape("".join("\ufffd" if c not in "\n\t" and disturbs(c) else c for c in str(text)))


def html_table(caption: str, rows: Iterable[Sequence[object]], head: Sequence[object] = ()) -> str:
    """Return a table as HTML, everything in it escaped; the first of each row is its heading."""
    lines = [f'<table><caption style="text-align:left;font-weight:600">{safe(caption)}</caption>']
    if head:
        cells = "".join(f'<th scope="col" style="{_CELL}">{safe(each)}</th>' for each in head)
        lines.append(f"<thead><tr>{cells}</tr></thead>")
    lines.append("<tbody>")
    for first, *rest in rows:
        cells = "".join(f'<td style="{_CELL}">{safe(each)}</td>' for each in rest)
        lines.append(f'<tr><th scope="row" style="{_CELL}">{safe(first)}</th>{cells}</tr>')
    return "\n".join([*lines, "</tbody></table>"])
