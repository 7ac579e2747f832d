"""A zip says in three places in which encoding its names are, and most tools use none of them."""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Sequence

_UTF8_FLAG = 0x800
_UNICODE_PATH = 0x7075
# Hosts whose tools write "\" between folders: DOS, OS/2, NTFS by both its numbers, and VFAT.
_BACKSLASH_HOSTS = (0, 6, 10, 11, 14)


def entry_names(entries: Sequence[zipfile.ZipInfo]) -> list[tuple[str, bool]]:
    r"""Return each entry's name with "/" between folders, and whether its encoding is a guess.

    A name is UTF-8 if its flag says so, if Info-ZIP's Unicode field gives it, or if its bytes are
    UTF-8, as those that `zip` writes on Linux and macOS. Else it is of code page 437, which the
    format prescribes; tools of Windows may mean another one. A backslash parts folders if the zip
    was made on Windows, or if no name in it has a slash.

    References
    ----------
    PKWARE, "APPNOTE.TXT - .ZIP File Format Specification", sections 4.4.4, 4.6.9 and appendix D.
    """
    found = [_text(entry) for entry in entries]
    slashed = any("/" in name for name, _ in found)
    return [
        (name if slashed and entry.create_system not in _BACKSLASH_HOSTS else _slashed(name), guess)
        for entry, (name, guess) in zip(entries, found, strict=True)
    ]


def _slashed(name: str) -> str:
    return name.replace("\\", "/")


def _text(entry: zipfile.ZipInfo) -> tuple[str, bool]:
    given = entry.orig_filename  # as zipfile has decoded it; newer versions change `filename`
    if entry.flag_bits & _UTF8_FLAG:
        return given, False
    raw = given.encode("cp437")
    try:
        return (_unicode_path(entry.extra, raw) or raw).decode(), False
    except UnicodeDecodeError:
        return given, True


def _unicode_path(extra: bytes, raw: bytes) -> bytes | None:
    """Return the name in Info-ZIP's Unicode field, if it is of these raw bytes."""
    # An entry may have thousands of such fields, and a long name.
    start = b"\x01" + struct.pack("<I", zlib.crc32(raw))
    at = 0
    while at + 4 <= len(extra):
        kind, length = struct.unpack_from("<HH", extra, at)
        field = extra[at + 4 : at + 4 + length]
        if kind == _UNICODE_PATH and field[:5] == start:
            return field[5:]
        at += 4 + length
    return None
