"""Tars in a folder, or in an archive, are opened one after the other, as one source."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from data.archives.member import Member
from data.archives.passed_over import PassedOver, hidden_part
from data.archives.source import Source
from data.archives.tar import Allowance, tar_members

_SHARD = re.compile(r"\.(tar|tar\.gz|tgz|tar\.bz2|tar\.xz)$", re.IGNORECASE)
_MAX_SHARD_BYTES = 1 << 31


def shard_names(source: Source) -> list[str]:
    """Return the names of the tars in a folder or an archive, in the order of the source."""
    if source.kind == "file":
        return []
    return [name for name in source.names if _is_shard(name)]


def _is_shard(name: str) -> bool:
    return _SHARD.search(name) is not None and hidden_part(name) is None


class ShardedSource(Source):
    """A source whose tars are opened: a file in one is named by the tar's name and its own.

    Parameters
    ----------
    source : Source
        A folder or an archive with tars in it.
    """

    def __init__(self, source: Source) -> None:
        super().__init__(source.path, source.files)

    def members(self) -> Iterator[Member]:
        """Yield the files in the tars, and the other files, in the order of the source."""
        outer = super().members()  # which makes `passed_over` anew
        return self._opened(outer, self.passed_over)

    def _listing(self) -> Iterator[Member]:
        return self.members()  # what lies in a tar can be read once

    def first_names(self, most: int) -> list[str]:
        """Return the names of the first files in the first tar."""
        for each in super().members():
            if _is_shard(each.name):
                inside = islice(self._inside(each, PassedOver(), self._allowance()), most)
                return [member.name for member in inside]
        return []

    def _opened(self, outer: Iterator[Member], passed: PassedOver) -> Iterator[Member]:
        allowance = self._allowance()
        for member in outer:
            if not _is_shard(member.name):
                yield member
                continue
            inner = PassedOver()
            yield from self._inside(member, inner, allowance)
            for kind, names in inner.names.items():
                for name in names:
                    passed.add(kind, f"{_SHARD.sub('', member.name)}/{name}")

    def _allowance(self) -> Allowance | None:
        """Return what all tars in an archive may unpack to; in a folder each is its own file."""
        if self.kind == "folder":
            return None
        return Allowance(self.path, self.path.stat().st_size)

    def _inside(
        self, shard: Member, passed: PassedOver, allowance: Allowance | None
    ) -> Iterator[Member]:
        content = None if self.kind == "folder" else shard.read(_MAX_SHARD_BYTES)
        for each in tar_members(Path(self.path, shard.name), passed, content, allowance):
            yield each._replace(name=f"{_SHARD.sub('', shard.name)}/{each.name}")
