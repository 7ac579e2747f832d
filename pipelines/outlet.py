"""Printing that never fails and costs no run its work: any terminal, full disk or closed pipe."""

from __future__ import annotations

import codecs
import io
import os
import sys
import unicodedata
from contextlib import suppress
from typing import TextIO

_REMEMBERED = 4000

_LOOKS_LIKE = str.maketrans(
    {
        "–": "-", "—": "-", "−": "-", "×": "x", "·": "*", "±": "+-", "…": "...", "→": "->",
        "≤": "<=", "≥": ">=", "≈": "~", "“": '"', "”": '"', "‘": "'", "’": "'",
    }
)  # fmt: skip


class Outlet(io.TextIOBase):
    """A stream in place of another that shows what that cannot show by what looks like it.

    What cannot be written is dropped, and the work goes on.

    Parameters
    ----------
    stream : text stream or None
        Standard output or error, which is None where it is closed.

    Attributes
    ----------
    lost : OSError or None
        Why not all was written.
    n_written : int
        How many characters were given to it.
    begins_with : str
        The first of them.
    """

    def __init__(self, stream: TextIO | None) -> None:
        self._stream = stream
        self.lost: OSError | None = None
        self.n_written = 0
        self.begins_with = ""

    @property
    def encoding(self) -> str:  # type: ignore[override]
        """The encoding of the stream behind it."""
        return getattr(self._stream, "encoding", None) or "utf-8"

    def write(self, text: str) -> int:
        """Write text, in the characters that the stream has."""
        if not isinstance(text, str):  # so is a text stream told from one of bytes
            raise TypeError(f"text is written here, not {type(text).__name__}")
        self.n_written += len(text)
        self.begins_with += text[: max(0, _REMEMBERED - len(self.begins_with))]
        if self._stream is not None and self.lost is None:
            try:
                self._stream.write(shown_in(text, self.encoding))
            except OSError as error:
                self._lose(error)
        return len(text)

    def write_file(self, text: str) -> None:
        """Write what is a file: in UTF-8, unless a terminal is behind it."""
        raw = getattr(self._stream, "buffer", None)
        if raw is None or self.isatty():
            self.write(text)
            return
        self.n_written += len(text)
        self.flush()
        if self.lost is None:
            try:
                raw.write(text.encode("utf-8", "surrogateescape"))
            except OSError as error:
                self._lose(error)

    def flush(self) -> None:
        """Write what is still held back; to a closed stream there is nothing to write."""
        if self._stream is not None and self.lost is None and not self._stream.closed:
            try:
                self._stream.flush()
            except OSError as error:
                self._lose(error)

    def writable(self) -> bool:
        """Return True."""
        return True

    def isatty(self) -> bool:
        """Return whether a terminal is behind it."""
        return self._stream is not None and self._stream.isatty()

    def fileno(self) -> int:
        """Return the descriptor behind it; raise OSError where there is none."""
        if self._stream is None:
            raise io.UnsupportedOperation("the stream is closed")
        return self._stream.fileno()

    def _lose(self, error: OSError) -> None:
        """Remember the error; let what Python still holds back go nowhere, or it fails at exit."""
        self.lost = error
        with suppress(OSError, ValueError):
            nowhere = os.open(os.devnull, os.O_WRONLY)
            os.dup2(nowhere, self.fileno())
            os.close(nowhere)


def print_file(text: str) -> None:
    """Print what is a file, to be kept or read by a program, on standard output."""
    out = sys.stdout
    if isinstance(out, Outlet):
        out.write_file(text)
    else:
        out.write(text)


def shown_in(text: str, encoding: str) -> str:
    """Return text in the characters of an encoding; for others stands what looks like them.

    Examples
    --------
    >>> shown_in("95.1 – 97.3 × café 猫", "ascii")
    '95.1 - 97.3 x cafe ?'
    >>> shown_in("95.1 – 97.3 × café 猫", "utf-8")
    '95.1 – 97.3 × café 猫'
    """
    try:
        text.encode(encoding)
    except UnicodeEncodeError:
        return text.encode(encoding, "preconv.alike").decode(encoding)
    except LookupError:  # Python does not know it; whoever does will have to do
        pass
    return text


def _alike(error: UnicodeError) -> tuple[str, int]:
    if not isinstance(error, UnicodeEncodeError):
        raise error
    lacking = error.object[error.start : error.end].translate(_LOOKS_LIKE)
    bare = (unicodedata.normalize("NFKD", each)[:1] if each > "\x7f" else each for each in lacking)
    return "".join(each if each.isascii() else "?" for each in bare), error.end


codecs.register_error("preconv.alike", _alike)
