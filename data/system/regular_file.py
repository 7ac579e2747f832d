"""Only plain files are read: a pipe that nobody writes to would be waited for without end."""

from __future__ import annotations

import os
import stat
from pathlib import Path


def why_no_file(path: str | Path) -> str | None:
    """Return why a path names no file that can be read; None if it names one.

    Examples
    --------
    >>> why_no_file("none.png"), why_no_file("."), why_no_file(os.devnull)
    ('there is no such file', 'it is a folder, not a file', 'it is a device, not a file')
    """
    try:
        mode = os.stat(path).st_mode  # noqa: PTH116 - Path takes no name with a null byte
    except (FileNotFoundError, NotADirectoryError, ValueError):
        return "there is no such file"
    except OSError as error:
        return f"it cannot be opened: {error.strerror}"
    if stat.S_ISREG(mode):
        return None
    kinds = {stat.S_IFDIR: "folder", stat.S_IFIFO: "pipe", stat.S_IFSOCK: "socket"}
    return f"it is a {kinds.get(stat.S_IFMT(mode), 'device')}, not a file"
