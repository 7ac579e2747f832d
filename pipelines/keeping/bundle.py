"""A text of JSON and arrays in one zip, from which no more comes out than its bytes hold."""

from __future__ import annotations

import io
import json
import math
import zipfile
from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from data.layouts.npz import array_header
from pipelines.errors import PackingError

Array = npt.NDArray[Any]

INDEX = "index.json"
MOST_INDEX_BYTES = 8 << 20
_MOST_MEMBERS = 100_000
_NUMBERS = "fiub"
_TEXT = "U"


def is_plain(array: Array) -> bool:
    """Return whether an array holds numbers, or texts, and nothing else."""
    return array.dtype.kind in _NUMBERS + _TEXT and array.dtype.isnative


def bundled(index: Any, members: Sequence[Array | bytes]) -> bytes:
    """Return JSON and its numbered members, arrays or bytes, as the bytes of a zip.

    Raises
    ------
    PackingError
        If it is more than `Bundle` reads.
    """
    text = json.dumps(index, separators=(",", ":")).encode()
    if len(text) > MOST_INDEX_BYTES or len(members) > _MOST_MEMBERS:
        raise PackingError(
            f"{len(text):,} bytes of JSON and {len(members):,} arrays; at most "
            f"{MOST_INDEX_BYTES:,} and {_MOST_MEMBERS:,} are read"
        )
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr(zipfile.ZipInfo(INDEX), text)
        for number, member in enumerate(members):
            # A fixed date: the same content is the same bytes.
            with archive.open(zipfile.ZipInfo(str(number)), "w", force_zip64=True) as out:
                if isinstance(member, bytes):
                    out.write(member)
                else:
                    np.lib.format.write_array(out, member, allow_pickle=False)
    return file.getvalue()


class Bundle:
    """The JSON and the members of a zip; each member is read once.

    Parameters
    ----------
    packed : bytes
        What `bundled` returned, or anything else.

    Attributes
    ----------
    index : object
        What the JSON says.

    Raises
    ------
    PackingError
        If the bytes are no such zip: members are stored as they are, and together they are no
        larger than the bytes.
    """

    def __init__(self, packed: bytes) -> None:
        try:
            self._archive = zipfile.ZipFile(io.BytesIO(packed))
            self._left = checked_members(self._archive, len(packed))
            text = self._read(INDEX, MOST_INDEX_BYTES)
            self.index = json.loads(text)
        except PackingError:
            raise
        except Exception as error:  # zipfile and json raise nearly every built-in exception
            raise PackingError(f"it is no packed object: {error}") from error

    def content(self, number: object) -> bytes:
        """Return a member as it is; raise PackingError if there is none, or it was read before."""
        if type(number) is not int or str(number) not in self._left:
            raise PackingError(f"member {str(number)[:20]} is missing, or used twice")
        return self._read(str(number))

    def array(self, number: object) -> Array:
        """Return a member as an array of numbers, or of texts; raise PackingError if it is none."""
        content = self.content(number)
        file = io.BytesIO(content)
        try:
            shape, dtype = array_header(file)
            n_bytes = file.tell() + math.prod(shape) * dtype.itemsize
            # Any number of texts without a letter takes no byte.
            is_kept = dtype.kind in _NUMBERS + _TEXT and dtype.itemsize and not dtype.subdtype
            if n_bytes != len(content) or not is_kept:
                raise PackingError(
                    f"member {number} declares {dtype} {shape}, and has {len(content):,} bytes"
                )
            file.seek(0)
            array = np.lib.format.read_array(file, allow_pickle=False)
        except PackingError:
            raise
        except Exception as error:  # a hostile header reaches any line of its parser
            raise PackingError(f"member {number} is no array: {error}") from error
        return array.astype(dtype.newbyteorder("="), copy=False)

    def _read(self, name: str, most: int | None = None) -> bytes:
        member = self._left.pop(name)
        if most is not None and member.file_size > most:
            raise PackingError(f"{name} has {member.file_size:,} bytes; at most {most:,} are read")
        content = self._archive.read(member)
        if len(content) != member.file_size:
            raise PackingError(f"{name} is cut off")
        return content


def checked_members(archive: zipfile.ZipFile, n_bytes: int) -> dict[str, zipfile.ZipInfo]:
    """Return the members of an archive by name; raise PackingError if they say more than it has.

    Members that are compressed, or that share their bytes, could become any size in memory.
    """
    members = archive.infolist()
    found = {member.filename: member for member in members}
    if len(found) < len(members) or len(members) > _MOST_MEMBERS:
        raise PackingError(f"it has {len(members):,} members, {len(found):,} of them different")
    for member in members:
        if member.compress_type != zipfile.ZIP_STORED or member.file_size != member.compress_size:
            raise PackingError(f"its member {member.filename[:40]!r} is compressed")
    if (declared := sum(member.file_size for member in members)) > n_bytes:
        raise PackingError(f"it declares {declared:,} bytes, and has {n_bytes:,}")
    return found
