"""The command that a report prints is run as it stands, for every kind of source."""

from __future__ import annotations

import dataclasses
import html
import re
import shlex
import tarfile
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner, Result

from data import NAMED_DATASETS, Dataset, save_npz
from pipelines.cli import app
from pipelines.record.report import Report
from pipelines.reporting.markdown import markdown
from pipelines.reporting.page import page

NARROW = ("--features", "color", "--models", "linear", "--seeds", "0")


def run(*arguments: object) -> Result:
    return CliRunner().invoke(app, [str(each) for each in arguments], catch_exceptions=False)


@pytest.fixture
def sources(tiny: Dataset, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with images of every kind, in which one stands; some have a name."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    monkeypatch.setattr("pipelines.reporting.page.page", lambda *_: "")  # takes seconds to draw
    for name in ("builtin", "svhn"):
        entry = dataclasses.replace(
            NAMED_DATASETS[name], load=lambda *_: tiny, reproducible=name == "builtin"
        )
        monkeypatch.setitem(NAMED_DATASETS, name, entry)
    save_npz(tiny, tmp_path / "tiny.npz")
    for folder in ("photos.2023", "my photos", "cifar10"):
        for i in range(18):
            home = Path(folder, tiny.class_names[i % 3])
            home.mkdir(parents=True, exist_ok=True)
            Image.fromarray(tiny.images_train[i]).save(home / f"{i}.png")
    with zipfile.ZipFile("photos.zip", "w") as archive:
        for path in sorted(Path("my photos").rglob("*.png")):
            archive.write(path)
    with tarfile.open("photos.tar.gz", "w:gz") as tar:
        tar.add("my photos")
    return tmp_path


@pytest.mark.parametrize(
    "given",
    [
        "builtin",
        "svhn",
        "tiny.npz",
        "photos.2023",
        "my photos",
        "./cifar10",
        "~/photos.2023",
        "photos.zip",
        "photos.tar.gz",
        "ABSOLUTE/my photos",
    ],
)
def test_the_command_of_a_report_reproduces_it(
    given: str, sources: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data = given.replace("ABSOLUTE", str(sources))
    assert run("compare", "--data", data, *NARROW, "--out", "runs/one").exit_code == 0
    written = Path("runs/one/report.md").read_text()
    (command,) = re.findall(r"^preconv (reproduce .*)$", written, re.MULTILINE)
    assert shlex.split(command)[2:] == ([] if given == "builtin" else ["--data", data])
    places = [("runs/one", "report.json"), (".", "runs/one")]
    # A name and a path show for all of them that they are found from the folder above, too.
    for folder, report in places if given in ("builtin", "my photos") else places[:1]:
        with monkeypatch.context() as there:
            there.chdir(folder)
            again = run(*shlex.split(command.replace("report.json", report)))
        assert again.exit_code == 0, again.stdout
    # Nothing but the command needs the place, and a report that is passed on does not hold it.
    assert str(sources) not in Path("runs/one/report.json").read_text()


def test_images_that_are_not_above_the_report_are_named_in_whole(
    sources: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    out = tmp_path_factory.mktemp("elsewhere")
    assert run("compare", "--data", "photos.zip", *NARROW, "--out", out).exit_code == 0
    (command,) = re.findall(r"^preconv (.*)$", (out / "report.md").read_text(), re.MULTILINE)
    assert shlex.split(command)[-1] == str(sources / "photos.zip")
    monkeypatch.chdir(out)
    assert run(*shlex.split(command)).exit_code == 0


def test_the_page_prints_the_same_command(report: Report) -> None:
    one = report.model_copy(update={"cells": report.cells[:1], "pairs": ()})
    command = "preconv reproduce report.json --data 'my photos'"
    assert command in html.unescape(page(one, None, "my photos"))
    assert command in markdown(one, "my photos")
    assert "--data" not in page(one)
    assert "--data" not in markdown(one)
