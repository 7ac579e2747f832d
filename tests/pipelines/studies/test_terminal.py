from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from pipelines.cli import app
from pipelines.studies import STUDIES, Study
from tests.pipelines.studies.stand_ins import failing


@pytest.fixture(autouse=True)
def away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def study(*arguments: object) -> Result:
    words = ["study", *(str(each) for each in arguments)]
    return CliRunner().invoke(app, words, catch_exceptions=False)


def said(result: Result) -> str:
    return " ".join(result.output.split())


def test_without_a_name_they_are_listed() -> None:
    result = study()
    assert result.exit_code == 0
    for name, entry in STUDIES.items():
        assert f"{name} {entry.title}" in said(result)
    assert not Path("runs").exists()


@pytest.mark.usefixtures("stand_ins")
def test_one_study_prints_its_findings_and_writes_its_page(tiny_npz: Path) -> None:
    result = study("holding", "--data", tiny_npz, "--size", "0.5", "--seed", 2)
    assert result.exit_code == 0
    assert result.stderr == ""  # no terminal, so nothing moves
    assert "Two is `even` & a < b." in said(result)
    assert "holds Half of it is 2.25" in said(result)
    assert "\x1b" not in result.stdout
    page = Path("runs/studies/holding.html")
    assert str(page) in result.stdout
    assert "--data tiny.npz --size 0.5 --seed 2" in page.read_text(encoding="utf-8")


@pytest.mark.usefixtures("stand_ins")
def test_a_finding_that_does_not_hold_makes_the_status_1(tiny_npz: Path) -> None:
    result = study("not-holding", "--data", tiny_npz, "--out", "here.html")
    assert result.exit_code == 1
    assert "does not hold It's even, to 2·10⁻¹²," in said(result)
    assert Path("here.html").exists()
    assert not Path("runs").exists()


@pytest.mark.usefixtures("stand_ins")
def test_one_that_fails_leaves_the_others_alone(tiny_npz: Path) -> None:
    result = study("all", "--data", tiny_npz)
    assert result.exit_code == 1
    assert "failed: ValueError: no images" in said(result)
    assert "failed: ModuleNotFoundError" in said(result)
    assert "1 of 4 studies hold" in said(result)
    html = Path("runs/studies/index.html").read_text(encoding="utf-8")
    assert html.count("This study failed.") == 2
    assert "does not hold" in html


def test_all_holds_where_every_finding_does(
    stand_ins: dict[str, Study], tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("failing", "missing"):
        monkeypatch.delitem(STUDIES, name)
    again = replace(stand_ins["not-holding"], run=stand_ins["holding"].run)
    monkeypatch.setitem(STUDIES, "not-holding", again)
    result = study("all", "--data", tiny_npz)
    assert result.exit_code == 0
    assert Path("runs/studies/index.html").exists()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["nix"], "there is no study 'nix'; there are holding, failing, missing, not-holding, or"),
        (["holding", "--data", "no/such/folder"], "no/such/folder"),
        (["holding", "--size", "0"], "--size must be a positive number, got 0.0"),
        (["holding", "--size", "1e9"], "at most 100, got 1000000000.0"),
        (["holding", "--size", "nan"], "--size must be a positive number, got nan"),
        (["holding", "--seed", "-1"], "--seed"),
        (["holding", "--out", "."], ". is a folder"),
        (["holding", "--out", "file/page.html"], "cannot be written"),
    ],
)
@pytest.mark.usefixtures("stand_ins")
def test_bad_input_gets_one_message_and_status_2(arguments: list[str], says: str) -> None:
    Path("file").touch()
    result = study(*arguments)
    assert result.exit_code == 2
    assert says in said(result)
    assert not list(Path().glob("**/*.html"))


@pytest.mark.usefixtures("stand_ins")
def test_an_interruption_leaves_no_page(tiny_npz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(STUDIES["holding"], name="interrupted", run=failing(KeyboardInterrupt()))
    monkeypatch.setitem(STUDIES, "interrupted", entry)
    result = study("all", "--data", tiny_npz)
    assert result.exit_code == 130
    assert "Interrupted. No page was written." in said(result)
    assert not list(Path().glob("**/*.html"))
