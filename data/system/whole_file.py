"""Writing a file so that a reader never meets half of it."""

from __future__ import annotations

import errno
import os
import re
import secrets
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryFile

from data.system.claims import claim, is_running, taken_over

_LONGEST_NAME = 150
_ABANDONED_S = 24 * 3600.0
_NO_FSYNC = (errno.EINVAL, errno.ENOSYS, errno.EOPNOTSUPP)


@contextmanager
def whole_file(path: Path) -> Iterator[Path]:
    """Give a path beside the file to write to; it becomes the file once the block ends well.

    Readers find the old file or the new one. If the block fails, the old one stays, and nothing
    else is left. What processes that were killed left beside it goes first.

    Raises
    ------
    OSError
        If it cannot be written; the error names the file.

    Examples
    --------
    >>> folder = getfixture("tmp_path")
    >>> with whole_file(folder / "a.txt") as aside:
    ...     _ = aside.write_text("all of it")
    >>> [path.name for path in folder.iterdir()]
    ['a.txt']
    """
    sweep(path)
    aside = path.with_name(f"{_start(path)}{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = None
    try:
        if path.exists() and not path.is_file():  # a device would be replaced by a file
            raise FileExistsError(errno.EEXIST, "it is there, and no file", str(path))
        descriptor = claim(aside)
        yield aside
        _on_disk(aside)
        aside.replace(path)
    except OSError as error:
        if error.filename in (None, str(aside)) and error.errno is not None:
            error.filename, error.filename2 = str(path), None
        raise
    finally:
        with suppress(OSError):
            aside.unlink(missing_ok=True)
        if descriptor is not None:
            os.close(descriptor)


def write_whole(path: Path, content: str | bytes) -> None:
    """Write text, as UTF-8, or bytes, so that readers find the old file or the new one."""
    with whole_file(path) as aside:
        aside.write_bytes(content.encode() if isinstance(content, str) else content)


def check_writable(folder: Path) -> None:
    """Make a folder that is not there; raise OSError, which names it, if it takes no file."""
    folder.mkdir(parents=True, exist_ok=True)
    try:
        TemporaryFile(dir=folder).close()
    except OSError as error:
        error.filename, error.filename2 = str(folder), None
        raise


def sweep(path: Path) -> None:
    """Remove what processes that are no more left beside a file that they were writing."""
    start = _start(path)
    try:
        names = [each.name for each in os.scandir(path.parent) if each.name.startswith(start)]
    except OSError:
        return
    for name in names:
        if found := re.fullmatch(r"(\d{1,10})-[0-9a-f]{8}", name[len(start) :]):
            _remove(path.with_name(name), int(found[1]))


def _remove(aside: Path, pid: int) -> None:
    with taken_over(aside) as abandoned, suppress(OSError):
        if abandoned is None and aside.is_file() and not is_running(pid):
            abandoned = time.time() - aside.lstat().st_mtime > _ABANDONED_S
        if abandoned:
            aside.unlink()


def _start(path: Path) -> str:
    """Return how the names begin under which a file is written, short enough for any disk."""
    name = os.fsencode(path.name)[:_LONGEST_NAME].decode("utf-8", "ignore")
    return f".{name}-"


def _on_disk(path: Path) -> None:
    """Wait until a file is on the disk: some disks say only then that they are full."""
    descriptor = os.open(path, os.O_RDWR)
    try:
        os.fsync(descriptor)
    except OSError as error:
        if error.errno not in _NO_FSYNC:
            raise
    finally:
        os.close(descriptor)
