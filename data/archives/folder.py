"""The files of a folder are listed in sorted order, because file systems have none of their own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from data.archives.member import Member
from data.archives.passed_over import Kind, PassedOver, hidden_part
from data.errors import DataError, UnreadableImageError

MAX_DEPTH = 64


def folder_members(path: Path, passed: PassedOver | None = None) -> Iterator[Member]:
    """Yield the files of a folder and of the folders in it, in sorted order.

    Hidden folders, virtual environments, dead links, pipes and the like are passed over and noted.
    """
    passed = passed or PassedOver()
    seen = {os.path.realpath(path)}

    def fail(error: OSError) -> None:
        raise DataError(f"{error.filename}: cannot be read: {error}")

    for folder, folders, files in os.walk(path, onerror=fail, followlinks=True):
        inner = Path(folder).relative_to(path)
        if inner.parts and ("pyvenv.cfg" in files or "conda-meta" in folders):
            passed.add("virtual environment", inner.as_posix())
            folders.clear()
            continue
        if inner.parts:
            passed.add("folder", inner.as_posix())
        for name in [name for name in folders if hidden_part(name)]:
            passed.add("hidden", (inner / name).as_posix())
            folders.remove(name)
        folders.sort()
        if len(inner.parts) > MAX_DEPTH:
            raise DataError(f"{folder}: more than {MAX_DEPTH} folders deep")
        for name in folders:
            real = os.path.realpath(Path(folder, name))
            if real in seen:
                raise DataError(f"{Path(folder, name)}: links to a folder that is read already")
            seen.add(real)
        for name in sorted(files):
            file, kind = Path(folder, name), _special(Path(folder, name))
            if kind:
                passed.add("hidden" if hidden_part(name) else kind, (inner / name).as_posix())
            else:
                yield file_member(path, file)


def _special(file: Path) -> Kind | None:
    """Return what a name in a folder stands for, if it is no plain file."""
    try:
        mode = file.stat().st_mode
    except OSError:
        return "dead link" if file.is_symlink() else None
    return None if stat.S_ISREG(mode) else "pipe, socket or device"


def file_member(folder: Path, file: Path) -> Member:
    """Return a file in a folder as a member of it."""

    def content() -> bytes:
        try:
            return file.read_bytes()
        except OSError as error:
            raise UnreadableImageError(f"{file}: cannot be read: {error}") from error

    try:
        status = file.stat()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{file}: neither a file nor a folder; remove it")
    return Member(file.relative_to(folder).as_posix(), str(file), status.st_size, content)
