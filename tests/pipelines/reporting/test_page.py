"""`report.html`: complete, escaped, self-contained, deterministic; without a browser."""

from __future__ import annotations

import base64
import hashlib
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pytest

from data import Dataset
from features import Picture
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.record.report import Cell, Report
from pipelines.record.significance.resampled_statistic import RESAMPLED
from pipelines.reporting import write_report
from pipelines.reporting.examples import Examples
from pipelines.reporting.page import page
from pipelines.reporting.sections.cell import confusion

EVIL = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&{{ 7*7 }}\x1b$x_1$"
VOID = {"meta", "link", "img", "br", "input", "hr", "path", "use", "rect"}


class Elements(HTMLParser):
    """Every element with its attributes, the text outside scripts and styles, and balance."""

    def __init__(self, text: str) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.open: list[str] = []
        self.feed(text)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not self.open or self.open[-1] not in ("script", "style"):
            self.text += data

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.found if name == tag]


@pytest.fixture(scope="module")
def elements(text: str) -> Elements:
    return Elements(text)


def test_says_what_won_and_what_is_missing(report: Report, elements: Elements) -> None:
    assert report.title in elements.text
    assert "is the most accurate" in elements.text
    assert "too many to be drawn" not in elements.text
    assert "18 of 20 cells are in; 2 missing" in elements.text
    assert "MemoryError: cannot hold 40000 × 3072 distances" in elements.text
    assert "preconv reproduce report.json" in elements.text
    assert report.dataset.sha256 in elements.text
    assert '[features."hog+color"]' in elements.text
    for cell in report.cells:
        for sha256 in cell.predictions_sha256:
            assert sha256 in elements.text


def test_fetches_nothing(elements: Elements) -> None:
    for tag, attributes in elements.found:
        for name in ("src", "href", "srcset", "action", "data", "poster", "background"):
            value = attributes.get(name)
            assert value is None or re.match(
                r"#[\w:/+%.~-]+$|data:(image/png;base64,|,$)", value
            ), (
                tag,
                value,
            )


def test_style_and_script_name_no_address(text: str) -> None:
    for source in re.findall(r"<(?:style|script)>(.*?)</", text, re.DOTALL):
        assert not re.search(r"url\(|@import|https?:|fetch|XMLHttp", source)


def test_policy_admits_only_the_own_script(elements: Elements, text: str) -> None:
    script = re.search(r"<script>(.*?)</script>", text, re.DOTALL)
    assert script
    own = base64.b64encode(hashlib.sha256(script[1].encode()).digest()).decode()
    (policy,) = [m["content"] for m in elements.all("meta") if "http-equiv" in m]
    assert policy is not None
    assert "default-src 'none'" in policy
    assert f"script-src 'sha256-{own}';" in policy
    types = [script.get("type") for script in elements.all("script")]
    assert types == ["application/json", None]  # the first is data, which no browser runs


def test_ids_are_unique_and_links_lead_somewhere(elements: Elements) -> None:
    ids = [a["id"] for _, a in elements.found if "id" in a]
    assert len(ids) == len(set(ids))
    targets = {a["href"] for _, a in elements.found if (a.get("href") or "").startswith("#")}
    assert {target.removeprefix("#") for target in targets if target} <= set(ids)


def test_pictures_have_words(elements: Elements) -> None:
    assert all((image.get("alt") or "").strip() for image in elements.all("img"))
    assert all((svg.get("aria-label") or "").strip() for svg in elements.all("svg"))
    assert len(elements.all("svg")) == 2 + 10  # two trade-offs, ten cells with learning curves


def test_drawings_take_the_page_colours_and_fonts(text: str) -> None:
    for svg in re.findall(r"<svg.*?</svg>", text, re.DOTALL):
        assert not re.search(r"#[0-9a-fA-F]{6}\b", svg)
        assert "font-family" not in svg
        assert "var(--" in svg
        assert "<text" in svg


def test_same_report_same_page(
    two_cells: Report, examples: Examples, pictured_page_of_two: str
) -> None:
    assert page(two_cells, examples) == pictured_page_of_two


def test_small_enough(text: str) -> None:
    assert len(text.encode()) < 2_000_000


def test_from_the_json_alone(two_cells: Report, tmp_path: Path) -> None:
    path = tmp_path / "report.json"
    path.write_text(two_cells.to_json(), encoding="utf-8")
    read = Elements(page(Report.read(path)))
    assert "Pictures missing: this page was made from report.json alone." in read.text
    assert "is the most accurate" in read.text


def test_everything_from_outside_is_escaped(report: Report, examples: Examples) -> None:
    names = (EVIL, *report.dataset.class_names[1:])
    cells = []
    for cell in (report.cells[0], report.cells[3], *report.cells[8:11]):
        features = EVIL if cell.features == "hog" else cell.features
        model = EVIL if cell.model == "mlp" else cell.model
        changed = {"features": features, "model": model, "error": EVIL, "chosen": ({EVIL: EVIL},)}
        cells.append(cell.model_copy(update=changed))
    evil = report.model_copy(
        update={
            "title": EVIL,
            "preconv": EVIL,
            "cells": tuple(cells),
            "dataset": report.dataset.model_copy(update={"class_names": names, "name": EVIL}),
            "spec": {EVIL: EVIL, "data": EVIL, "features": {EVIL: {"union": [EVIL]}}},
            "environment": {EVIL: {EVIL: [EVIL]}},
            "measurements": report.measurements.model_copy(update={"started": EVIL}),
        }
    )
    hostile = Examples(
        images=examples.images,
        labels=examples.labels,
        predictions=examples.predictions,
        confidences=examples.confidences,
        feature_pictures={EVIL: [Picture(EVIL, examples.images[0])]},
    )
    read = Elements(page(evil, hostile))
    assert len(read.all("script")) == 2
    assert not any(image.get("src") == "x" for image in read.all("img"))
    assert not any(name.startswith("on") for _, a in read.found for name in a)
    assert "\x1b" not in read.text
    assert "{{ 7*7 }}" in read.text
    assert "<script>alert(1)</script>" in read.text  # as text


def test_an_extractor_without_pictures_has_a_sentence(
    two_cells: Report, examples: Examples, pictured_page_of_two: str
) -> None:
    given = {**examples.feature_pictures, "mine": f"It does not draw. {EVIL}", "none": []}
    plain = Elements(pictured_page_of_two)
    said = Elements(page(two_cells, replace(examples, feature_pictures=given)))
    assert "mine # It does not draw. " in " ".join(said.text.split())
    assert "<script>alert(1)</script>" in said.text  # as text
    n_images = [len(read.all("img")) for read in (plain, said)]
    assert n_images[0] == n_images[1] > 0


def test_bare_cells_without_anything_else(report: Report) -> None:
    bare = [
        Cell(features="a", model=m, status="done", seeds=(0,), n_test=9, accuracy=0.5)
        for m in ("x", "y")
    ]
    measurements = report.measurements.model_copy(update={"features": (), "cells": ()})
    for cells in ((), tuple(bare[:1]), tuple(bare)):
        shown = report.model_copy(
            update={"cells": cells, "pairs": (), "measurements": measurements, "spec": {}}
        )
        read = Elements(page(shown))
        assert "There are no paired differences in this report." in read.text
        assert "no times or dimensions" in read.text


def test_pairs_are_shown_as_what_they_are(two_cells: Report, page_of_two: str) -> None:
    now = " ".join(page_of_two.split())
    assert "p are for all pairs together, from one bootstrap over test images and, crossed" in now
    assert "They speak of these runs on other test images of this kind" in now
    assert "McNemar" not in now
    then = " ".join(page(two_cells.model_copy(update={"pairs_statistic": "mcnemar-holm"})).split())
    assert "of this pair alone. p: McNemar's exact test" in then
    assert "bootstrap over test images and" not in then
    assert "They speak of" not in then


def test_resamples_are_not_said_to_be_compared_image_by_image(
    two_cells: Report, page_of_two: str
) -> None:
    assert "compared image by image" in page_of_two
    anew = page(two_cells.model_copy(update={"pairs_statistic": RESAMPLED}))
    assert "compared resample by resample" in anew
    assert "image by image" not in anew


def test_validation_images_are_said_to_be_learned_from(two_cells: Report) -> None:
    dataset = two_cells.dataset.model_copy(update={"n_validation": 500})
    text = page(two_cells.model_copy(update={"dataset": dataset}))
    assert "chosen on the validation images; what was chosen is fitted again on training" in text
    assert "a part of the training images" not in text


def test_cell_without_validation_accuracy_is_explained(two_cells: Report, page_of_two: str) -> None:
    said = "A cell in which there was nothing to choose has no validation accuracy"
    panels = "(there was nothing to choose)"
    read = Elements(page_of_two)
    assert said not in read.text
    assert panels not in read.text
    assert "on the validation part" in read.text
    first, second = two_cells.cells
    bare = second.model_copy(update={"validation_accuracy": (), "chosen": ()})
    read = Elements(page(two_cells.model_copy(update={"cells": (first, bare)})))
    assert read.text.count(said) == 1
    assert read.text.count(f"on the validation part– {panels}") == 1


def test_curves_without_a_validation_part_do_not_name_one(report: Report) -> None:
    legend = '<s class="validation"></s>validation part'
    curved = next(cell for cell in report.cells if cell.learning_curves)
    curves = tuple(
        tuple(e.model_copy(update={"val_loss": None, "val_score": None}) for e in curve)
        for curve in curved.learning_curves
    )
    fitted_once = curved.model_copy(update={"learning_curves": curves})
    for cell, named in ((curved, True), (fitted_once, False)):
        html = page(report.model_copy(update={"cells": (cell,), "pairs": ()}))
        assert (legend in html) == named
        assert "training part" in html


def test_report_without_a_finished_cell(report: Report) -> None:
    cells = tuple(
        Cell(features=c.features, model=c.model, status="pending", seeds=c.seeds, n_test=c.n_test)
        for c in report.cells
    )
    read = Elements(page(report.model_copy(update={"cells": cells, "pairs": ()})))
    assert "No cell is finished yet: 20 still to run of 20 cells." in read.text
    assert "There are no paired differences in this report yet." in read.text


def test_many_classes_become_a_picture() -> None:
    rng = np.random.default_rng(0)
    counts = rng.integers(0, 20, (100, 100)) + 50 * np.eye(100, dtype=np.int64)
    shown = confusion(counts, [f"class {i}" for i in range(100)])
    assert shown is not None
    assert not shown.rows
    assert shown.picture.startswith("data:image/png;base64,")
    assert len(shown.picture) < 60_000


def test_confusion_of_other_size_is_left_out() -> None:
    assert confusion(np.ones((3, 3), dtype=np.int64), ["a", "b"]) is None
    assert confusion([[1], [1, 2]], ["a", "b"]) is None


def test_confusion_names_what_is_confused_most() -> None:
    shown = confusion(np.array([[6, 4, 0], [1, 9, 0], [0, 0, 0]]), ["cat", "dog", "owl"])
    assert shown is not None
    assert shown.most == ("cat as dog 40 %", "dog as cat 10 %")
    assert shown.hardest == ("cat 60 %", "dog 90 %")  # no owl was tested
    assert [s.text for s in shown.rows[0][1]] == ["60", "40", ""]


def test_what_is_rarely_confused_is_not_written_as_never() -> None:
    shown = confusion(np.array([[997, 3], [0, 1000]]), ["four", "nine"])
    assert shown is not None
    assert shown.most == ("four as nine 0.3 %",)
    assert shown.hardest == ("four 99.7 %", "nine 100 %")
    assert [[share.text for share in row] for _, row in shown.rows] == [["99.7", ""], ["", "100"]]


def test_files_are_written_whole(report: Report, tmp_path: Path) -> None:
    folder = tmp_path / "new" / "folder"
    report = report.model_copy(update={"cells": report.cells[:1]})
    write_report(report, folder)
    assert sorted(path.name for path in folder.iterdir()) == ["report.html", "report.md"]
    before = (folder / "report.html").read_bytes()
    write_report(report, folder)
    assert (folder / "report.html").read_bytes() == before


def test_a_real_run_has_its_page(tiny: Dataset, tmp_path: Path) -> None:
    spec = Comparison.from_dict(
        {
            "seeds": [0, 1],
            "features": {
                "hog": {"extractor": "HOG", "pixels_per_cell": [4, 4]},
                "color": {"extractor": "ColorHistogram", "bins": 2},
                "bovw": {
                    "extractor": "BagOfVisualWords",
                    "n_words": 4,
                    "patch_size": 3,
                    "n_samples": 100,
                },
            },
            "models": {
                "mlp": {"classifier": "MLPClassifier", "hidden_layer_sizes": [4], "max_iter": 3},
            },
        }
    )
    compare(spec, dataset=tiny, out=tmp_path, cache=False)
    read = Elements((tmp_path / "report.html").read_text(encoding="utf-8"))
    assert "3 of 3, 2 seeds (0, 1)" in read.text
    for said in ("Edges by direction", "Its colours, as coarse", "nearest visual word"):
        assert said in read.text
    assert "Most confidently wrong" in read.text
    assert "Pictures missing" not in read.text
    assert "## Every cell" in (tmp_path / "report.md").read_text(encoding="utf-8")


def test_nothing_is_left_where_writing_fails(report: Report, tmp_path: Path) -> None:
    (tmp_path / "report.md").mkdir()
    with pytest.raises(OSError, match="report"):
        write_report(report, tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["report.md"]
