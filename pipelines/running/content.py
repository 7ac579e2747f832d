"""Files that tasks read are what they were when the run named them: each is checked once."""

from __future__ import annotations

import hashlib
from pathlib import Path

from pipelines.errors import ContentError

_found: dict[tuple[str, int, int, int], str] = {}


def sha256_of(path: Path) -> str:
    """Return the sha256 of a file; this process reads each file once, as long as it stays the same.

    Examples
    --------
    >>> path = getfixture("tmp_path") / "empty"
    >>> path.touch()
    >>> sha256_of(path)[:8]
    'e3b0c442'
    """
    status = path.stat()
    key = str(path), status.st_ino, status.st_size, status.st_mtime_ns
    if key not in _found:
        with path.open("rb") as file:
            _found[key] = hashlib.file_digest(file, "sha256").hexdigest()
    return _found[key]


def check_content(path: Path, sha256: str) -> None:
    """Raise ContentError if a file is not the one that is meant."""
    if (found := sha256_of(path)) != sha256:
        raise ContentError(
            f"{path}: this worker reads other content there than the run has written: sha256 "
            f"{found[:16]}…, expected {sha256[:16]}…; let PRECONV_CACHE name one disk that all "
            "workers share, or a folder of its own for each machine"
        )
