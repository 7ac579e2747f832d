"""A tar is read as a stream, plain or packed, so that no header can take all the memory."""

from __future__ import annotations

import io
import tarfile
from collections.abc import Iterator
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import IO, Self

from data.archives.foreign import foreign_file
from data.archives.member import ALWAYS_ALLOWED_BYTES, MAX_RATIO, Member, inside
from data.archives.packed import Readable, TooMuchMemoryError, packing_of, unpacked
from data.archives.passed_over import PassedOver, hidden_part
from data.errors import DataError
from data.pixels.images import is_image_name

MAX_HEADER_BYTES = 1 << 20
_BUFFER_BYTES = 1 << 16
_HEAD_BYTES = 16
_MOST_DECLARED = 1 << 34
_VOLUME_LABEL = b"V"


def tar_members(
    path: Path,
    passed: PassedOver | None = None,
    content: bytes | None = None,
    allowance: Allowance | None = None,
) -> Iterator[Member]:
    """Yield the regular files of a tar in its order; what is passed over is noted.

    A tar that lies in an archive is given as its `content`, and unpacks to no more than the
    `allowance` of that archive; errors still name its `path`.
    """
    passed = passed or PassedOver()
    try:
        with ExitStack() as stack:
            file: IO[bytes] = path.open("rb") if content is None else io.BytesIO(content)
            stack.enter_context(file)
            packing = packing_of(file.read(_HEAD_BYTES))
            file.seek(0)
            n_bytes = path.stat().st_size if content is None else len(content)
            allowance = allowance or Allowance(path, n_bytes)
            stream = _Metered(path, unpacked(file, packing), allowance)
            tar = stack.enter_context(
                tarfile.open(  # type: ignore[call-overload]  # that it reads is all "r|" asks
                    fileobj=stream,
                    mode="r|",
                    bufsize=_BUFFER_BYTES,
                    tarinfo=_StrictHeader,
                    encoding="utf-8",
                )
            )
            yield from _files(path, tar, stream, passed)
            _check_end(path, tar, stream)
    except DataError:
        raise
    except TooMuchMemoryError as error:
        raise DataError(f"{path}: {error}") from error
    # tarfile and zlib raise a dozen kinds, from EOFError to RecursionError.
    except Exception as error:
        if content is None and (found := foreign_file(path)):
            raise DataError(f"{path}: {found}") from error
        raise DataError(
            f"{path}: not a .tar, .tar.gz or .zip, or a damaged one ({error}); get it anew"
        ) from error


def _files(
    path: Path, tar: tarfile.TarFile, stream: _Metered, passed: PassedOver
) -> Iterator[Member]:
    unread = 0

    def opened(header: tarfile.TarInfo) -> IO[bytes]:
        nonlocal unread
        unread = 0
        stream.left = header.size + 2 * _BUFFER_BYTES
        return tar.extractfile(header) or io.BytesIO()

    def content(header: tarfile.TarInfo, where: str) -> bytes:
        try:
            return opened(header).read()
        except DataError:
            raise
        except Exception as error:
            raise DataError(f"{where}: damaged ({error}); get the archive anew") from error

    stream.left = MAX_HEADER_BYTES
    while header := tar.next():
        tar.members.clear()  # type: ignore[attr-defined]  # tarfile would keep every header
        name = inside(header.name, path)
        where = f"{path}: member {name!r}"
        if header.size < 0:
            raise DataError(f"{where} declares {header.size} bytes")
        if header.size > _MOST_DECLARED:  # tarfile counts its way to an end that never comes
            raise DataError(
                f"{where} declares {header.size} bytes, expected at most {_MOST_DECLARED}; get "
                "the archive anew"
            )
        unread = header.size + tarfile.BLOCKSIZE
        if header.type == _VOLUME_LABEL:  # no file, but the name of the archive
            stream.left = MAX_HEADER_BYTES + unread
            continue
        if header.isreg() and not header.issparse():
            yield Member(
                name,
                where,
                header.size,
                partial(content, header, where),
                stream=partial(opened, header),
            )
        elif header.isdir():
            passed.add("folder", name)
        elif hidden_part(name):
            passed.add("hidden", name)
        elif (header.issym() or header.islnk()) and not is_image_name(name):
            passed.add("link", name)
        elif (header.isfifo() or header.isdev()) and not is_image_name(name):
            passed.add("pipe, socket or device", name)
        else:
            raise DataError(
                f"{where} is a link, a device or the like, not a plain file; make the archive anew "
                "with `tar -h --hard-dereference`, which packs files instead of links, or without "
                "it"
            )
        stream.left = MAX_HEADER_BYTES + unread


def _check_end(path: Path, tar: tarfile.TarFile, stream: _Metered) -> None:
    """Read on to the end, where a packed file has its checksum; only zeros follow the end mark."""
    stream.left = stream.allowance.left
    while rest := tar.fileobj.read(_BUFFER_BYTES):
        if rest.strip(b"\0"):
            raise DataError(
                f"{path}: goes on after its end mark; if several tars were joined to it, unpack it "
                "with `tar -xf --ignore-zeros` and give the folder; else get it anew"
            )


class _StrictHeader(tarfile.TarInfo):
    """A header which raises if it is damaged; tarfile would take it for the end of the tar."""

    @classmethod
    def frombuf(cls, buf: bytes | bytearray, encoding: str, errors: str) -> Self:
        try:
            return super().frombuf(buf, encoding, errors)
        except tarfile.HeaderError as error:
            if buf.count(0) == tarfile.BLOCKSIZE:
                raise  # the tar's end mark
            raise tarfile.ReadError(f"truncated, or a damaged header: {error}") from error


class Allowance:
    """How many bytes an archive may still unpack to, of what one of its size can hold of images.

    All tars in one archive share one: a thousand small ones could each unpack to a gigabyte.
    """

    def __init__(self, path: Path, n_bytes: int) -> None:
        self.path, self.left = path, max(ALWAYS_ALLOWED_BYTES, MAX_RATIO * n_bytes)

    def take(self, n_bytes: int) -> None:
        """Raise if so many bytes are more than are left."""
        self.left -= n_bytes
        if self.left < 0:
            raise DataError(
                f"{self.path}: decompresses to more than {MAX_RATIO} times its size, as images "
                "never do; unpack it yourself if you trust it"
            )


class _Metered:
    """Decompressed bytes, of which only a limited number can be read.

    tarfile reads long names and extended headers into memory whole, however large they claim to
    be. So the reader sets `left` to the number of bytes that the next step may take. All steps
    together may take the allowance.
    """

    def __init__(self, path: Path, stream: Readable, allowance: Allowance) -> None:
        self.path, self.stream, self.allowance = path, stream, allowance
        self.left = MAX_HEADER_BYTES

    def read(self, n_bytes: int) -> bytes:
        chunk = self.stream.read(n_bytes)
        self.allowance.take(len(chunk))
        self.left -= len(chunk)
        if self.left < 0:
            raise DataError(f"{self.path}: a header of more than {MAX_HEADER_BYTES} bytes")
        return chunk
