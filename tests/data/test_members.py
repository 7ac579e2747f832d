"""Folders, and what all ways to hold files have in common."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from data import DataError
from data.members import inside, members
from tests.data.samples import write_folder

FILES = {"b/2.txt": b"two", "a/1.txt": b"one" * 9999, "top.txt": b""}


def test_every_file_is_there_once(pack: Callable[[Mapping[str, bytes]], Path]) -> None:
    path = pack(FILES)
    assert {m.name: m.read(1 << 20) for m in members(path)} == FILES
    # Unread ones are passed over.
    assert {m.name: m.n_bytes for m in members(path)} == {n: len(c) for n, c in FILES.items()}


def test_reading_is_bounded(pack: Callable[[Mapping[str, bytes]], Path]) -> None:
    for member in members(pack(FILES)):
        if member.n_bytes:
            with pytest.raises(DataError, match=rf"{member.n_bytes} bytes, expected at most 2"):
                member.read(2)


def test_a_folder_is_read_in_sorted_order(tmp_path: Path) -> None:
    names = ["b/1", "a/10", "a/2", "a/1/z", "c"]
    folder = write_folder(tmp_path / "x", dict.fromkeys(names, b""))
    assert [m.name for m in members(folder)] == ["c", "a/10", "a/2", "a/1/z", "b/1"]


def test_links_to_files_and_folders_are_followed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a/1": b"1"})
    other = write_folder(tmp_path / "other", {"2": b"2"})
    (folder / "b").symlink_to(other)
    (folder / "a/2").symlink_to(other / "2")
    assert {m.name: m.read(9) for m in members(folder)} == {"a/1": b"1", "a/2": b"2", "b/2": b"2"}


def test_links_in_a_circle_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"a/1": b"1"})
    (folder / "a/again").symlink_to(folder)
    with pytest.raises(DataError, match="again: links to a folder that is read already"):
        list(members(folder))


def test_bottomless_folders_are_refused(tmp_path: Path) -> None:
    (tmp_path / "/".join("d" * 70)).mkdir(parents=True)
    with pytest.raises(DataError, match="more than 64 folders deep"):
        list(members(tmp_path))


def test_broken_links_and_pipes_are_refused(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"1": b"1"})
    (folder / "2").symlink_to(folder / "none")
    with pytest.raises(DataError, match="2: cannot be read"):
        list(members(folder))
    (folder / "2").unlink()
    os.mkfifo(folder / "pipe.png")
    with pytest.raises(DataError, match=r"pipe\.png: neither a file nor a folder"):
        list(members(folder))


def test_a_file_that_shrinks_or_goes_is_noticed(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", {"1": b"123"})
    (member,) = members(folder)
    (folder / "1").write_bytes(b"1")
    with pytest.raises(DataError, match="truncated: 1 of 3 bytes"):
        member.read(9)
    (folder / "1").unlink()
    with pytest.raises(DataError, match="1: cannot be read"):
        member.read(9)


@pytest.mark.parametrize(
    "name", ["../x", "a/../../x", "/etc/passwd", "..", "C:/x", "a\\..\\x", "\\x"]
)
def test_names_that_lead_out_are_refused(name: str) -> None:
    with pytest.raises(DataError, match=r"pets\.tar: member .* leads out of the archive"):
        inside(name, Path("pets.tar"))


@pytest.mark.parametrize(
    ("name", "plain"), [("./a/b", "a/b"), ("a//b", "a/b"), ("a..b/c", "a..b/c"), (".", "")]
)
def test_plain_names(name: str, plain: str) -> None:
    assert inside(name, Path("x")) == plain
