from __future__ import annotations

import errno
import os
import shutil
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from data import Dataset
from pipelines.cli import app
from pipelines.studies import STUDIES, Study
from tests.faults import Faults, injected
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
def test_how_images_are_read_is_in_the_command_of_the_page(tiny: Dataset) -> None:
    for number, label in enumerate(tiny.labels_train[:30]):
        folder = Path("photos", f"{label}", f"part{number % 2}")
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(tiny.images_train[number]).save(folder / f"{number}.png")
    reading = ["--image-size", "8x8", "--fit", "crop", "--class-from", "first", "--skip-unreadable"]
    result = study("holding", "--data", "photos", *reading)
    assert result.exit_code == 0, result.output
    page = Path("runs/studies/holding.html").read_text(encoding="utf-8")
    assert "--data photos --image-size 8x8 --fit crop --class-from first --skip-unreadable" in page
    refused = study("holding", "--data", "photos", "--class-from", "middle")
    assert refused.exit_code == 2
    assert "class_from must be" in said(refused)


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
def test_a_disk_that_is_full_from_any_step_on_leaves_no_page(
    tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("pipelines.studies.page.writing.page", lambda *_: "page")
    without_pictures = replace(STUDIES["holding"], pictures=lambda _: [])
    monkeypatch.setitem(STUDIES, "holding", without_pictures)
    words = ("holding", "--data", tiny_npz, "--out", "pages/a.html")
    with injected(Faults()) as counted:
        assert study(*words).exit_code == 0
    for step in range(len(counted.steps)):
        shutil.rmtree("pages")
        with injected(Faults(step, lasting=True)) as faults:
            result = study(*words)
        assert faults.happened
        assert result.exit_code == 2
        (line,) = result.stderr.splitlines()
        assert "No space left on device" in line
        assert "No page was written." in line or "cannot be written" in line
        assert not list(Path().glob("pages/*"))
        assert study(*words).exit_code == 0
        assert [path.name for path in Path("pages").iterdir()] == ["a.html"]


def test_a_folder_that_takes_no_file_is_said_before_anything_is_run(
    stand_ins: dict[str, Study], tiny_npz: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def forbidden() -> OSError:
        return PermissionError(errno.EACCES, os.strerror(errno.EACCES))

    entry = replace(stand_ins["holding"], run=failing(KeyboardInterrupt()))
    monkeypatch.setitem(STUDIES, "holding", entry)
    Path("pages").mkdir()
    with injected(Faults(0, lasting=True, error=forbidden)):
        result = study("holding", "--data", tiny_npz, "--out", "pages/a.html")
    assert result.exit_code == 2
    assert "pages/a.html: cannot be written: " in said(result)


@pytest.mark.usefixtures("stand_ins")
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_a_page_is_written_though_nothing_can_be_printed(
    tiny_npz: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipelines.studies.page.writing.page", lambda *_: "page")
    words = ["study", "holding", "--data", str(tiny_npz), "--out", "a.html"]
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        with pytest.raises(SystemExit, match="2"):
            app(words)
    assert "not all of it was printed" in capsys.readouterr().err
    assert Path("a.html").exists()


@pytest.mark.usefixtures("stand_ins")
def test_a_device_is_not_replaced_by_a_page(tiny_npz: Path) -> None:
    result = study("holding", "--data", tiny_npz, "--out", "/dev/null")
    assert result.exit_code == 2
    assert Path("/dev/null").is_char_device()


@pytest.mark.usefixtures("stand_ins")
def test_an_interruption_leaves_no_page(tiny_npz: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    entry = replace(STUDIES["holding"], name="interrupted", run=failing(KeyboardInterrupt()))
    monkeypatch.setitem(STUDIES, "interrupted", entry)
    result = study("all", "--data", tiny_npz)
    assert result.exit_code == 130
    assert "Interrupted. No page was written." in said(result)
    assert not list(Path().glob("**/*.html"))
