"""Layouts look at a folder, an archive and a single file in one way: as files with names."""

from __future__ import annotations

import hashlib
import json
import os
import tarfile
from collections import Counter
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Literal, NamedTuple

from data.archives.folder import file_member, folder_members
from data.archives.foreign import is_tar_header
from data.archives.member import Member
from data.archives.packed import packing_of
from data.archives.passed_over import PassedOver
from data.archives.tar import tar_members
from data.archives.zip import zip_members
from data.errors import DataError
from data.pixels.images import is_image_name
from data.system.collector import paused_collector

_ZIP_STARTS = (b"PK\x03\x04", b"PK\x05\x06")
_ARCHIVE_SUFFIXES = (
    ".tar.gz",
    ".tgz",
    ".tar.bz2",
    ".tbz2",
    ".tbz",
    ".tar.xz",
    ".txz",
    ".tar",
    ".zip",
)


class Signature(NamedTuple):
    """A hash of the names, sizes and times of files; their bytes in all; the latest change."""

    sha256: str
    n_bytes: int
    changed_s: float


class Source:
    """A folder, an archive, a single file, or some files of one folder, and the files in it.

    An archive is a `.zip`, or a `.tar`, plain or packed with gzip, bzip2 or xz. Its first bytes
    tell which, not its name.

    Parameters
    ----------
    path : Path
        What exists on this machine.
    files : tuple of Path, optional
        If given, the source is these files of the folder `path`, and no others.

    Examples
    --------
    >>> from pathlib import Path
    >>> source = Source(Path(__file__))
    >>> source.kind, source.names
    ('file', ('source.py',))
    """

    def __init__(self, path: Path, files: tuple[Path, ...] | None = None) -> None:
        self.path, self.files = path, files
        self.passed_over = PassedOver()
        self._listed: tuple[Member, ...] | None = None

    @cached_property
    def kind(self) -> Literal["folder", "zip", "tar", "file"]:
        """What the path is, told from its first bytes; a packed tar counts as a tar."""
        if self.path.is_dir():
            return "folder"
        with self.path.open("rb") as file:
            start = file.read(tarfile.BLOCKSIZE)
        if start.startswith(_ZIP_STARTS):
            return "zip"
        return "tar" if packing_of(start) or is_tar_header(start) else "file"

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The names of all files in the source, relative, with forward slashes.

        An image that an archive holds twice is an error.
        """
        names = tuple(member.name for member in self._listing())
        if len({*names}) < len(names):
            counts = Counter(filter(is_image_name, names))
            if twice := next((name for name, n in counts.items() if n > 1), None):
                raise DataError(
                    f"{self.path}: {twice!r} is there more than once; remove all but one, or "
                    "unpack it, which leaves the last one, and give the folder"
                )
        return names

    def _listing(self) -> Iterable[Member]:
        """Return the files; those of a folder are kept, for to list them takes long."""
        if self.kind != "folder" or self.files is not None:
            return self.members()
        if self._listed is None:
            with paused_collector():
                self._listed = tuple(self.members())
        return self._listed

    def signature(self) -> Signature:
        """Return what tells this state of the files from any other, without reading them."""
        if self.kind == "folder":
            files = [*self._listing()]
        else:
            files = [file_member(self.path.parent, self.path)]
        digest = hashlib.sha256(os.fsencode(os.path.realpath(self.path)))
        for each in files:
            line = f"{each.name}\0{each.n_bytes}\0{each.changed_ns}\n"
            digest.update(line.encode("utf-8", "surrogateescape"))
        passed = json.dumps(self.passed_over.names, sort_keys=True)
        digest.update(passed.encode())
        return Signature(
            digest.hexdigest(),
            sum(each.n_bytes for each in files),
            max((max(each.changed_ns) for each in files), default=0) / 1e9,
        )

    @property
    def plain_name(self) -> str:
        """The name of the folder or file, without the suffix of an archive."""
        name = self.path.resolve().name
        for suffix in _ARCHIVE_SUFFIXES:
            if self.path.is_file() and name.lower().endswith(suffix):
                return name[: -len(suffix)]
        return name

    def members(self) -> Iterator[Member]:
        """Yield the files of a folder in sorted order, and those of an archive in its own order.

        A file that is no archive is its own and only member. Once all are yielded, `passed_over`
        has what was passed over.

        Raises
        ------
        DataError
            If the archive is damaged, decompresses to more than images can, or holds a link, a
            device or a name that leads out of it.
        """
        if self._listed is not None:
            return iter(self._listed)
        self.passed_over = PassedOver()
        if self.files is not None:
            return iter([file_member(self.path, file) for file in self.files])
        if self.kind == "folder":
            return folder_members(self.path, self.passed_over)
        if self.kind == "zip":
            return zip_members(self.path, self.passed_over)
        if self.kind == "tar":
            return tar_members(self.path, self.passed_over)
        return iter([file_member(self.path.parent, self.path)])
