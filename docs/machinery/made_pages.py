"""Pages that are made of the code, the kept reports and the READMEs, before Sphinx reads any."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sphinx.application import Sphinx

from docs.machinery import command_line, gallery, reference, reports, texts

DOCS = Path(__file__).resolve().parents[1]
FOLDERS = {
    "command_line": command_line.pages,
    "gallery": gallery.pages,
    "gallery/notebooks": gallery.notebooks,
    "in_depth": texts.in_depth_pages,
    "project": texts.project_pages,
    "reference": reference.pages,
    "reports": reports.pages,
}
"""Folder → what makes the pages in it: file → text. Git ignores these folders."""


def write_pages(folder: Path, pages: Mapping[str, str]) -> None:
    """Write pages into a folder, and remove what else is in it.

    A page that is there already stays as it is, so that Sphinx need not read it again.

    Parameters
    ----------
    folder : Path
        Where they belong; it is made where it is missing.
    pages : mapping of str to str
        File → text.
    """
    folder.mkdir(parents=True, exist_ok=True)
    for path in folder.iterdir():
        if path.is_file() and path.name not in pages:
            path.unlink()
    for name, text in pages.items():
        path = folder / name
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def _write_all(app: Sphinx) -> None:
    for folder, made in FOLDERS.items():
        write_pages(DOCS / folder, made())


def setup(app: Sphinx) -> dict[str, bool]:
    """Have the pages made before any page is read."""
    app.setup_extension("docs.machinery.tables")  # the READMEs have headings without a word
    app.connect("builder-inited", _write_all)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
