"""The files of a folder are listed in sorted order, because file systems have none of their own."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

from data.archives.member import MAX_DEPTH, Member
from data.archives.passed_over import Kind, PassedOver, hidden_part
from data.errors import DataError


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
        before = os.path.join("" if folder == "." else str(Path(folder)), "")  # noqa: PTH118
        start = f"{inner.as_posix()}/" if inner.parts else ""
        for name in sorted(files):
            # Plain texts: with a hundred thousand files, to make paths of them takes seconds.
            file = f"{before}{name}"
            status, kind = _status(file)
            if status is None:
                passed.add("hidden" if hidden_part(name) else kind, start + name)
            else:
                yield _member(start + name, file, status)


def _status(file: str) -> tuple[os.stat_result | None, Kind]:
    """Return the status of a plain file; of what else a name stands for, what it is."""
    try:
        status = os.stat(file)  # noqa: PTH116 - it is a text
    except OSError as error:
        if os.path.islink(file):  # noqa: PTH114
            return None, "dead link"
        raise DataError(f"{file}: cannot be read: {error}") from error
    return (status if stat.S_ISREG(status.st_mode) else None), "pipe, socket or device"


def file_member(folder: Path, file: Path) -> Member:
    """Return a file in a folder as a member of it."""
    try:
        status = file.stat()
    except OSError as error:
        raise DataError(f"{file}: cannot be read: {error}") from error
    if not stat.S_ISREG(status.st_mode):
        raise DataError(f"{file}: neither a file nor a folder; remove it")
    return _member(file.relative_to(folder).as_posix(), str(file), status)


def _member(name: str, file: str, status: os.stat_result) -> Member:
    changed_ns = status.st_mtime_ns, status.st_ctime_ns
    return Member(name, file, status.st_size, None, changed_ns)
