"""A tar may be packed with gzip, bzip2 or xz: its first bytes tell. It is unpacked as a stream."""

from __future__ import annotations

import bz2
import gzip
import lzma
from collections.abc import Callable
from typing import IO, Protocol

# What `xz -9` needs is a quarter of this; a file can ask for 4 GiB.
_MAX_MEMORY_BYTES = 1 << 28
_CHUNK_BYTES = 1 << 16


class TooMuchMemoryError(Exception):
    """To unpack a file takes more memory than any that holds images asks for."""


class Readable(Protocol):
    """What bytes can be read from."""

    def read(self, n_bytes: int, /) -> bytes:
        """Return at most so many bytes, and none only at the end."""


class _Decompressor(Protocol):
    @property
    def eof(self) -> bool: ...
    @property
    def needs_input(self) -> bool: ...
    @property
    def unused_data(self) -> bytes: ...
    def decompress(self, data: bytes, max_length: int = ...) -> bytes: ...


class _Unpacked:
    """The content of a file packed in one stream or several, one after the other."""

    def __init__(self, file: IO[bytes], begin: Callable[[], _Decompressor]) -> None:
        self._file, self._begin = file, begin
        self._stream = begin()

    def read(self, n_bytes: int, /) -> bytes:
        while True:
            if self._stream.eof:
                rest = self._stream.unused_data.lstrip(b"\0") or self._file.read(_CHUNK_BYTES)
                rest = rest.lstrip(b"\0")  # padding between streams
                if not rest:
                    return b""
                self._stream = self._begin()
                packed = rest
            else:
                packed = self._file.read(_CHUNK_BYTES) if self._stream.needs_input else b""
                if self._stream.needs_input and not packed:
                    raise EOFError("it ends before its end mark")
            try:
                content = self._stream.decompress(packed, n_bytes)
            except lzma.LZMAError as error:
                if "Memory" in str(error):
                    raise TooMuchMemoryError(
                        f"asks for more than {_MAX_MEMORY_BYTES >> 20} MiB of memory to be "
                        "unpacked; pack it anew, with `xz -9` at most"
                    ) from error
                raise
            if content:
                return content


def _gzip(file: IO[bytes]) -> Readable:
    return gzip.GzipFile(fileobj=file)


def _bzip2(file: IO[bytes]) -> Readable:
    return _Unpacked(file, bz2.BZ2Decompressor)


def _xz(file: IO[bytes]) -> Readable:
    return _Unpacked(file, lambda: lzma.LZMADecompressor(memlimit=_MAX_MEMORY_BYTES))


PACKINGS: dict[str, tuple[bytes, Callable[[IO[bytes]], Readable]]] = {
    "gzip": (b"\x1f\x8b", _gzip),
    "bzip2": (b"BZh", _bzip2),
    "xz": (b"\xfd7zXZ\0", _xz),
}
"""Name → the first bytes of what is packed so, and what unpacks an open file of it."""


def packing_of(head: bytes) -> str | None:
    r"""Return with what a file is packed, told from its first bytes; None if it is not.

    Examples
    --------
    >>> packing_of(b"BZh91AY&SY"), packing_of(b"PK\3\4")
    ('bzip2', None)
    """
    return next((name for name, (start, _) in PACKINGS.items() if head.startswith(start)), None)


def unpacked(file: IO[bytes], packing: str | None) -> Readable:
    """Return the content of an open file that is packed so; of a plain one, itself."""
    return file if packing is None else PACKINGS[packing][1](file)
