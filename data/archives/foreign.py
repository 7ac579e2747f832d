"""A file of another kind is called what it is, and its owner is told how to bring it in."""

from __future__ import annotations

import lzma
import tarfile
import zlib
from collections.abc import Callable
from pathlib import Path

from data.archives.packed import TooMuchMemoryError, packing_of, unpacked

_UNPACK = "unpack it and give the folder, or make a .zip or .tar.gz of it"
_UNTAR = "unpack it with `tar -xf` and give the folder, or make a .zip or .tar.gz of it"
_ARRAYS = (
    "read it with its own library, make a Dataset of the arrays, and keep that with data.save_npz"
)
_ONE_IMAGE = "give the folder that holds a folder of images for each class"
_TOGETHER = (
    "give the folder that holds images and labels, called train-images-idx3-ubyte, "
    "train-labels-idx1-ubyte and so on, plain or .gz"
)
_ANEW = "fetch the file itself"


def _starts(*starts: bytes) -> Callable[[bytes], bool]:
    return lambda head: head.startswith(starts)


# What a file is, how its first bytes tell, and what helps.
_KINDS: tuple[tuple[str, Callable[[bytes], bool], str], ...] = (
    ("an archive packed with Zstandard", _starts(b"\x28\xb5\x2f\xfd"), _UNTAR),
    ("an archive packed with LZ4", _starts(b"\x04\x22\x4d\x18"), _UNTAR),
    ("an archive packed with compress", _starts(b"\x1f\x9d", b"\x1f\xa0"), _UNTAR),
    ("an archive packed with LZMA", _starts(b"\x5d\0\0"), _UNTAR),
    ("a 7-Zip archive", _starts(b"7z\xbc\xaf\x27\x1c"), _UNPACK),
    ("a RAR archive", _starts(b"Rar!\x1a\x07"), _UNPACK),
    ("a cabinet archive", _starts(b"MSCF\0\0\0\0"), _UNPACK),
    ("a part of a zip in several parts", _starts(b"PK\x07\x08"), _UNPACK),
    ("an Arrow file", _starts(b"ARROW1"), _ARRAYS),
    ("an HDF5 file", _starts(b"\x89HDF\r\n\x1a\n"), _ARRAYS),
    ("a NetCDF file", _starts(b"CDF\x01", b"CDF\x02", b"CDF\x05"), _ARRAYS),
    ("a MATLAB file", _starts(b"MATLAB 5.0"), _ARRAYS),
    ("an SQLite database", _starts(b"SQLite format 3\0"), _ARRAYS),
    ("one array of NumPy", _starts(b"\x93NUMPY"), "give the folder that holds "
     "images and labels, as images.npy and labels.npy"),
    ("a file in the idx format of MNIST", lambda head: head[:3] == b"\0\0\x08"
     and len(head) > 3 and head[3] in (1, 2, 3, 4), _TOGETHER),
    ("a Python pickle", lambda head: head[:1] == b"\x80" and head[1:2] in b"\2\3\4\5", _ARRAYS),
    ("one image", _starts(b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"II*\0", b"MM\0*"), _ONE_IMAGE),
    ("one image", lambda head: head[:2] == b"BM" and head[6:10] == bytes(4), _ONE_IMAGE),
    ("one image", lambda head: head[:4] == b"RIFF" and head[8:12] == b"WEBP", _ONE_IMAGE),
    ("one image or film", lambda head: head[4:8] == b"ftyp", _ONE_IMAGE),
    ("a PDF document", _starts(b"%PDF"), _ONE_IMAGE),
    ("a web page", lambda head: head.lstrip()[:5].lower() in (b"<!doc", b"<html"), _ANEW),
    ("a pointer of Git LFS", _starts(b"version https://git-lfs"), "run `git lfs pull`"),
    ("empty", lambda head: not head, _ANEW),
)  # fmt: skip


def foreign_kind(head: bytes) -> str | None:
    r"""Return what a file is and what helps, told from its first bytes; None if they do not tell.

    Examples
    --------
    >>> foreign_kind(b"%PDF-1.7")
    'a PDF document; give the folder that holds a folder of images for each class'
    >>> foreign_kind(b"label,pixel")
    """
    for kind, matches, remedy in _KINDS:
        if matches(head):
            return f"{kind}; {remedy}"
    return None


def foreign_file(path: Path) -> str | None:
    """Return what a file is and what helps; of a packed file, what is in it.

    None if its bytes do not tell.
    """
    with path.open("rb") as file:
        head = file.read(tarfile.BLOCKSIZE)
    packing = packing_of(head)
    if packing is None:
        return foreign_kind(head)
    try:
        with path.open("rb") as file:
            inner = unpacked(file, packing).read(tarfile.BLOCKSIZE)
    except (OSError, EOFError, zlib.error, lzma.LZMAError, TooMuchMemoryError):
        return None
    if is_tar_header(inner):
        return None
    found = foreign_kind(inner)
    return f"packed with {packing}, and in it is {found or f'no tar; {_UNPACK}'}"


def is_tar_header(block: bytes) -> bool:
    """Return whether these bytes are the header of a file in a tar."""
    try:
        tarfile.TarInfo.frombuf(block, tarfile.ENCODING, "surrogateescape")
    except tarfile.HeaderError:
        return False
    return True
