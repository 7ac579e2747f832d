"""What a folder, a tar or a zip holds, one file at a time, all through one guarded door.

Nothing is ever written to disk, and no more is held in memory than the reader asked for.
"""

from __future__ import annotations

import os
import re
import stat
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from data.errors import DataError

# Deflate reaches 1,032 : 1 on zeros; images, compressed or not, stay far below 100 : 1.
MAX_RATIO = 100
ALWAYS_ALLOWED_BYTES = 1 << 30
MAX_DEPTH = 64


@dataclass(frozen=True)
class Member:
    """One file inside a folder or an archive.

    `name` is relative, with forward slashes; `where` is how errors name the file; `content` may be
    called once, before the next member is asked for.
    """

    name: str
    where: str
    n_bytes: int
    content: Callable[[], bytes]

    def read(self, limit: int) -> bytes:
        """Return the file's bytes, which must be no more than `limit`."""
        if self.n_bytes > limit:
            raise DataError(f"{self.where}: {self.n_bytes} bytes, expected at most {limit}")
        content = self.content()
        if len(content) != self.n_bytes:
            raise DataError(
                f"{self.where}: truncated: {len(content)} of {self.n_bytes} bytes are there"
            )
        return content


def members(path: Path) -> Iterator[Member]:
    """Yield the files of a folder (in sorted order) or of an archive (in its own order).

    An archive is a `.zip`, a `.tar` or a `.tar.gz`, told by its first bytes.

    Raises
    ------
    DataError
        If the archive is damaged, decompresses to more than images can, or holds a link, a device
        or a name that leads out of it.
    """
    if path.is_dir():
        yield from _folder_members(path)
        return
    with path.open("rb") as file:
        start = file.read(4)
    if start in (b"PK\x03\x04", b"PK\x05\x06"):
        from data.zip_members import zip_members

        yield from zip_members(path)
    else:
        from data.tar_members import tar_members

        yield from tar_members(path)


def inside(name: str, path: Path) -> str:
    """Return a member's name in plain form; it must not lead out of the archive."""
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise DataError(f"{path}: member {name!r} leads out of the archive")
    return "/".join(part for part in name.split("/") if part not in ("", "."))


def _folder_members(path: Path) -> Iterator[Member]:
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
            yield _file_member(path, Path(folder, name))


def _file_member(path: Path, file: Path) -> Member:
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
    return Member(file.relative_to(path).as_posix(), str(file), status.st_size, content)
