"""The JSON of a report, in a file of its own or inside its page, read without running anything."""

from __future__ import annotations

import json
import math
import os
import re
from pathlib import Path
from typing import Any

from data.system.paths import expanded
from data.system.regular_file import why_no_file
from pipelines.errors import ReportError, SpecError

LARGEST_BYTES = 64 * 2**20
LARGEST_PAGE_BYTES = 256 * 2**20
_DEEPEST = 20
_NAMES = ("report.json", "report.html")

# Counts and nothing else, one on a line; inside a string of JSON there is no line break.
_COUNTS = re.compile(r"\[\n\s*\d+(?:,\n\s*\d+)*\n\s*\]")

OPENING = '<script type="application/json" id="report-json">'
"""The tag in a page that the JSON of its report follows."""
_CLOSING = "</script>"
# Inside a string of JSON these read the same, and no text can end the element that it is in.
_ESCAPES = {ord(char): f"\\u{ord(char):04x}" for char in "<>&"}


def report_text(content: dict[str, Any]) -> str:
    """Return the text of a `report.json`; a row of counts is one line.

    Examples
    --------
    >>> print(report_text({"confusion": [[9, 1], [0, 10]], "title": "[1, 2]"}), end="")
    {
     "confusion": [
      [9,1],
      [0,10]
     ],
     "title": "[1, 2]"
    }
    """
    text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
    return _COUNTS.sub(lambda found: "".join(found[0].split()), text) + "\n"


def check_room(n_cells: int, n_classes: int, n_runs: int) -> None:
    """Raise SpecError for a comparison whose report would be too large to be read again.

    Parameters
    ----------
    n_cells, n_classes : int
        A cell has a confusion of all classes with each other, and each pair of cells a difference.
    n_runs : int
        Seeds or resamples of a cell.
    """
    of_cell = n_classes * (2 * n_classes + 60) + 400 * n_runs + 3000
    n_bytes = n_cells * of_cell + n_cells * (n_cells - 1) // 2 * 266
    if n_bytes > LARGEST_BYTES:
        several = n_cells > 1
        way_out = "run the comparison in parts, with --features or --models"
        raise SpecError(
            f"the report of {n_cells:,} cell{'s' * several} with {n_classes:,} classes would take "
            f"about {n_bytes / 2**20:,.0f} MiB, and {LARGEST_BYTES / 2**20:,.0f} are read: "
            + (way_out if several else "take fewer classes")
        )


def as_part_of_a_page(text: str) -> str:
    r"""Return a report's JSON as the element of a page that carries it.

    Examples
    --------
    >>> as_part_of_a_page('{"title": "</script>"}')
    '<script type="application/json" id="report-json">{"title":"\\u003c/script\\u003e"}</script>'
    """
    compact = json.dumps(json.loads(text), separators=(",", ":"))
    return f"{OPENING}{compact.translate(_ESCAPES)}{_CLOSING}"


def report_file(path: str | Path) -> Path:
    """Return the file that a report is in: for a folder its `report.json`, or else its page."""
    path = expanded(path)
    if not os.path.isdir(path):  # noqa: PTH112 - Path's fails for a name that is too long
        return path
    return next((path / name for name in _NAMES if (path / name).is_file()), path / _NAMES[0])


def read_json(path: str | Path) -> dict[str, Any]:
    """Return the JSON object of a report; raise ReportError for anything else.

    It is in a `report.json`, in the page that carries it, or in the folder of one of them. What
    reads differently elsewhere is refused: a key given twice, numbers that are none, text that is
    no Unicode; and what would exhaust whoever walks through it.
    """
    given, path = path, Path(path)
    try:
        path = report_file(given)
        content = json.loads(
            _text(path),
            object_pairs_hook=_keys_once,
            parse_constant=_no_number,
            parse_float=_finite,
        )
        _check_values(content)
    except (OSError, ValueError, RecursionError) as error:
        if isinstance(error, ReportError):
            raise
        raise ReportError(f"{path}: cannot be read as JSON: {str(error)[:200]}") from error
    if not isinstance(content, dict):
        raise ReportError(f"{path}: a report is a JSON object, got {type(content).__name__}")
    return content


def _text(path: Path) -> bytes:
    """Return the JSON in a file, as bytes of bounded length."""
    if reason := why_no_file(path):
        raise ReportError(f"{path}: {reason}")
    with path.open("rb") as file:
        is_page = file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    largest = LARGEST_PAGE_BYTES if is_page else LARGEST_BYTES
    if path.stat().st_size > largest:
        raise ReportError(f"{path}: larger than {largest:,} bytes, too large for a report")
    content = path.read_bytes()
    return _inside(content, path) if is_page else content


def _inside(page: bytes, path: Path) -> bytes:
    """Return the JSON that a page carries."""
    opening, closing = OPENING.encode(), _CLOSING.encode()
    n_found = page.count(opening)
    if n_found != 1:
        raise ReportError(
            f"{path}: a page that carries {n_found or 'no'} report{'s' if n_found else ''}; pages "
            "of earlier versions have none: name the report.json that was beside it"
        )
    begin = page.index(opening) + len(opening)
    end = page.find(closing, begin)
    if end < 0:
        raise ReportError(f"{path}: the report in this page is cut off")
    if end - begin > LARGEST_BYTES:
        raise ReportError(f"{path}: the report in this page is larger than {LARGEST_BYTES:,} bytes")
    return page[begin:end]


def _keys_once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("a key is given twice")
    return content


def _no_number(text: str) -> None:
    raise ValueError(f"{text} is no number in JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"{text[:40]} is too large a number")
    return number


def _check_values(content: Any) -> None:
    """Raise ValueError for text that is no Unicode, and for what is nested without end."""
    level = [content]
    for _ in range(_DEEPEST):
        inside: list[Any] = []
        for value in level:
            if isinstance(value, str):
                value.encode()  # half of a surrogate pair has no bytes, and so no digest
            elif isinstance(value, dict):
                inside += [*value, *value.values()]
            elif isinstance(value, list):
                inside += value
        level = inside
    if level:
        raise ValueError(f"it nests more than {_DEEPEST} deep")
