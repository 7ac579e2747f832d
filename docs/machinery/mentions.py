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
    """Return links to the pages whose code uses a name, and of long pages to the sections.

    Parameters
    ----------
    name : str
        A public name, without its module.

    Returns
    -------
    list of str
        Links in Markdown, for a page in the folder `reference`.
    """
    found = []
    for page, (title, sections) in _pages().items():
        used = [heading for heading, code in sections.items() if uses(code, name)]
        if not used:
            continue
        parts = [f"[{each}](../{page}#{_anchor(each)})" for each in used if each]
        is_long = page.startswith("in_depth/")
        link = f"[{title}](../{page})"
        found.append(f"{link}: {', '.join(parts)}" if is_long and parts else link)
    return found


def _anchor(heading: str) -> str:
    """Return what a heading is called in an address.

    Examples
    --------
    >>> _anchor("A layout of one's own")
    'a-layout-of-ones-own'
    """
    return re.sub(r"[^\w\- ]", "", heading.strip().lower()).replace(" ", "-")


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
def _pages() -> dict[str, tuple[str, dict[str, str]]]:
    """Return the pages that explain: page → its title, and heading → what stands in code there.

    What stands before the first heading has "" as its heading.
    """
    return {
        page: (_title(text), _sections(_RAW.sub("", text)))
        for page, text in _texts()
        if _title(text)
    }


def _sections(text: str) -> dict[str, str]:
    heads = {match.start(): match[1] for match in re.finditer(r"^## (.+)$", text, re.MULTILINE)}
    found: dict[str, str] = {}
    for code in _CODE.finditer(text):
        before = [heading for place, heading in heads.items() if place < code.start()]
        heading = before[-1] if before else ""
        found[heading] = f"{found.get(heading, '')}\n{code[0]}"
    return found


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
