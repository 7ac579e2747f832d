"""The READMEs and what else explains the project at its top, as pages of the site."""

from __future__ import annotations

import posixpath
import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]

IN_DEPTH = {
    "data.md": "data/README.md",
    "builtin.md": "data/builtin/README.md",
    "features.md": "features/README.md",
    "models.md": "models/README.md",
    "pipelines.md": "pipelines/README.md",
    "kept_reports.md": "pipelines/reports/README.md",
}
PROJECT = {
    "changelog.md": "CHANGELOG.md",
    "contributing.md": "CONTRIBUTING.md",
    "security.md": "SECURITY.md",
}
_PAGES = (
    {source: f"in_depth/{page}" for page, source in IN_DEPTH.items()}
    | {source: f"project/{page}" for page, source in PROJECT.items()}
    | {
        "README.md": "index.md",
        "pipelines/reports": "reports/index.md",
        "pipelines/reports/studies/index.html": "gallery/index.md",
    }
)
"""File of the repository → the page of the site that shows it."""

_LINK = re.compile(r"(?P<open>!?\[(?:[^\[\]]|\[[^\[\]]*\])*\])\((?P<to>[^()\s]+)\)")
_CODE = re.compile(r"^```.*?^```$|`[^`\n]+`", re.DOTALL | re.MULTILINE)


def in_depth_pages() -> dict[str, str]:
    """Return the pages of the packages: file → text.

    Returns
    -------
    dict of str to str
        For the folder `in_depth`.
    """
    return {page: page_of(source, "in_depth") for page, source in IN_DEPTH.items()}


def project_pages() -> dict[str, str]:
    """Return the pages on the project: file → text.

    Returns
    -------
    dict of str to str
        For the folder `project`.
    """
    return {page: page_of(source, "project") for page, source in PROJECT.items()}


def page_of(source: str, folder: str) -> str:
    """Return a Markdown file of the repository, with links for its page.

    Parameters
    ----------
    source : str
        The file, from the top of the repository.
    folder : str
        The folder of the page, from the top of `docs`.

    Returns
    -------
    str
        Its text.
    """
    text = (ROOT / source).read_text(encoding="utf-8")
    return with_links(text, posixpath.dirname(source), folder)


def with_links(text: str, home: str, folder: str) -> str:
    """Return Markdown whose links hold on the site.

    A link to a file that has a page leads to the page; one to any other file of the repository
    downloads it. What stands in code stays as it is.

    Parameters
    ----------
    text : str
        Markdown.
    home : str
        Folder of the file, from the top of the repository.
    folder : str
        Folder of its page, from the top of `docs`.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> with_links("[What is new](../CHANGELOG.md#fixed)", "features", "in_depth")
    '[What is new](../project/changelog.md#fixed)'
    """

    def moved(link: re.Match[str]) -> str:
        address, hash_sign, anchor = link["to"].partition("#")
        if not address or "://" in address:
            return link[0]
        target = posixpath.normpath(posixpath.join(home, address))
        page = _page_of(target)
        place = page or posixpath.join("..", target)
        return f"{link['open']}({posixpath.relpath(place, folder)}{hash_sign}{anchor})"

    parts, end = [], 0
    for code in _CODE.finditer(text):
        parts += [_LINK.sub(moved, text[end : code.start()]), code[0]]
        end = code.end()
    return "".join([*parts, _LINK.sub(moved, text[end:])])


def _page_of(target: str) -> str | None:
    if report := re.fullmatch(r"pipelines/reports/([\w-]+)/report\.md", target):
        return f"reports/{report[1]}.md"
    return _PAGES.get(target)
