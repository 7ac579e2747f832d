"""Matplotlib figures as SVG that takes the page's colours and keeps its text as text."""

from __future__ import annotations

import math
import re
import warnings
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from io import BytesIO
from typing import Any
from xml.etree import ElementTree

import matplotlib as mpl
from markupsafe import Markup
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.text import Text
from matplotlib.ticker import FuncFormatter, NullFormatter

# Matplotlib must be given a colour: these stand for the page's and are replaced in the SVG.
INK, MUTED, RULE, GROUND, ACCENT = "#a10001", "#a10002", "#a10003", "#a10004", "#a10005"
SERIES = tuple(f"#a1001{i}" for i in range(8))
_VARIABLES = {
    INK: "var(--ink)",
    MUTED: "var(--muted)",
    RULE: "var(--rule)",
    GROUND: "var(--ground)",
    ACCENT: "var(--accent)",
} | {colour: f"var(--series-{i})" for i, colour in enumerate(SERIES)}

_STYLE: Any = {
    "svg.fonttype": "none",
    "font.family": "sans-serif",
    "font.size": 11.0,
    "text.color": INK,
    "text.parse_math": False,
    "axes.labelcolor": MUTED,
    "axes.edgecolor": RULE,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.titlesize": 11.0,
    "axes.labelsize": 11.0,
    "figure.facecolor": "none",
    "savefig.facecolor": "none",
    "grid.color": RULE,
    "grid.linewidth": 0.7,
    "xtick.color": RULE,
    "ytick.color": RULE,
    "xtick.labelcolor": MUTED,
    "ytick.labelcolor": MUTED,
    "xtick.labelsize": 10.5,
    "ytick.labelsize": 10.5,
    "xtick.major.size": 0.0,
    "ytick.major.size": 0.0,
    "lines.solid_capstyle": "round",
}
# The same colours where there is no page: those of its light side, as report.css has them.
_ON_WHITE = dict(
    zip(
        (INK, MUTED, RULE, GROUND, ACCENT, *SERIES),
        (
            "#1a1f26", "#57616c", "#d9dfe5", "#ffffff", "#0b57c4",
            "#0b62c4", "#c2480c", "#0b7a4e", "#8a2fa3", "#8f6200", "#0c7489", "#be1a5d", "#55606c",
        ),
        strict=True,
    )
)  # fmt: skip
ROUND_STEPS = [1, 2, 2.5, 5, 10]
_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_DPI = 72  # one SVG unit is then one CSS pixel
_SVG, _XLINK = "{http://www.w3.org/2000/svg}", "{http://www.w3.org/1999/xlink}"


def draw(
    name: str,
    size_px: tuple[int, int],
    paint: Callable[[Figure], Mapping[str, str] | None],
    *,
    says: str,
) -> Markup:
    """Return what `paint` draws as an `<svg>` element for an HTML page.

    Parameters
    ----------
    name
        Unique in the page; ids start with it.
    size_px
        Width and height; the page scales the element to the width it has.
    paint
        Draws on the empty figure with the colours of this module. It may return gid → text: these
        artists show the text when pointed at.
    says
        The picture in words, for those who do not see it.
    """
    with mpl.rc_context({**_STYLE, "svg.hashsalt": name}), warnings.catch_warnings():
        # The reader's fonts draw the text, not those that Matplotlib measures it with.
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        figure = Figure(figsize=(size_px[0] / _DPI, size_px[1] / _DPI), dpi=_DPI)
        FigureCanvasSVG(figure)
        figure.set_layout_engine("constrained", w_pad=0.03, h_pad=0.03)
        tips = paint(figure) or {}
        file = BytesIO()
        figure.savefig(file, format="svg", metadata={"Date": None})
    root = ElementTree.fromstring(file.getvalue())
    _strip(root)
    _point_at(root, tips)
    _rename_ids(root, name)
    for element in root.iter():
        for key, value in element.attrib.items():
            element.set(key, _recolour(_shorten(value)))
    view = root.get("viewBox", f"0 0 {size_px[0]} {size_px[1]}")
    root.attrib = {"viewBox": view, "role": "img", "aria-label": says}
    return Markup(ElementTree.tostring(root, encoding="unicode"))


def page_style() -> Any:
    """Return the settings of Matplotlib for a figure as the page has it, on white."""
    style = {key: on_white(value) for key, value in _STYLE.items()}
    ground = dict.fromkeys(("axes.facecolor", "figure.facecolor", "savefig.facecolor"), "#ffffff")
    return style | ground


def on_white(colour: Any) -> Any:
    """Return the colour on white for one that stands for the page's; any other as it is.

    Examples
    --------
    >>> on_white(INK), on_white("red")
    ('#1a1f26', 'red')
    """
    return _ON_WHITE.get(colour, colour) if isinstance(colour, str) else colour


@contextmanager
def style_on_white() -> Iterator[None]:
    """Draw as the page does, on white."""
    with mpl.rc_context(page_style()), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "Glyph .* missing from font")
        yield


def coloured_on_white(figure: Figure) -> Figure:
    """Return a figure in which real colours stand for those that the page replaces."""
    figure.canvas.draw()
    for text in figure.findobj(Text):
        text.set_color(on_white(text.get_color()))
    for artist in figure.findobj(Line2D):
        artist.set_color(on_white(artist.get_color()))
        artist.set_markerfacecolor(on_white(artist.get_markerfacecolor()))
        artist.set_markeredgecolor(on_white(artist.get_markeredgecolor()))
    return figure


def plain_numbers(axis: Axis) -> None:
    """Write 0.01 and 100, not powers of ten."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axis.set_minor_formatter(NullFormatter())


def power_of_ten(value: float, position: int | None = None) -> str:
    """Return a power of ten as text, for the ticks of a logarithmic axis; nothing for other values.

    Matplotlib writes them as formulas, which are not parsed here.

    Examples
    --------
    >>> power_of_ten(1e-12), power_of_ten(1000.0), power_of_ten(20.0), power_of_ten(1.0)
    ('10⁻¹²', '10³', '', '1')
    """
    exponent = round(math.log10(value)) if value > 0 else 0
    if not math.isclose(value, 10.0**exponent):
        return ""
    if abs(exponent) <= 1:
        return f"{value:g}"
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def _strip(root: ElementTree.Element) -> None:
    """Drop namespaces, which HTML implies, metadata, and the fonts of this machine."""
    for parent in list(root.iter()):
        for child in list(parent):
            if child.tag in (f"{_SVG}metadata", f"{_SVG}style"):
                parent.remove(child)
    for element in root.iter():
        element.tag = element.tag.removeprefix(_SVG)
        element.tail = None
        if not (element.text or "").strip():
            element.text = None
        for key in [key for key in element.attrib if key.startswith(_XLINK)]:
            element.set(key.removeprefix(_XLINK), element.attrib.pop(key))
        if element.tag == "text" and (style := element.get("style")):
            style = re.sub(r"font: (\d\S*?)px [^;]*", r"font-size: \1px", style)
            element.set("style", re.sub(r"font-family: [^;]*(; *|$)", "", style))
            if element.get("transform", "").startswith("rotate(-0 "):
                del element.attrib["transform"]


def _point_at(root: ElementTree.Element, tips: Mapping[str, str]) -> None:
    for element in root.iter("g"):
        if (text := tips.get(element.get("id", ""))) is not None:
            title = ElementTree.Element("title")
            title.text = text
            element.insert(0, title)
            element.set("class", "tip")


def _rename_ids(root: ElementTree.Element, name: str) -> None:
    """Keep only ids that something refers to, and make them unique in the page."""
    used = {
        match
        for element in root.iter()
        for value in element.attrib.values()
        for match in re.findall(r"(?:^|url\()#([^)]+)", value)
    }
    for element in root.iter():
        if (own := element.get("id")) in used:
            element.set("id", f"{name}-{own}")
        elif own is not None:
            del element.attrib["id"]
        for key, value in element.attrib.items():
            element.set(key, re.sub(r"(^|url\()#", rf"\1#{name}-", value))


def _shorten(value: str) -> str:
    """Return an attribute with coordinates to a tenth of a pixel."""
    return re.sub(r"-?\d+\.\d{2,}", lambda n: f"{float(n[0]):.1f}".removesuffix(".0"), value)


def _recolour(value: str) -> str:
    return re.sub(r"#a100[01]\d", lambda colour: _VARIABLES[colour[0]], value)
