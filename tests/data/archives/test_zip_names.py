"""Names in zips, as the tools of every system write them."""

from __future__ import annotations

import io
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from data import DataError, load_dataset
from data.archives.zip import zip_members
from data.archives.zip_names import entry_names
from tests.data.samples import load_and_hear, png, write_folder

ACCENTED = {
    f"{pet}/{i}.png": png(np.full((5, 6), 9 * i + len(pet), np.uint8))
    for pet in ("café", "猫")
    for i in range(10)
}


def unflagged(name: str, **fields: Any) -> zipfile.ZipInfo:
    """Return an entry whose name is written as bytes without the flag of UTF-8."""

    class Unflagged(zipfile.ZipInfo):
        def _encodeFilenameFlags(self) -> tuple[bytes, int]:
            return fields.get("raw", name.encode()), 0

    entry = Unflagged(name)
    entry.create_system = fields.get("create_system", 3)
    entry.extra = fields.get("extra", b"")
    return entry


def zip_of(entries: Mapping[zipfile.ZipInfo, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        for entry, content in entries.items():
            archive.writestr(entry, content)
    return out.getvalue()


def unicode_field(name: str, raw: bytes) -> bytes:
    field = b"\x01" + struct.pack("<I", zlib.crc32(raw)) + name.encode()
    return struct.pack("<HH", 0x7075, len(field)) + field


WAYS: dict[str, Callable[[str], zipfile.ZipInfo]] = {
    "flag": zipfile.ZipInfo,
    "no flag": unflagged,
    "NFD": lambda name: zipfile.ZipInfo(unicodedata.normalize("NFD", name)),
    "NFD, no flag": lambda name: unflagged(unicodedata.normalize("NFD", name)),
    "Unicode field": lambda name: unflagged(
        name,
        raw=(raw := name.encode("ascii", "replace").replace(b"?", b"#")),
        extra=unicode_field(name, raw),
    ),
    "backslashes of DOS": lambda name: unflagged(name.replace("/", "\\"), create_system=0),
    "backslashes of NTFS": lambda name: unflagged("p/" + name.replace("/", "\\"), create_system=10),
    "backslashes alone": lambda name: zipfile.ZipInfo(name.replace("/", "\\")),
}


@pytest.mark.parametrize("way", WAYS)
def test_names_in_zips_are_those_of_the_folder(way: str, tmp_path: Path) -> None:
    folder = load_dataset(write_folder(tmp_path / "x", ACCENTED))
    assert folder.class_names == ("café", "猫")
    (tmp_path / "x.zip").write_bytes(zip_of({WAYS[way](n): c for n, c in ACCENTED.items()}))
    zipped = load_dataset(tmp_path / "x.zip")
    assert zipped.class_names == folder.class_names
    assert zipped.sha256 == folder.sha256


def test_names_of_no_known_encoding_are_a_guess_that_is_said(tmp_path: Path) -> None:
    """Windows writes its own code page: the one that the format names, or another."""
    pages = {"café": "cp437", "猫": "shift_jis"}
    entries = {
        unflagged(name, raw=name.encode(pages[name.partition("/")[0]]), create_system=0): content
        for name, content in ACCENTED.items()
    }
    (tmp_path / "x.zip").write_bytes(zip_of(entries))
    dataset, said = load_and_hear(tmp_path / "x.zip")
    assert dataset.class_names[0] == "café"
    assert "20 names are not in UTF-8 and read as code page 437, as 'café/0.png'" in said
    assert "make it anew with names in UTF-8" in said


def test_a_backslash_of_unix_is_part_of_a_name(tmp_path: Path) -> None:
    files = {name.replace("café", "a\\b"): content for name, content in ACCENTED.items()}
    (tmp_path / "x.zip").write_bytes(zip_of({zipfile.ZipInfo(n): c for n, c in files.items()}))
    assert load_dataset(tmp_path / "x.zip").class_names == ("a\\b", "猫")


def test_a_field_for_another_name_is_not_believed(tmp_path: Path) -> None:
    extra = unicode_field("dog/1.png", b"something else")
    path = tmp_path / "x.zip"
    for each in (extra, extra[:-3], b"\x75\x70"):
        path.write_bytes(zip_of({unflagged("cat/1.png", extra=each): b""}))
        try:
            names = [member.name for member in zip_members(path)]
        except DataError as error:
            assert "x.zip: not a .zip, or a damaged one" in str(error)  # noqa: PT017
        else:
            assert names == ["cat/1.png"]


def test_a_guess_is_said_of_images_in_a_table_too(tmp_path: Path) -> None:
    entries = {
        unflagged(name, raw=name.encode("cp437")): ACCENTED[name]
        for name in ACCENTED
        if name[0] == "c"
    }
    lines = ["path,label", *(f"{entry.filename},{i % 2}" for i, entry in enumerate(entries))]
    entries[zipfile.ZipInfo("labels.csv")] = "\n".join(lines).encode()
    (tmp_path / "x.zip").write_bytes(zip_of(entries))
    dataset, said = load_and_hear(tmp_path / "x.zip")
    assert dataset.n_train + dataset.n_test == 10
    assert "10 names are not in UTF-8 and read as code page 437, as 'café/0.png'" in said


def test_a_name_is_hashed_once_however_many_fields_stand_beside_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    hashed: list[bytes] = []
    crc32 = zlib.crc32

    def counting(content: bytes) -> int:
        hashed.append(content)
        return crc32(content)

    extra = unicode_field("dog/1.png", b"something else") * 1000
    entry = unflagged("cat/1.png", extra=extra + unicode_field("café/1.png", b"cat/1.png"))
    monkeypatch.setattr(zlib, "crc32", counting)
    assert entry_names([entry]) == [("café/1.png", False)]
    assert hashed == [b"cat/1.png"]
