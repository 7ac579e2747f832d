"""What folders, archives and single files have in common as sources."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pytest

from data import DataError, load_dataset
from data.archives.source import Source
from tests.data.samples import png, tar_bytes, write_folder

FILES = {"b/2.txt": b"two", "a/1.txt": b"one" * 9999, "top.txt": b""}


def test_every_file_is_there_once(pack: Callable[[Mapping[str, bytes]], Path]) -> None:
    path = pack(FILES)
    assert {m.name: m.read(1 << 20) for m in Source(path).members()} == FILES
    # Unread ones are passed over.
    assert {m.name: m.n_bytes for m in Source(path).members()} == {
        n: len(c) for n, c in FILES.items()
    }


def test_reading_is_bounded(pack: Callable[[Mapping[str, bytes]], Path]) -> None:
    for member in Source(pack(FILES)).members():
        if member.n_bytes:
            with pytest.raises(DataError, match=rf"{member.n_bytes} bytes, expected at most 2"):
                member.read(2)


def test_the_first_bytes_tell_what_a_file_is(pack: Callable[[Mapping[str, bytes]], Path]) -> None:
    path = pack(FILES)
    if path.is_dir():
        assert Source(path).kind == "folder"
        return
    other = path.rename(path.with_name("pets.jpeg"))
    assert Source(other).kind == ("zip" if path.suffix == ".zip" else "tar")
    assert Source(other).plain_name == "pets.jpeg"
    assert sorted(Source(other).names) == sorted(FILES)


def test_a_tar_without_the_ustar_mark_is_one(tmp_path: Path) -> None:
    content = bytearray(tar_bytes({"a": b"1"}))
    content[257:265] = bytes(8)
    content[148:156] = b"        "
    content[148:156] = b"%06o\0 " % sum(content[:512])
    (tmp_path / "old").write_bytes(content)
    assert Source(tmp_path / "old").kind == "tar"
    assert Source(tmp_path / "old").names == ("a",)


@pytest.mark.parametrize("content", [b"", b"a,b\n1,2\n", b"PAR1" + bytes(600), bytes(1024)])
def test_a_file_that_is_no_archive_is_its_own_member(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "labels.csv").write_bytes(content)
    source = Source(tmp_path / "labels.csv")
    assert (source.kind, source.names) == ("file", ("labels.csv",))
    (member,) = source.members()
    assert member.read(2000) == content


def test_a_source_can_be_some_files_of_a_folder(tmp_path: Path) -> None:
    folder = write_folder(tmp_path / "x", FILES)
    source = Source(folder, (folder / "top.txt", folder / "b/2.txt"))
    assert source.names == ("top.txt", "b/2.txt")
    assert [m.read(9) for m in source.members()] == [b"", b"two"]
    with pytest.raises(DataError, match="none: cannot be read"):
        list(Source(folder, (folder / "none",)).members())


@pytest.mark.parametrize("labels", [{}, {"labels.csv": b"path,label\na/1.png,x\na/2.png,y\n"}])
def test_an_image_that_is_there_twice_is_named(labels: dict[str, bytes], tmp_path: Path) -> None:
    """As `tar -r` leaves an archive."""
    image = png(np.zeros((3, 3), np.uint8))
    files = {f"{folder}/{i}.png": image for folder in "ab" for i in (1, 2, 3)} | labels
    names = [*files, "a/2.png", "notes.txt", "notes.txt"]
    with tarfile.open(tmp_path / "x.tar", "w") as tar:
        for name in names:
            header = tarfile.TarInfo(name)
            header.size = len(files.get(name, b""))
            tar.addfile(header, io.BytesIO(files.get(name, b"")))
    with pytest.raises(DataError, match=r"x\.tar: 'a/2\.png' is there more than once; remove all"):
        load_dataset(tmp_path / "x.tar")
