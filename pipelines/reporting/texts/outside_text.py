"""Text that comes from outside (names, titles, errors), made safe to show."""

from __future__ import annotations

import re

from data.names import disturbs


def visible(text: str) -> str:
    r"""Return text without characters that move the cursor, set a colour or turn text round.

    They become U+FFFD. Line breaks and tabs stay.

    Examples
    --------
    >>> visible("\x1b[31mred") == "\N{REPLACEMENT CHARACTER}[31mred"
    True
    """
    return "".join("\ufffd" if c not in "\n\t" and disturbs(c) else c for c in text)


def one_line(text: str) -> str:
    r"""Return text as `visible` does, on one line.

    Examples
    --------
    >>> one_line("no features\n\x1b[31mto be had")
    'no features �[31mto be had'
    """
    return visible(re.sub(r"\r\n|\s", " ", text))


def plain(text: str) -> str:
    r"""Return text as Markdown that shows it as it is, on one line.

    Examples
    --------
    >>> print(plain("a|b <script> *c*"))
    a\|b \<script\> \*c\*
    """
    escaped = re.sub(r"([\\`*<>|\[\]&~$])", r"\\\1", " ".join(one_line(text).split()))
    # A backslash before a digit would be shown.
    escaped = re.sub(r"^(\d+)([.)])(?=\s|$)", r"\1\\\2", escaped)
    return re.sub(r"(?<!\w)_|_(?!\w)|^[#+=-](?=[#=-]*(?:\s|$))", r"\\\g<0>", escaped)
