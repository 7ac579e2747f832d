"""Links of the finished site that lead nowhere, and what it would fetch from elsewhere."""

from __future__ import annotations

from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

from sphinx.application import Sphinx
from sphinx.errors import SphinxError

_FETCHED = {("script", "src"), ("img", "src"), ("iframe", "src"), ("source", "src")}
_KINDS_OF_FETCHED = {"stylesheet", "icon", "preload", "modulepreload", "preconnect"}


class DeadLinkError(SphinxError):
    """The finished site has links that lead nowhere."""

    category = "Dead links"


@dataclass
class Page:
    """What a page links to, what it has to be linked to, and what it fetches."""

    links: list[str] = field(default_factory=list)
    anchors: set[str] = field(default_factory=set)
    fetched: list[str] = field(default_factory=list)


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.page = Page()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {key: value for key, value in attrs if value is not None}
        self.page.anchors.update(given[key] for key in ("id", "name") if key in given)
        kinds = set(given.get("rel", "").split())
        for key in ("href", "src"):
            if not (address := given.get(key)):
                continue
            self.page.links.append(address)
            if (tag, key) in _FETCHED or (tag == "link" and kinds & _KINDS_OF_FETCHED):
                self.page.fetched.append(address)


def read_page(text: str) -> Page:
    """Return what a page of HTML links to, can be linked to, and fetches.

    Parameters
    ----------
    text : str
        The page.

    Returns
    -------
    Page
        Addresses in their order, and the anchors.

    Examples
    --------
    >>> read_page('<h1 id="top">A</h1><a href="b.html#c">B</a>')
    Page(links=['b.html#c'], anchors={'top'}, fetched=[])
    """
    reader = _Reader()
    reader.feed(text)
    return reader.page


def problems(site: Path) -> list[str]:
    """Return a line for each link of a site that leads nowhere, and each fetch from elsewhere.

    Parameters
    ----------
    site : Path
        The folder of the finished site.

    Returns
    -------
    list of str
        In the order of the pages.
    """
    pages = {
        path.resolve(): read_page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts  # templates of the theme lie there
    }
    found = []
    for path, page in pages.items():
        name = path.relative_to(site.resolve()).as_posix()
        for address in dict.fromkeys(page.links):
            if (problem := _problem(address, path, pages)) is not None:
                found.append(f"{name}: {address}: {problem}")
        found += [
            f"{name}: {address}: is fetched from elsewhere"
            for address in page.fetched
            if urlsplit(address).netloc
        ]
    return found


def _problem(address: str, path: Path, pages: dict[Path, Page]) -> str | None:
    parts = urlsplit(address)
    if parts.scheme or parts.netloc:
        return None
    target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
    if target.is_dir():
        target /= "index.html"
    if not target.is_file():
        return "there is no such file"
    fragment = unquote(parts.fragment)
    if fragment and target in pages and fragment not in pages[target].anchors:
        return "the page has no such anchor"
    return None


def _check(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html":
        return
    if found := problems(Path(app.outdir)):
        raise DeadLinkError("\n".join(["", *found]))


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the site checked when it is finished."""
    app.connect("build-finished", _check, priority=900)  # when the theme has written its files
    return {"parallel_read_safe": True, "parallel_write_safe": True}
