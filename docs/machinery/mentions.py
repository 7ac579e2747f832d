"""Where the pages of the site use a public name, for links from the page of the name."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

from docs.machinery import gallery, texts

_DOCS = Path(__file__).resolve().parents[1]
_TYPED = ("*.md", "howto/*.md", "science/*.md", "notebooks/*.md", "notebooks/*.ipynb")
_RAW = re.compile(r"^```\{raw\}.*?^```$", re.DOTALL | re.MULTILINE)
_CODE = re.compile(r"^```.*?^```$|``[^`]+``|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def mentions(name: str) -> list[str]:
    """Return links to the pages whose code uses a name.

    Parameters
    ----------
    name : str
        A public name, without its module.

    Returns
    -------
    list of str
        Links in Markdown, for a page in the folder `reference`.
    """
    return [f"[{title}](../{page})" for page, (title, code) in _pages().items() if uses(code, name)]


def uses(code: str, name: str) -> bool:
    """Return whether code uses a name: a word alone, as `compare`, must be called or imported.

    Parameters
    ----------
    code : str
        What stands in code on a page.
    name : str
        The name.

    Returns
    -------
    bool
        Whether it does.

    Examples
    --------
    >>> uses("preconv compare photos", "compare"), uses("report = compare(spec)", "compare")
    (False, True)
    """
    if name not in code:  # which is quick
        return False
    word = rf"(?<![\w.]){re.escape(name)}\b"
    if name.islower():
        word = rf"{word}\(|\bimport\b[^\n]*\b{re.escape(name)}\b"
    return re.search(word, code) is not None


@cache
def _pages() -> dict[str, tuple[str, str]]:
    """Return the pages that explain: page → its title, and all that stands in code there."""
    return {
        page: (_title(text), "\n".join(_CODE.findall(_RAW.sub("", text))))
        for page, text in _texts()
        if _title(text)
    }


def _texts() -> Iterator[tuple[str, str]]:
    for pattern in _TYPED:
        for path in sorted(_DOCS.glob(pattern)):
            text = path.read_text(encoding="utf-8")
            yield (
                path.relative_to(_DOCS).as_posix(),
                _cells(text) if path.suffix == ".ipynb" else text,
            )
    for folder, made in (("gallery", gallery.pages()), ("in_depth", texts.in_depth_pages())):
        yield from ((f"{folder}/{file}", text) for file, text in made.items())


def _cells(notebook: str) -> str:
    """Return a notebook as Markdown."""
    parts = []
    for cell in json.loads(notebook)["cells"]:
        text = "".join(cell["source"])
        parts.append(text if cell["cell_type"] == "markdown" else f"```\n{text}\n```")
    return "\n\n".join(parts)


def _title(text: str) -> str:
    found = re.search(r"^# (.+)$", text, re.MULTILINE)
    return found[1].strip() if found else ""
