"""Zips that are damaged or mean harm."""

from __future__ import annotations

import io
import stat
import zipfile
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given

from data import DataError
from data.archives.passed_over import PassedOver
from data.archives.source import Source
from data.archives.zip import zip_members
from tests.data.samples import damaged, refusal, zip_bytes

FILES = {"a/1.txt": b"one" * 700, "b/2.txt": b"two"}


def written(folder: Path, content: bytes) -> Path:
    path = folder / "pets.zip"
    path.write_bytes(content)
    return path


def read(path: Path) -> dict[str, bytes]:
    return {member.name: member.read(1 << 24) for member in zip_members(path)}


def with_entry(entry: zipfile.ZipInfo, content: bytes = b"x") -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(entry, content)
    return out.getvalue()


@pytest.mark.parametrize("kind", [stat.S_IFLNK, stat.S_IFCHR, stat.S_IFIFO])
def test_links_and_devices_are_refused(tmp_path: Path, kind: int) -> None:
    entry = zipfile.ZipInfo("a/x.png")
    entry.external_attr = (kind | 0o644) << 16
    with pytest.raises(DataError, match=r"pets\.zip: member 'a/x\.png' is a link or a device"):
        read(written(tmp_path, with_entry(entry)))


def test_hidden_links_are_passed_over_and_counted(tmp_path: Path) -> None:
    """Emacs locks a file by such a link."""
    entry = zipfile.ZipInfo("a/.#x.png")
    entry.external_attr = (stat.S_IFLNK | 0o777) << 16
    passed = PassedOver()
    path = written(tmp_path, with_entry(entry, b"me@host.1234:5"))
    assert list(zip_members(path, passed)) == []
    assert passed.of("hidden") == ["a/.#x.png"]


@pytest.mark.parametrize("name", ["../x.png", "/x.png", "a\\..\\x.png"])
def test_names_that_lead_out_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(DataError, match=r"pets\.zip: member .* leads out"):
        read(written(tmp_path, with_entry(zipfile.ZipInfo(name))))


def test_folders_are_passed_over(tmp_path: Path) -> None:
    assert read(written(tmp_path, zip_bytes({"a/": b"", "a/1": b"1"}))) == {"a/1": b"1"}


def test_a_member_without_a_name(tmp_path: Path) -> None:
    content = zip_bytes({"x": b"1"})
    central = content.index(b"PK\x01\x02")
    nameless = content[:central] + content[central:].replace(b"\x01\x00\0\0\0\0", b"\0" * 6, 1)
    nameless = nameless[: central + 46] + nameless[central + 47 :]
    length = len(nameless) - 22 - central
    nameless = nameless[:-10] + length.to_bytes(4, "little") + nameless[-6:]
    with pytest.raises(DataError, match=r"pets\.zip: member '': damaged"):
        read(written(tmp_path, nameless))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_compressions_without_a_bound_are_refused(tmp_path: Path, method: int) -> None:
    entry = zipfile.ZipInfo("x.png")
    entry.compress_type = method
    with pytest.raises(DataError, match=r"member 'x\.png': not stored or deflated"):
        read(written(tmp_path, with_entry(entry)))


def test_decompression_bombs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = written(tmp_path, zip_bytes({"x.png": bytes(1 << 23)}))
    assert len(read(path)) == 1
    monkeypatch.setattr("data.archives.zip.ALWAYS_ALLOWED_BYTES", 1 << 20)
    with pytest.raises(DataError, match=r"pets\.zip: decompresses to 8388608 bytes, more than 100"):
        read(path)


def test_a_size_that_is_not_there(tmp_path: Path) -> None:
    """The directory says 1 GB where the member has 2,100 bytes."""
    content = zip_bytes(FILES)
    declared = (2100).to_bytes(4, "little")
    lying = content.replace(declared, (1 << 30).to_bytes(4, "little"))
    with pytest.raises(DataError, match=r"pets\.zip"):
        read(written(tmp_path, lying))


def test_cut_off_anywhere(tmp_path: Path) -> None:
    whole = zip_bytes(FILES)
    for length in range(4, len(whole), 5):
        with pytest.raises(DataError, match=r"pets\.zip: not a \.zip"):
            list(Source(written(tmp_path, whole[:length])).members())


def test_damaged_content_is_named(tmp_path: Path) -> None:
    content = bytearray(zip_bytes(FILES))
    content[content.index(b"a/1.txt") + 9] ^= 255
    with pytest.raises(DataError, match=r"member 'a/1\.txt': damaged"):
        read(written(tmp_path, bytes(content)))


@given(damaged(zip_bytes(FILES)))
def test_damage_raises_nothing_but_data_error(content: bytes) -> None:
    with TemporaryDirectory() as folder:
        message = refusal(lambda: read(written(Path(folder), content)))
    assert not message or "pets.zip" in message
