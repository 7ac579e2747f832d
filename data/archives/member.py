"""One file in a folder or an archive is handed on in the same form, wherever it lies.

Nothing is ever written to disk, and no more is held in memory than the reader asked for.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from pathlib import Path
from typing import IO, NamedTuple

from data.errors import DataError, UnreadableImageError

# Deflate reaches 1,032 : 1 on zeros; images, compressed or not, stay far below 100 : 1.
MAX_RATIO = 100
ALWAYS_ALLOWED_BYTES = 1 << 30

MAX_DEPTH = 64
_MAX_NAME_CHARS = 1 << 13
_SHOWN_CHARS = 80


class Member(NamedTuple):
    """One file inside a folder or an archive.

    `name` is relative, with forward slashes; `where` is how errors name the file. `content` may be
    called once, before the next member is asked for. A file that lies in a folder has none: it is
    read at `where`, at any time, in any process; `changed_ns` says when it and its entry were
    changed. `stream` may be called instead of `content`, for a file that is to be read in parts.
    """

    name: str
    where: str
    n_bytes: int
    content: Callable[[], bytes] | None = None
    changed_ns: tuple[int, int] = (0, 0)
    stream: Callable[[], IO[bytes]] | None = None

    def read(self, limit: int) -> bytes:
        """Return the file's bytes; more than `limit` of them are refused."""
        if self.n_bytes > limit:
            raise DataError(f"{self.where}: {self.n_bytes} bytes, expected at most {limit}")
        content = _file_content(self.where) if self.content is None else self.content()
        if len(content) != self.n_bytes:
            raise DataError(
                f"{self.where}: truncated: {len(content)} of {self.n_bytes} bytes are there"
            )
        return content

    def open(self, limit: int) -> IO[bytes]:
        """Return the file to read it in parts; where that cannot be it is read as `read` does."""
        if self.stream is not None:
            return self.stream()
        return io.BytesIO(self.read(limit))


def _file_content(path: str) -> bytes:
    try:
        with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - it is a text
            return file.readall()
    except PermissionError as error:
        raise UnreadableImageError(f"{path}: cannot be read: {error}") from error
    except OSError as error:  # a fault of the disk or the system, which may pass
        raise DataError(f"{path}: cannot be read: {error}; try again") from error


def inside(name: str, path: Path) -> str:
    """Return a member's name in plain form.

    A name that leads out of the archive is refused, and so is one that is longer or deeper than
    names of files are: to look at all folders of a name takes time with the square of their number.
    """
    depth = name.count("/")
    if len(name) > _MAX_NAME_CHARS or depth > MAX_DEPTH:
        raise DataError(
            f"{path}: the name of a member has {len(name)} characters and {depth} folders, "
            f"expected at most {_MAX_NAME_CHARS} and {MAX_DEPTH}: {name[:_SHOWN_CHARS]!r}; make "
            "the archive anew with shorter names"
        )
    parts = re.split(r"[/\\]", name)
    if name.startswith(("/", "\\")) or ".." in parts or re.match(r"[A-Za-z]:", name):
        raise DataError(f"{path}: member {name!r} leads out of the archive")
    return "/".join(part for part in name.split("/") if part not in ("", "."))
