"""A zip states the size of every file in it; each file is checked against what is stated."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import IO

from data.archives.member import ALWAYS_ALLOWED_BYTES, MAX_RATIO, Member, inside
from data.archives.passed_over import PassedOver, hidden_part
from data.archives.zip_names import entry_names
from data.errors import DataError
from data.pixels.images import is_image_name

_READABLE = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


def zip_members(
    path: Path,
    passed: PassedOver | None = None,
    packed: bytes | None = None,
    size: int | None = None,
) -> Iterator[Member]:
    """Yield the files of a zip in its order; what is passed over is noted.

    `packed` is its content if it lies in another archive, and `size` the bytes that it takes on
    disk at most; errors then call it `path` all the same.
    """
    passed = passed or PassedOver()
    try:
        archive = zipfile.ZipFile(path if packed is None else io.BytesIO(packed))
    # zipfile raises BadZipFile, NotImplementedError, struct.error, UnicodeDecodeError, …
    except Exception as error:
        raise DataError(f"{path}: not a .zip, or a damaged one ({error}); get it anew") from error
    with archive:
        entries = archive.infolist()
        n_bytes = sum(entry.file_size for entry in entries)
        size = path.stat().st_size if size is None else size
        if n_bytes > max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * size):
            raise DataError(
                f"{path}: decompresses to {n_bytes} bytes, more than {MAX_RATIO} times its size, "
                "as images never do; unpack it yourself if you trust it"
            )
        for entry, (written, guessed) in zip(entries, entry_names(entries), strict=True):
            name = inside(written, path)
            where = f"{path}: member {name!r}"
            if guessed:
                passed.add("name in no known encoding", name)
            if written.endswith("/"):
                passed.add("folder", name)
                continue
            kind = stat.S_IFMT(entry.external_attr >> 16)
            if kind not in (0, stat.S_IFREG):
                if hidden_part(name):
                    passed.add("hidden", name)
                    continue
                if not is_image_name(name):
                    is_link = kind == stat.S_IFLNK
                    passed.add("link" if is_link else "pipe, socket or device", name)
                    continue
                raise DataError(
                    f"{where} is a link or a device, not a plain file; make the zip anew without "
                    "`-y`, so that it holds files instead of links, or remove it"
                )
            yield Member(
                name,
                where,
                entry.file_size,
                partial(_content, archive, entry, where),
                stream=partial(_stream, archive, entry, where),
            )


def _content(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> bytes:
    _check_packing(entry, where)
    try:
        return archive.read(entry)
    except Exception as error:  # BadZipFile, zlib.error, RuntimeError (encrypted), …
        raise DataError(f"{where}: damaged or encrypted ({error}); get the zip anew") from error


def _stream(archive: zipfile.ZipFile, entry: zipfile.ZipInfo, where: str) -> IO[bytes]:
    _check_packing(entry, where)
    try:
        return archive.open(entry)
    except Exception as error:
        raise DataError(f"{where}: damaged or encrypted ({error}); get the zip anew") from error


def _check_packing(entry: zipfile.ZipInfo, where: str) -> None:
    # bz2 and LZMA can make gigabytes of one small read.
    if entry.compress_type not in _READABLE:
        raise DataError(f"{where}: not stored or deflated; make the zip anew in the ordinary way")
