from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path

import pytest

from data import NAMED_DATASETS, Dataset
from data.named.downloads import place
from data.named.named_dataset import NamedDataset
from pipelines.predicting.answers import Answer
from pipelines.terminal.images import show_datasets, show_predictions


def test_a_name_is_shown_as_it_is(screen: io.StringIO) -> None:
    show_predictions([Answer(Path("frame:100:2.png"), ((":cat:", 0.75),), True, "[red]:x:")])
    assert screen.getvalue().splitlines() == ["frame:100:2.png ([red]:x:)", "    75.0 %  :cat:"]


def test_a_dataset_is_listed_by_its_entry(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(*_: object) -> Dataset:
        raise AssertionError("listing must not load")

    entry = NamedDataset("squares", "six squares", "free of terms", ("a", "b"), load=load)
    monkeypatch.setitem(NAMED_DATASETS, entry.name, entry)
    show_datasets()
    rows = [[part.strip() for part in line.split("│")] for line in screen.getvalue().splitlines()]
    assert ["", "squares", "six squares", "none", "free of terms", ""] in rows
    names = [row[1] for row in rows if len(row) == 6 and row[1]]
    assert names == list(NAMED_DATASETS)
    assert [row[3] for row in rows if len(row) == 6 and row[1] == "cifar10"] == ["162 MiB"]


def test_what_is_here_is_said(
    screen: io.StringIO, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    known = replace(NAMED_DATASETS["fashion-mnist"], places=(str(tmp_path),))
    monkeypatch.setitem(NAMED_DATASETS, "fashion-mnist", known)
    for file in known.files:
        (tmp_path / file.name).write_bytes(b"")
    for file in NAMED_DATASETS["svhn"].files:
        place(file).parent.mkdir(parents=True, exist_ok=True)
        place(file).write_bytes(b"")
    show_datasets()
    rows = [[part.strip() for part in line.split("│")] for line in screen.getvalue().splitlines()]
    here = [row[1] for row in rows if len(row) == 6 and row[3] == "here"]
    assert here == ["svhn", "fashion-mnist"]
    for folder in (tmp_path, place(known.files[0]).parents[1]):
        assert f"here: {folder}" in screen.getvalue()


@pytest.mark.parametrize("width", [200, 60, 50, 30, 10])
def test_nothing_of_a_dataset_is_cut(
    width: int, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    show_datasets()
    assert "…" not in capsys.readouterr().out
