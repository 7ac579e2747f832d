"""The docstring of a study, taken apart for a page: claim, explanation, equations, source."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import groupby
from textwrap import dedent
from typing import Literal

from markupsafe import Markup, escape

_SOURCE = "Source: "
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


@dataclass(frozen=True)
class Block:
    """A paragraph, or an equation, whose line breaks count."""

    kind: Literal["text", "equation"]
    text: str


@dataclass(frozen=True)
class Prose:
    r"""What the docstring of a study says.

    Examples
    --------
    >>> prose = Prose.of("Two is even.\n\nHalve it:\n\n    2 / 2 = 1\n\nSource: Euclid.")
    >>> prose.claim, [block.kind for block in prose.blocks], prose.source
    ('Two is even.', ['text', 'equation'], 'Euclid.')
    """

    claim: str
    blocks: tuple[Block, ...]
    source: str

    @classmethod
    def of(cls, text: str) -> Prose:
        """Read a docstring: the claim, then paragraphs and what is indented, then the source."""
        claim, _, rest = text.strip().partition("\n\n")
        blocks = []
        source = ""
        for is_equation, lines in groupby(rest.split("\n"), key=_Indented()):
            part = "\n".join(lines)
            if is_equation:
                blocks.append(Block("equation", dedent(part).strip("\n").rstrip()))
                continue
            for paragraph in filter(None, map(_one_line, re.split(r"\n\s*\n", part))):
                if paragraph.startswith(_SOURCE):
                    source = paragraph.removeprefix(_SOURCE)
                else:
                    blocks.append(Block("text", paragraph))
        return cls(_one_line(claim), tuple(blocks), source)


class _Indented:
    """Says of each line whether it belongs to an equation; an empty one goes with the last."""

    def __init__(self) -> None:
        self.inside = False

    def __call__(self, line: str) -> bool:
        if line.strip():
            self.inside = line.startswith("    ")
        return self.inside


def with_code(text: str) -> Markup:
    """Return text, escaped, with what stands in backticks as code.

    Examples
    --------
    >>> with_code("`a < b` or not")
    Markup('<code>a &lt; b</code> or not')
    """
    parts = text.replace("``", "`").split("`")
    if len(parts) % 2 == 0:
        return escape(text)
    return Markup("").join(
        Markup("<code>{}</code>").format(part) if i % 2 else escape(part)
        for i, part in enumerate(parts)
    )


_ADDRESSES = {
    r"doi:(10\.\d{4,9}/[\w./()-]*[\w/-])": "https://doi.org/",
    r"arXiv:(\d{4}\.\d{4,5})": "https://arxiv.org/abs/",
    r"(https://[\w./-]*[\w/-])": "",
}
_SOURCE_LINK = re.compile("|".join(_ADDRESSES))


def with_links(text: str) -> Markup:
    """Return text as `with_code` does, in which the names and addresses of sources are links.

    Examples
    --------
    >>> with_links("a paper (doi:10.1038/323533a0)")
    Markup('a paper (<a href="https://doi.org/10.1038/323533a0">doi:10.1038/323533a0</a>)')
    """
    shown, end = Markup(""), 0
    for match in _SOURCE_LINK.finditer(text):
        address = (
            list(_ADDRESSES.values())[(match.lastindex or 1) - 1] + match[match.lastindex or 1]
        )
        shown += with_code(text[end : match.start()])
        shown += Markup('<a href="{}">{}</a>').format(address, match[0])
        end = match.end()
    return shown + with_code(text[end:])


def with_powers(text: str) -> str:
    """Return text in which numbers have powers of ten where Python writes an e.

    Examples
    --------
    >>> with_powers("2e-12 of 1.5e+06, 0e+00 of ae-3")
    '2·10⁻¹² of 1.5·10⁶, 0 of ae-3'
    """
    return re.sub(r"(?<![\w.])(\d+(?:\.\d+)?)e([+-]\d+)\b", _power, text)


def _power(number: re.Match[str]) -> str:
    if float(number[1]) == 0:
        return "0"
    return f"{number[1]}·10{str(int(number[2])).translate(_SUPERSCRIPTS)}"


def _one_line(text: str) -> str:
    return " ".join(text.split())
