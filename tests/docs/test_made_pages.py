"""Pages that are made of the code: commands, studies, READMEs and reports."""

from __future__ import annotations

import ast
import contextlib
import io
import json
import re
import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from docs.machinery import command_line, gallery, reports, texts
from docs.machinery.made_pages import FOLDERS, write_pages
from docs.machinery.mentions import uses
from pipelines.cli import COMMANDS
from pipelines.studies import STUDIES

ROOT = Path(__file__).parents[2]


def test_each_command_has_a_page_with_all_its_options() -> None:
    pages = command_line.pages()
    assert set(pages) == {"index.md", *(f"{name}.md" for name in COMMANDS)}
    for name, command in command_line.group().commands.items():
        for parameter in command.params:
            for option in parameter.opts:
                assert option in pages[f"{name}.md"], (name, option)
    assert "`-h, --help`" in pages["compare.md"]
    assert "preconv compare --data photos" in pages["compare.md"]


def test_each_study_has_a_page_and_a_notebook() -> None:
    pages = gallery.pages()
    assert set(pages) == {"index.md", *(f"{name}.md" for name in STUDIES)}
    whole = (ROOT / "pipelines" / "reports" / "studies" / "index.html").read_text(encoding="utf-8")
    found = gallery.kept().values()
    assert sum(len(kept.pictures) for kept in found) == whole.count("<figure")
    assert sum(len(kept.findings) for kept in found) == whole.count('class="mark')
    for name, kept in gallery.kept().items():
        assert kept.took
        assert kept.findings
        assert kept.pictures
        assert pages[f"{name}.md"].count("<figure") == len(kept.pictures)
        assert pages[f"{name}.md"].count("<svg") + pages[f"{name}.md"].count("<img") >= len(
            kept.pictures
        )
        assert pages[f"{name}.md"].count('class="finding"') == len(kept.findings)


def run_notebook(text: str, monkeypatch: pytest.MonkeyPatch) -> tuple[str, list[str]]:
    """Run the cells of a notebook at a tenth of the size; what they print, and what they show."""
    shown: list[str] = []
    display: Any = ModuleType("IPython.display")
    display.HTML, display.display = str, shown.append
    monkeypatch.setitem(sys.modules, "IPython.display", display)
    printed, names = io.StringIO(), dict[str, Any]()
    with contextlib.redirect_stdout(printed):
        for cell in json.loads(text)["cells"]:
            if cell["cell_type"] == "code":
                code = "".join(cell["source"]).replace("size=1.0", "size=0.1")
                exec(compile(code, "notebook", "exec"), names)
    return printed.getvalue(), shown


@pytest.mark.slow
@pytest.mark.parametrize("name", STUDIES)
def test_every_notebook_of_a_study_runs(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    printed, shown = run_notebook(gallery.notebooks()[f"{name}.ipynb"], monkeypatch)
    kept = gallery.kept()[name]
    assert len(printed.splitlines()) == len(kept.findings)
    assert len(shown) == len(kept.pictures)
    assert all("--ink: #1a1f26" in each and "<svg" in each for each in shown)


def test_notebooks_are_notebooks() -> None:
    for text in gallery.notebooks().values():
        cells = json.loads(text)["cells"]
        assert [cell["cell_type"] for cell in cells][:3] == ["markdown", "code", "code"]
        for cell in cells:
            if cell["cell_type"] == "code":
                ast.parse("".join(cell["source"]))


def test_links_of_readmes_lead_to_pages() -> None:
    made = {
        f"{folder}/{file}"
        for folder, make in FOLDERS.items()
        if folder != "reference"
        for file in make()
    }
    text = (ROOT / "pipelines" / "README.md").read_text(encoding="utf-8")
    moved = texts.with_links(text, "pipelines", "in_depth")
    links = re.findall(r"\]\(([^()#\s]+)", moved)
    assert links
    for link in links:
        place = (ROOT / "docs" / "in_depth" / link).resolve()
        known = place.is_relative_to(ROOT / "docs")
        name = place.relative_to(ROOT / "docs").as_posix() if known else ""
        assert "://" in link or name in {*made, "index.md"} or (not known and place.is_file()), link


def test_code_of_a_readme_stays_as_it_is() -> None:
    text = "`[a](b.md)` [c](CHANGELOG.md)\n```\n[d](e.md)\n```\n"
    assert texts.with_links(text, "", "project") == text.replace("CHANGELOG.md", "changelog.md")


def test_each_kept_report_has_a_page() -> None:
    kept = {path.parent.name for path in (ROOT / "pipelines" / "reports").glob("*/report.json")}
    assert {f"{name}.md" for name in kept} | {"index.md"} == set(reports.pages())


def test_what_is_no_longer_made_goes(tmp_path: Path) -> None:
    write_pages(tmp_path / "made", {"a.md": "A", "b.md": "B"})
    stamp = (tmp_path / "made" / "a.md").stat().st_mtime_ns
    write_pages(tmp_path / "made", {"a.md": "A", "c.md": "C"})
    assert sorted(path.name for path in (tmp_path / "made").iterdir()) == ["a.md", "c.md"]
    assert (tmp_path / "made" / "a.md").stat().st_mtime_ns == stamp


def test_a_plain_word_must_be_called_or_imported() -> None:
    assert uses("HOG().fit(x)", "HOG")
    assert not uses("DenseHOG()", "HOG")
    assert not uses("preconv compare photos", "compare")
    assert uses("from pipelines import Comparison, compare", "compare")


def test_git_ignores_what_is_made() -> None:
    ignored = (ROOT / ".gitignore").read_text().split()
    makefile = (ROOT / "Makefile").read_text()
    (made,) = re.findall(r"^MADE := (.*)$", makefile, flags=re.MULTILINE)
    folders = {folder.partition("/")[0] for folder in FOLDERS}
    assert set(made.split()) == folders
    assert {f"/docs/{folder}/" for folder in folders} <= set(ignored)
