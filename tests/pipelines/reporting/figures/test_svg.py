"""Drawings take the page's colours and fonts, and hold text as text."""

from __future__ import annotations

from xml.etree import ElementTree

import matplotlib as mpl
from matplotlib.figure import Figure

from pipelines.reporting.figures.svg import ACCENT, INK, SERIES, draw


def paint(figure: Figure) -> dict[str, str]:
    axes = figure.subplots()
    axes.plot([1, 2], [0.5, 3], "o-", color=SERIES[1], gid="one")
    axes.plot([1, 2], [1, 1], color=ACCENT)
    axes.text(1.5, 1, "$x_1$ <b> 漢字 & co", color=INK)
    axes.set_xlabel("cost")
    return {"one": 'says <"this">'}


def test_colours_are_the_pages() -> None:
    svg = draw("figure", (300, 200), paint, says="a drawing")
    assert "#a100" not in svg
    for variable in ("--ink", "--muted", "--rule", "--accent", "--series-1"):
        assert f"var({variable})" in svg


def test_text_stays_text_in_the_fonts_of_the_page() -> None:
    root = ElementTree.fromstring(draw("figure", (300, 200), paint, says="a drawing"))
    texts = ["".join(text.itertext()) for text in root.iter("text")]
    assert "$x_1$ <b> 漢字 & co" in texts
    assert "cost" in texts
    assert not any("font-family" in (text.get("style") or "") for text in root.iter("text"))


def test_element_fits_an_html_page() -> None:
    svg = draw("figure", (300, 200), paint, says='a "drawing" of #a10001')
    root = ElementTree.fromstring(svg)
    assert root.tag == "svg"
    assert root.get("viewBox") == "0 0 300 200"
    assert root.get("aria-label") == 'a "drawing" of #a10001'
    for unwanted in ("<style", "metadata", "<?xml", "DOCTYPE", "http"):
        assert unwanted not in svg
    (title,) = root.iter("title")
    assert title.text == 'says <"this">'


def test_ids_differ_between_drawings_and_are_found() -> None:
    one, other = (
        ElementTree.fromstring(draw(name, (300, 200), paint, says="")) for name in ("one", "other")
    )
    ids = [{e.get("id") for e in root.iter() if e.get("id")} for root in (one, other)]
    assert ids[0]
    assert not ids[0] & ids[1]
    for root, own in zip((one, other), ids, strict=True):
        links = {e.get("href", "").removeprefix("#") for e in root.iter("use")}
        assert links
        assert links <= own


def test_same_drawing_every_time_and_nothing_global_changed() -> None:
    before = dict(mpl.rcParams)
    assert draw("a", (300, 200), paint, says="x") == draw("a", (300, 200), paint, says="x")
    assert dict(mpl.rcParams) == before
