"""What notebooks show of an object: a small table of HTML in which nothing from outside is code."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

import numpy as np

from data.names import disturbs

_LARGEST_PX = 64
_MOST_SHOWN = 12
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


def dataset_as_html(dataset: Any) -> str:
    """Return a row for each of a dataset's first classes: its counts and a training image."""
    n_classes = len(dataset.class_names)
    counts = [
        np.bincount(getattr(dataset, f"labels_{part}"), minlength=n_classes)
        for part in dataset.parts
    ]
    rows = []
    for label, name in enumerate(dataset.class_names[:_MOST_SHOWN]):
        first = np.flatnonzero(dataset.labels_train == label)[:1]
        picture = _picture(dataset.images_train[first[0]], name) if len(first) else ""
        cells = (safe(name), *(f"{count[label]:,}" for count in counts), picture)
        rows.append("".join(f'<td style="{_CELL}">{each}</td>' for each in cells))
    head = "".join(
        f'<th scope="col" style="{_CELL}">{each}</th>'
        for each in ("class", *dataset.parts, "first image")
    )
    left = n_classes - len(rows)
    more = f"<p>… and {left:,} more classes.</p>" if left else ""
    body = "\n".join(f"<tr>{row}</tr>" for row in rows)
    return (
        f'<div><table><caption style="text-align:left;font-weight:600">{safe(repr(dataset)[1:-1])}'
        f"</caption>\n<thead><tr>{head}</tr></thead>\n<tbody>{body}</tbody></table>{more}</div>"
    )


def _picture(image: Any, name: str) -> str:
    from PIL import Image

    picture = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
    picture.thumbnail((_LARGEST_PX, _LARGEST_PX))
    file = io.BytesIO()
    picture.save(file, "PNG")
    data = base64.b64encode(file.getvalue()).decode()
    return f'<img alt="{safe(name)}" src="data:image/png;base64,{data}">'
