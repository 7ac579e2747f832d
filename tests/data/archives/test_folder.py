"""Folders: their order, their links, and what is no file in them."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from data import DataError
from data.archives.folder import folder_members
from data.archives.passed_over import PassedOver
from tests.data.samples import write_folder


def test_a_folder_is_read_in_sorted_order(tmp_path: Path) -> None:
    names = ["b/1", "a/10", "a/2", "a/1/z", "c"]
    folder = write_folder(tmp_path / "x", dict.fromkeys(names, b""))
    assert [m.name for m in folder_members(folder)] == ["c", "a/10", "a/2", "a/1/z", "b/1"]


def test_links_to_files_and_folders_are_followed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a/1": b"1"})
    other = write_folder(tmp_path / "other", {"2": b"2"})
    (folder / "b").symlink_to(other)
    (folder / "a/2").symlink_to(other / "2")
    assert {m.name: m.read(9) for m in folder_members(folder)} == {
        "a/1": b"1",
        "a/2": b"2",
        "b/2": b"2",
    }


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a/1": b"1"})
    (folder / "a/again").symlink_to(folder)
    with pytest.raises(DataError, match="again: links to a folder that is read already"):
        list(folder_members(folder))


def test_bottomless_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "/".join("d" * 70)).mkdir(parents=True)
    with pytest.raises(DataError, match="more than 64 folders deep"):
        list(folder_members(tmp_path))


def test_what_is_no_file_is_passed_over_and_counted(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"cat/1": b"1", ".venv/lib/1.png": b"", "cat/.#2": b""})
    (folder / "cat/2").symlink_to(folder / "none")
    (folder / "cat/.#3").symlink_to("me@host.1234:5")
    (folder / "cat/round").symlink_to(folder / "cat/round")
    (folder / ".venv/lib64").symlink_to("lib")
    os.mkfifo(folder / "pipe.png")
    os.mkfifo(folder / ".sync")
    (folder / "empty").mkdir()
    write_folder(folder / "env", {"pyvenv.cfg": b"", "lib/site-packages/logo.png": b""})
    (folder / "env/lib64").symlink_to("lib")
    (folder / "conda/conda-meta").mkdir(parents=True)
    passed = PassedOver()
    assert [member.name for member in folder_members(folder, passed)] == ["cat/.#2", "cat/1"]
    assert {kind: sorted(names) for kind, names in passed.names.items()} == {
        "folder": ["cat", "empty"],
        "hidden": [".sync", ".venv", "cat/.#3"],
        "virtual environment": ["conda", "env"],
        "dead link": ["cat/2", "cat/round"],
        "pipe, socket or device": ["pipe.png"],
    }


def test_a_hidden_folder_is_not_even_looked_into(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"1": b"1"})
    (folder / ".git" / "/".join("d" * 70)).mkdir(parents=True)
    assert [member.name for member in folder_members(folder)] == ["1"]


def test_a_file_that_shrinks_or_goes_is_noticed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"1": b"123"})
    (member,) = folder_members(folder)
    (folder / "1").write_bytes(b"1")
    with pytest.raises(DataError, match="truncated: 1 of 3 bytes"):
        member.read(9)
    (folder / "1").unlink()
    with pytest.raises(DataError, match="1: cannot be read"):
        member.read(9)
