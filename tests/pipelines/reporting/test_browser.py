"""`report.html` in headless Chromium: it renders, sorts, keeps quiet, and fits a phone."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from PIL import Image

from pipelines.record.report import Report
from pipelines.reporting import write_report
from pipelines.reporting.tables.csv_text import csv_text
from pipelines.reporting.tables.rows import tidy_rows
from tests.pipelines.chromium import CONTRASTS, visit


@pytest.fixture(scope="module")
def address(text: str, tmp_path_factory: pytest.TempPathFactory) -> str:
    path = tmp_path_factory.mktemp("report") / "report.html"
    path.write_text(text, encoding="utf-8")
    return path.as_uri()


@pytest.fixture
def opened(browser: Any, address: str) -> Iterator[Any]:
    yield from visit(browser, address)


# To open a page takes most of a second. Tests that do not disturb each other share one.
@pytest.fixture(scope="module")
def looked_at(browser: Any, address: str) -> Iterator[Any]:
    """For tests that change nothing on it."""
    yield from visit(browser, address)


@pytest.fixture(scope="module")
def sorted_often(browser: Any, address: str) -> Iterator[Any]:
    """For tests that sort."""
    yield from visit(browser, address)


@pytest.fixture(scope="module")
def restyled(browser: Any, address: str) -> Iterator[Any]:
    """For tests that choose medium, scheme and width by themselves."""
    yield from visit(browser, address)


def column(page: Any, heading: str) -> list[str]:
    """The texts of a column of the table of cells, from top to bottom."""
    script = """heading => {
      const table = document.getElementById("every");
      const i = [...table.tHead.rows[0].cells]
        .findIndex((cell) => cell.querySelector("button").textContent === heading);
      return [...table.tBodies[0].rows].map((row) => row.cells[i].textContent.trim());
    }"""
    texts: list[str] = page.evaluate(script, heading)
    return texts


def sorted_by(page: Any) -> list[tuple[str, str]]:
    heads = page.locator("#every th[aria-sort]")
    return [
        (heads.nth(i).locator("button").inner_text(), heads.nth(i).get_attribute("aria-sort"))
        for i in range(heads.count())
    ]


def test_shows_headline_table_and_drawings(looked_at: Any, report: Report) -> None:
    assert looked_at.title() == report.title
    assert "is the most accurate" in looked_at.locator(".headline").inner_text()
    assert looked_at.locator("#every tbody tr").count() == 18
    assert looked_at.locator("svg").count() == 12
    box = looked_at.locator("#cost svg").first.bounding_box()
    assert box["width"] > 300
    assert box["height"] > 200
    assert looked_at.evaluate(
        "() => [...document.images].every((i) => i.complete && i.naturalWidth > 0)"
    )


def test_sorts_by_a_click_both_ways(sorted_often: Any) -> None:
    assert sorted_by(sorted_often) == [("#", "ascending")]
    head = sorted_often.get_by_role("button", name="accuracy", exact=True)
    head.click()
    down = [float(text) for text in column(sorted_often, "accuracy")]
    assert down == sorted(down, reverse=True)
    assert sorted_by(sorted_often) == [("accuracy", "descending")]
    head.click()
    up = [float(text) for text in column(sorted_often, "accuracy")]
    assert up == sorted(up)
    assert up != down
    assert sorted_by(sorted_often) == [("accuracy", "ascending")]


def test_sorts_by_the_keyboard(sorted_often: Any) -> None:
    sorted_often.get_by_role("button", name="dim", exact=True).focus()
    sorted_often.keyboard.press("Enter")
    dims = [int(text.replace(",", "")) for text in column(sorted_often, "dim")]
    assert dims == sorted(dims)
    assert sorted_by(sorted_often) == [("dim", "ascending")]
    sorted_often.get_by_role("button", name="model", exact=True).focus()
    sorted_often.keyboard.press("Space")
    models = column(sorted_often, "model")
    assert models == sorted(models)


def test_empty_entries_sort_last_either_way(sorted_often: Any) -> None:
    head = sorted_often.get_by_role("button", name="log loss", exact=True)
    for _ in range(2):
        head.click()
        texts = column(sorted_often, "log loss")
        n_given = sum(text != "" for text in texts)
        assert 0 < n_given < len(texts)
        assert all(texts[:n_given])


def test_a_cell_is_looked_at_closely(opened: Any) -> None:
    assert opened.locator(".panel:visible").count() == 1
    opened.locator("#every tbody a").nth(3).click()
    shown = opened.locator(".panel:visible")
    assert shown.count() == 1
    assert shown.get_attribute("id") == "hog+color/mlp3"
    assert opened.locator("#cell").input_value() == "hog+color/mlp3"
    assert opened.evaluate("document.activeElement.textContent").startswith("hog+color → mlp3")
    opened.locator("#cell").select_option("bovw/mlp")
    assert opened.locator(".panel:visible").get_attribute("id") == "bovw/mlp"
    assert opened.url.endswith("#bovw/mlp")
    assert opened.locator(".panel:visible .matrix tbody tr").count() == 10
    assert opened.locator(".panel:visible .wrong img").count() >= 4


def test_what_is_chosen_is_in_the_address_and_in_the_csv(
    browser: Any, opened: Any, report: Report
) -> None:
    opened.fill("#q", "HOG lin")
    assert opened.locator("#shown").inner_text() == "2 of 18 cells shown"
    opened.get_by_role("button", name="dim", exact=True).click()
    opened.locator("summary", has_text="Columns").click()
    for name in ("place", "macro F1", "log loss", "top-2", "calib. error", "time"):
        opened.get_by_label(name, exact=True).uncheck()
    opened.locator("#every tbody tr:visible a").first.click()
    with opened.expect_download() as saved:
        opened.click("#download")
    exact = [
        row for row in tidy_rows(report) if row["model"] == "linear" and "hog" in row["features"]
    ]
    names = ["features", "model", "accuracy", "low", "high", "accuracy_std", "group", "dim"]
    expected = csv_text(names, sorted(exact, key=lambda row: row["dim"]))
    assert Path(saved.value.path()).read_text(encoding="utf-8") == expected

    again = browser.new_page()
    again.goto(opened.url)
    assert again.url.endswith(
        "#hog/linear&q=HOG+lin&sort=dim&hide=rank.time.f1.top2.log_loss.calibration"
    )
    assert again.locator(".panel:visible").get_attribute("id") == "hog/linear"
    assert again.locator("#every tbody tr:visible").count() == 2
    assert sorted_by(again) == [("dim", "ascending")]
    assert not again.locator("#every .c-log_loss").first.is_visible()
    again.click("#reset")
    assert again.url.endswith("#hog/linear")
    assert again.locator("#every tbody tr:visible").count() == 18
    again.close()


def test_an_address_without_an_order_undoes_it(opened: Any) -> None:
    before = column(opened, "#")
    opened.evaluate("location.hash = 'sort=dim'")
    opened.wait_for_function("document.querySelector('#every th.c-dim[aria-sort]')")
    assert column(opened, "#") != before
    opened.evaluate("location.hash = 'q='")
    opened.wait_for_function("!document.querySelector('#every th.c-dim[aria-sort]')")
    assert column(opened, "#") == before
    assert sorted_by(opened) == [("#", "ascending")]


def test_drawings_are_saved_in_colours_of_their_own(opened: Any) -> None:
    opened.emulate_media(color_scheme="dark")
    paths = {}
    for kind in ("SVG", "PNG"):
        with opened.expect_download() as saved:
            opened.locator("#cost button", has_text=kind).first.click()
        assert saved.value.suggested_filename == f"figure-time.{kind.lower()}"
        paths[kind] = Path(saved.value.path())
    drawing = paths["SVG"].read_text(encoding="utf-8")
    assert ElementTree.fromstring(drawing).tag == "{http://www.w3.org/2000/svg}svg"
    assert "var(--" not in drawing
    assert "#0b62c4" in drawing
    with Image.open(paths["PNG"]) as picture:
        assert picture.width == 3 * 440
        assert picture.convert("RGB").getpixel((0, 0)) == (255, 255, 255)
        assert len(picture.convert("RGB").getcolors(2**20) or ()) > 20


def test_differences_to_another_cell(sorted_often: Any) -> None:
    sorted_often.get_by_label("Differences to", exact=True).select_option("reference-5")
    assert sorted_often.locator(".reference:visible").count() == 1
    rows = sorted_often.locator(".reference:visible tbody tr")
    assert rows.count() == 18
    assert rows.nth(4).get_attribute("class") == "itself"
    assert rows.nth(0).locator("td").nth(2).inner_text().startswith("+")
    assert rows.nth(17).locator("td").nth(2).inner_text().startswith("−")


def test_groups_are_drawn_where_cells_are_not_told_apart(looked_at: Any, report: Report) -> None:
    pairs = {frozenset((p.first, p.second)): p.told_apart for p in report.pairs}
    done = sorted(
        (c for c in report.cells if c.accuracy is not None), key=lambda c: -(c.accuracy or 0)
    )
    script = """() => [...document.querySelectorAll("#reference-1 tbody tr")].map((row) =>
      [...row.querySelectorAll(".g.in")].map((g) => g.textContent))"""
    drawn = [set(bars) for bars in looked_at.evaluate(script)]
    for i, one in enumerate(done):
        for j in range(i):
            together = not pairs[frozenset((one.name, done[j].name))]
            assert bool(drawn[i] & drawn[j]) == together


def test_text_is_readable_in_either_scheme_and_what_is_faint_is_found(restyled: Any) -> None:
    restyled.add_style_tag(content=".matrix td:not(:empty) { --t: 62% !important; }")
    for scheme in ("dark", "light"):
        restyled.emulate_media(media="screen", color_scheme=scheme)
        ground = restyled.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (ground == "rgb(255, 255, 255)") == (scheme == "light")
        assert restyled.evaluate(CONTRASTS) == []
    restyled.evaluate("document.querySelector('h2').style.color = '#999'")
    assert [text for text, _ in restyled.evaluate(CONTRASTS)] == ["Accuracy"]


def test_fits_a_narrow_screen(restyled: Any) -> None:
    restyled.emulate_media(media="screen")
    for width in (768, 390, 320):
        restyled.set_viewport_size({"width": width, "height": 800})
        assert restyled.evaluate("document.documentElement.scrollWidth") == width


def test_prints_in_light_colours(restyled: Any, tmp_path: Path) -> None:
    restyled.emulate_media(media="print", color_scheme="dark")
    ground = restyled.evaluate("getComputedStyle(document.body).backgroundColor")
    assert ground == "rgb(255, 255, 255)"
    restyled.pdf(path=tmp_path / "report.pdf", format="A4")
    assert (tmp_path / "report.pdf").stat().st_size > 20_000


def test_hostile_names_run_nothing(browser: Any, report: Report, tmp_path: Path) -> None:
    evil = '</script><script>document.title="owned"</script><img src=x onerror=alert(1)>'
    cells = tuple(
        cell.model_copy(update={"features": evil + cell.features}) for cell in report.cells[:3]
    )
    write_report(report.model_copy(update={"cells": cells, "pairs": (), "title": evil}), tmp_path)
    page = browser.new_page()
    dialogs: list[str] = []

    def refuse(dialog: Any) -> None:
        dialogs.append(dialog.message)
        dialog.dismiss()

    page.on("dialog", refuse)
    page.goto((tmp_path / "report.html").as_uri())
    assert page.title() == evil
    assert dialogs == []
    page.close()


@pytest.mark.slow
def test_the_keyboard_alone_reaches_everything(opened: Any) -> None:
    opened.get_by_text("Columns", exact=True).click()
    opened.evaluate("document.activeElement.blur()")
    script = """() => [...document.querySelectorAll("a[href], button, input, select, summary, pre")]
      .filter((element) => element.checkVisibility())
      .map((element, i) => { element.dataset.stop = i; return String(i); })"""
    wanted = set(opened.evaluate(script))
    reached: set[str] = set()
    for _ in range(len(wanted) + 20):
        opened.keyboard.press("Tab")
        stop, seen = opened.evaluate(
            "[document.activeElement].map((e) => [e.dataset.stop, e.matches(':focus-visible')])[0]"
        )
        if stop is not None:
            assert seen
            reached.add(stop)
    assert wanted - reached == set()
    opened.locator("#q").focus()
    opened.keyboard.type("bovw mlp3")
    opened.keyboard.press("Tab")
    assert opened.evaluate("document.activeElement.id") == "copy"
    assert opened.locator("#every tbody tr:visible").count() == 1


@pytest.mark.slow
def test_without_scripts_everything_is_there_and_nothing_that_needs_them(
    browser: Any, address: str
) -> None:
    context = browser.new_context(java_script_enabled=False, reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{address}#raw/mlp")
    assert page.locator("#every tbody tr:visible").count() == 18
    assert page.locator(".tools:visible").count() == 0
    assert page.locator("button.save").count() == 0
    assert page.locator(".panel:visible").count() == 18
    assert page.locator(".reference:visible").count() == 18
    top = page.locator('[id="raw/mlp"]').bounding_box()["y"]
    assert 0 <= top < 900
    context.close()
