from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import pytest

from tests.release.versions import FILES, ReleaseError, current, cut, problems

ROOT = Path(__file__).parents[2]
TODAY = dt.date(2031, 2, 3)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    for name in FILES:
        shutil.copy(ROOT / name, tmp_path)
    changes = tmp_path / "CHANGELOG.md"
    text = changes.read_text(encoding="utf-8")
    # Right after a release nothing is listed.
    listed = text.replace("## [Unreleased]\n", "## [Unreleased]\n\n### Added\n\n- All.\n", 1)
    changes.write_text(listed, encoding="utf-8")
    return tmp_path


def content(home: Path) -> dict[str, bytes]:
    return {name: (home / name).read_bytes() for name in FILES}


def test_the_version_stands_everywhere() -> None:
    assert problems(ROOT) == []


@pytest.mark.parametrize(
    ("file", "old", "new", "said"),
    [
        ("CITATION.cff", "version: {}", "version: 9.9", "version is 9.9, not"),
        ("CITATION.cff", "date-released: 2", "date-released: 3", "date-released is 3"),
        ("CITATION.cff", "repository-code: ", "repository: ", "repository-code is not https"),
        ("CHANGELOG.md", "## [{}]", "## [9.9]", "no entry"),
        ("CHANGELOG.md", "## [{}] –", "## [{}]\n–", "has no date"),
    ],
)
def test_what_disagrees_is_named(home: Path, file: str, old: str, new: str, said: str) -> None:
    text, version = (home / file).read_text(encoding="utf-8"), current(home)
    assert old.format(version) in text
    changed = text.replace(old.format(version), new.format(version))
    (home / file).write_text(changed, encoding="utf-8")
    (problem,) = problems(home)
    assert file in problem
    assert said in problem


def test_a_version_is_cut_in_all_files_and_put_back(home: Path) -> None:
    before = content(home)
    put_back = cut(home, "99.1.0", TODAY)
    assert current(home) == "99.1.0"
    assert problems(home) == []
    assert "version: 99.1.0\ndate-released: 2031-02-03" in (home / "CITATION.cff").read_text()
    heading = "## [Unreleased]\n\n## [99.1.0] – 2031-02-03\n\n### "
    assert heading in (home / "CHANGELOG.md").read_text(encoding="utf-8")
    with pytest.raises(ReleaseError, match="nothing is listed under"):
        cut(home, "99.2.0", TODAY)
    put_back()
    assert content(home) == before


@pytest.mark.parametrize("version", ["0.0.1", "next", "v9.0", "9.0.0 ", "9.0.0; x"])
def test_what_is_no_later_version_is_refused_and_changes_nothing(home: Path, version: str) -> None:
    before = content(home)
    with pytest.raises(ReleaseError, match="VERSION="):
        cut(home, version, TODAY)
    assert content(home) == before


def test_a_file_of_another_form_changes_nothing(home: Path) -> None:
    (home / "CITATION.cff").write_text("title: mine\n")
    before = content(home)
    with pytest.raises(ReleaseError, match=r"CITATION\.cff: 0 lines"):
        cut(home, "99.1.0", TODAY)
    assert content(home) == before
