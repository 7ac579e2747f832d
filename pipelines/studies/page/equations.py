"""Equations of studies, written as plain text in docstrings, as MathML for a page."""

from __future__ import annotations

import re
from typing import NamedTuple

from markupsafe import Markup, escape

# Python counts raised and lowered signs among letters: here they are none.
_LETTER = "[A-Za-z\u00c0-\u024f\u0370-\u03ff\u1e00-\u1eff]"
_TOKEN = re.compile(
    r"(?P<space>\s+)"
    r"|(?P<number>\d+(?:\.\d+)?)"
    r"|(?P<half>½)"
    rf"|(?P<below>_{_LETTER}+|[₀-₉ₐₑₕₖₗₘₙₒₚₛₜₓᵢⱼ]+(?:,[₀-₉]+)*)"
    r"|(?P<above>[⁰¹²³⁴-⁹ᵀ′'*]|\^(?=\())"
    rf"|(?P<product>{_LETTER}[A-Z](?!{_LETTER}))"
    rf"|(?P<slope>d/d(?={_LETTER}))"
    rf"|(?P<word>{_LETTER}{{2,}}(?:['-]{_LETTER}+)*)"
    r"|(?P<sign>.)",
    re.DOTALL,
)
_FLAT = str.maketrans(
    "₀₁₂₃₄₅₆₇₈₉ₐₑₕₖₗₘₙₒₚₛₜₓᵢⱼ⁰¹²³⁴⁵⁶⁷⁸⁹ᵀ'", "0123456789aehklmnopstxij0123456789T′"
)
_CLOSING = {"(": ")", "[": "]"}
_RELATIONS = frozenset("=≤<←⟹∂∇Σ‖")
_SIGNS = frozenset("+·(/,|^")


class _Token(NamedTuple):
    kind: str
    text: str


def equation_groups(text: str) -> list[list[list[Markup]]]:
    """Return groups of lines, which empty lines divide, each line in its parts.

    Two spaces or more divide parts. A part is MathML, which carries its plain text as an
    annotation; or text, where it is a remark.

    Examples
    --------
    >>> [[[first, remark]]] = equation_groups("y = x²   a remark")
    >>> first.count("<msup>"), remark
    (1, Markup('a remark'))
    """
    groups = re.split(r"\n\s*\n", text.strip("\n"))
    return [[_parts(line) for line in group.splitlines()] for group in groups]


def _parts(line: str) -> list[Markup]:
    """Return the parts of a line; the space in front of an equals sign divides nothing."""
    parts = re.split(r"\s{2,}(?![=\s])", line.strip())
    return [mathml(part) if _is_formula(part) else escape(part) for part in parts]


def mathml(text: str) -> Markup:
    """Return a formula as an element `<math>`.

    Letters stand for themselves, words are text, `x_k`, `xₖ`, `x²` and `x^(…)` have indices and
    powers, and `∂L/∂x` and `d/dx` are fractions.
    """
    tokens = [_Token(match.lastgroup or "sign", match[0]) for match in _TOKEN.finditer(text)]
    drawn, _ = _row(tokens, 0, "")
    return Markup(
        '<math displaystyle="true"><semantics><mrow>{}</mrow>'
        '<annotation encoding="text/plain">{}</annotation></semantics></math>'
    ).format(drawn, text)


def _is_formula(part: str) -> bool:
    """Return whether a part says more in symbols than in words."""
    n_words = len(re.findall(rf"{_LETTER}{{2,}}", part))
    return bool(_RELATIONS & set(part)) or (n_words < 2 and bool(_SIGNS & set(part)))


def _row(tokens: list[_Token], i: int, closing: str) -> tuple[Markup, int]:
    """Return what stands from a token to a closing bracket or the end, and where that is."""
    drawn: list[Markup] = []
    while i < len(tokens) and tokens[i].text != closing:
        if tokens[i].kind == "space":
            # A space between letters says that they are multiplied: it is narrow.
            drawn.append(
                Markup('<mspace width="{}em"/>').format("0.28" if _by_words(tokens, i) else "0.17")
            )
            i += 1
            continue
        atom, i = _with_indices(tokens, i)
        drawn.append(atom)
    return Markup("").join(drawn), i


def _by_words(tokens: list[_Token], i: int) -> bool:
    return any(token.kind == "word" for token in tokens[max(i - 1, 0) : i + 2])


def _with_indices(tokens: list[_Token], i: int) -> tuple[Markup, int]:
    """Return one thing with what stands below and above it; a derivative as a fraction."""
    start = i
    atom, i = _atom(tokens, i)
    below = above = Markup("")
    while i < len(tokens) and tokens[i].kind in ("below", "above"):
        kind, text = tokens[i]
        i += 1
        if text == "^":
            above, i = _row(tokens, i + 1, ")")
            i += 1
        elif kind == "below":
            below += _plain(text.removeprefix("_").translate(_FLAT))
        else:
            above += _plain(text.translate(_FLAT))
    if below or above:
        name = "msubsup" if below and above else "msub" if below else "msup"
        parts = [Markup("<mrow>{}</mrow>").format(part) for part in (atom, below, above) if part]
        atom = Markup("<{0}>{1}</{0}>").format(Markup(name), Markup("").join(parts))
    if tokens[start].text == "∂" and i < len(tokens):
        of, i = _with_indices(tokens, i)
        atom += of
        if [token.text for token in tokens[i : i + 2]] == ["/", "∂"]:
            by, i = _with_indices(tokens, i + 1)
            atom = Markup("<mfrac><mrow>{}</mrow><mrow>{}</mrow></mfrac>").format(atom, by)
    return atom, i


def _atom(tokens: list[_Token], i: int) -> tuple[Markup, int]:
    kind, text = tokens[i]
    if kind == "slope":
        by = Markup("<mi>d</mi><mi>{}</mi>").format(tokens[i + 1].text)
        return Markup("<mfrac><mi>d</mi><mrow>{}</mrow></mfrac>").format(by), i + 2
    if text in _CLOSING:
        inside, end = _row(tokens, i + 1, _CLOSING[text])
        closed = Markup("<mo>{}</mo>").format(tokens[end].text) if end < len(tokens) else ""
        return Markup("<mrow><mo>{}</mo><mrow>{}</mrow>{}</mrow>").format(
            text, inside, closed
        ), end + 1
    if kind == "half":
        return Markup("<mfrac><mn>1</mn><mn>2</mn></mfrac>"), i + 1
    return _plain(text, word=kind == "word"), i + 1


def _plain(text: str, *, word: bool = False) -> Markup:
    """Return a number, a word, letters or a sign."""
    if word:
        return Markup("<mtext>{}</mtext>").format(text)
    found = re.findall(r"\d+(?:\.\d+)?|.", text, re.DOTALL)
    names = ["mn" if each[0].isdigit() else "mi" if each.isalpha() else "mo" for each in found]
    return Markup("").join(
        Markup("<{0}>{1}</{0}>").format(Markup(name), each)
        for name, each in zip(names, found, strict=True)
    )
