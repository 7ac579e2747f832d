"""What may be a name, and how names are shown, whatever Unicode tables this Python has."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Collection, Sequence
from pathlib import Path

from data.errors import DataError
from data.system.paths import expanded

LONGEST_NAME = 1000
"""How many characters the name of a class or a dataset may have: reports and pages repeat it."""

# Line and paragraph separators; marks that turn the direction of text, and their old relatives; the
# byte order mark; anchors of annotations; code points that are no characters.
_UNFIT = (
    (0x061C, 0x061C),
    (0x200E, 0x200F),
    (0x2028, 0x202E),
    (0x2066, 0x206F),
    (0xFDD0, 0xFDEF),
    (0xFEFF, 0xFEFF),
    (0xFFF9, 0xFFFB),
)


def disturbs(char: str) -> bool:
    r"""Return whether a character moves the cursor, turns text round or is no text at all.

    Characters that join or part letters are needed in Persian, Hindi, Khmer and in emoji; they are
    text.

    Examples
    --------
    >>> [disturbs(char) for char in ("\n", "\N{RIGHT-TO-LEFT OVERRIDE}", "\N{ZERO WIDTH JOINER}")]
    [True, True, False]
    """
    if unicodedata.category(char) in ("Cc", "Cs"):
        return True
    code = ord(char)
    return code & 0xFFFE == 0xFFFE or any(first <= code <= last for first, last in _UNFIT)


def is_name(text: object) -> bool:
    r"""Return whether a text can be the name of a class or a dataset, in any script.

    Examples
    --------
    >>> [is_name(text) for text in ("chat noir", "黒\N{IDEOGRAPHIC SPACE}猫", "", "a\nb")]
    [True, True, False, False]
    """
    return (
        isinstance(text, str)
        and any(not (c.isspace() or unicodedata.category(c) == "Cf") for c in text)
        and not any(map(disturbs, text))
    )


def utf8_text(content: bytes, where: str) -> str:
    """Return a text in UTF-8, with a mark at its start or without; errors call its file `where`.

    Raises
    ------
    DataError
        If it is in another encoding, in which two words could become one.

    Examples
    --------
    >>> utf8_text(b"cat", "labels.csv")
    'cat'
    """
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataError(f"{where}: not in UTF-8 (byte {error.start}); save it in UTF-8") from error


def plain_form(text: str) -> str:
    r"""Return a name in the one form that all ways to write it have (Unicode's NFC).

    macOS writes "é" as a letter and an accent, other systems as one character.

    Examples
    --------
    >>> plain_form("cafe\N{COMBINING ACUTE ACCENT}") == "caf\N{LATIN SMALL LETTER E WITH ACUTE}"
    True
    """
    return unicodedata.normalize("NFC", text)


def shown(text: str) -> str:
    r"""Return a text with each character that disturbs written as its number.

    Names of files may hold any character, and they are shown in terminals and on pages.

    Examples
    --------
    >>> shown("cat\n\N{RIGHT-TO-LEFT OVERRIDE}gnp.1") == r"cat\u000a\u202egnp.1"
    True
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(f"\\u{ord(c):04x}" if disturbs(c) else c for c in text)


def listed(names: Collection[str], most: int = 5) -> str:
    """Return the first names in sorted order, quoted, and how many more there are.

    Examples
    --------
    >>> listed({"cat", "dog", "eel"}, most=2)
    "'cat', 'dog' and 1 more"
    """
    return some_of([repr(name) for name in sorted(names)], most)


def some_of(texts: Sequence[str], most: int = 5, n: int | None = None) -> str:
    """Return the first of n texts, which may not all be given, and how many more there are.

    Examples
    --------
    >>> some_of(["b.tar", "a.tar"], most=1), some_of(["a", "b"], n=1002)
    ('b.tar and 1 more', 'a, b and 1,000 more')
    """
    first = texts[:most]
    more = (len(texts) if n is None else n) - len(first)
    return ", ".join(first) + (f" and {more:,} more" if more > 0 else "")


def last_part(path: str) -> str:
    """Return the name of what a path leads to: its last part, all of it.

    A path such as "." or "../.." has no name of its own; its folder has.

    Examples
    --------
    >>> last_part("a/photos.zip"), last_part("photos.2023/")
    ('photos.zip', 'photos.2023')
    >>> last_part("photos/..") == Path.cwd().name
    True
    """
    last = Path(path).name
    if last in ("", ".."):
        last = Path(os.path.realpath(expanded(path))).name
    return last
