"""The files of a folder are listed in sorted order, because file systems have none of their own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from data.archives.member import Member
from data.errors import DataError

MAX_DEPTH = 64


def folder_members(path: Path) -> Iterator[Member]:
    """Yield the files of a folder and of the folders in it, in sorted order."""
    seen = {os.path.realpath(path)}

    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be read: {error}")

    for folder, folders, files in os.walk(path, onerror=fail, followlinks=True):
        folders.sort()
        if len(Path(folder).relative_to(path).parts) > MAX_DEPTH:
            raise DataError(f"{folder}: more than {MAX_DEPTH} folders deep")
        for name in folders:
            real = os.path.realpath(Path(folder, name))
            if real in seen:
                raise DataError(f"{Path(folder, name)}: links to a folder that is read already")
            seen.add(real)
        for name in sorted(files):
            yield file_member(path, Path(folder, name))


def file_member(folder: Path, file: Path) -> Member:
    """Return a file in a folder as a member of it."""

    def content() -> bytes:
        try:
            return file.read_bytes()
        except OSError as error:
            raise DataError(f"{file}: cannot be read: {error}") from error

    try:
        status = file.stat()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{file}: neither a file nor a folder; remove it")
    return Member(file.relative_to(folder).as_posix(), str(file), status.st_size, content)
