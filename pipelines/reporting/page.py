"""Write a report as one self-contained HTML page."""

from __future__ import annotations

import json
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import numpy as np
from markupsafe import Markup

from features import Picture
from pipelines.record.comparing.standings import Standings
from pipelines.record.edges import edges_of
from pipelines.record.flat import flat
from pipelines.record.folder.report_file import as_part_of_a_page
from pipelines.record.report import Report
from pipelines.reporting.examples import Examples
from pipelines.reporting.figures.learning_curves import (
    learning_curves,
    score_range,
    validated,
)
from pipelines.reporting.figures.trade_off import DIM, MARKERS, TIME, Look, trade_off
from pipelines.reporting.pictures import png_uri, sample_images
from pipelines.reporting.sections.accuracy import grid, table
from pipelines.reporting.sections.anchors import cell_anchor, part_of_anchor
from pipelines.reporting.sections.cell import panel
from pipelines.reporting.sections.doubts import doubtful
from pipelines.reporting.sections.sure import references
from pipelines.reporting.template_files import one_script, template_environment, verbatim
from pipelines.reporting.texts.headline import headline
from pipelines.reporting.texts.numbers import count, duration, size
from pipelines.reporting.texts.outside_text import visible
from pipelines.reporting.texts.spec_text import spec_text
from pipelines.reporting.texts.words import (
    INTERVAL_OF_METHOD,
    covered,
    how_chosen,
    how_drawn,
    how_for_all_pairs,
    is_of_python,
    label,
    left_out,
    not_validated,
    quick_look,
    reproduce_command,
    runs_of,
)

_LONGEST_IN_A_MATRIX = 100


def page(report: Report, examples: Examples | None = None, source: str | None = None) -> str:
    """Return the report as HTML: styles, script and pictures inside, nothing fetched.

    `source` is where the report's images are, if that is known. The page carries the JSON of the
    report as data that no browser runs, so that the page alone can be read as the report.
    The template escapes all text, and a content security policy admits only the page's own
    script: a report from outside can show text and nothing else.
    """
    environment = template_environment("pipelines.reporting")
    script, allowed = one_script(environment, "tables.js", "report.js")
    return environment.get_template("report.html.j2").render(
        style=verbatim(environment, "report.css"),
        script=script,
        script_hash=allowed,
        carried=Markup(as_part_of_a_page(report.to_json())),
        **content(report, examples, source),
    )


def content(report: Report, examples: Examples | None, source: str | None = None) -> dict[str, Any]:
    """Return everything that the page's template shows."""
    standings = Standings(report)
    done, spent = standings.cells, standings.costs
    anchors = {cell.name: cell_anchor(cell.name) for cell in done}
    models, rows = grid(standings, anchors)
    held_against = references(standings)
    class_names = [visible(name) for name in report.dataset.class_names]
    called = [name[:_LONGEST_IN_A_MATRIX] for name in class_names]
    shown: dict[str, Any] = {
        "title": visible(report.title),
        "headline": headline(standings),
        "facts": _facts(standings),
        "missing": [
            (label(c.name), c.status, visible(c.error or "")) for c in standings.unfinished
        ],
        "n_cells": len(report.cells),
        "n_done": len(done),
        "n_test": count(report.dataset.n_test),
        "seeds": runs_of(standings),
        "n_seeds": len(standings.seeds),
        "many_as_good": len(standings.as_good) > 1,
        "class_names": class_names,
        "models": models,
        "grid": rows,
        "references": held_against,
        "too_many_groups": bool(held_against)
        and not held_against[0].rows[0].bars
        and not all(pair.told_apart for pair in report.pairs),
        "earlier_pairs": report.pairs_statistic == "mcnemar-holm",
        "resampled": report.is_resampled,
        "for_all_pairs": how_for_all_pairs(report),
        "interval_of_method": INTERVAL_OF_METHOD,
        "covered": covered(len(standings.seeds), resampled=report.is_resampled),
        "pictures_given": examples is not None,
        "seen": _seen(examples),
        "doubts": doubtful(examples, report.dataset.class_names),
        "n_doubts": count(len(examples.doubts)) if examples else "0",
        "how_chosen": how_chosen(report),
        "not_validated": not_validated(standings),
        "command": reproduce_command(report, source),
        "of_python": is_of_python(report),
        "spec": visible(spec_text(report.spec)),
        "environment": [
            (visible(key), visible(value))
            for key, value in flat({"preconv": report.preconv, **report.environment})
        ],
        "passed_over": left_out(report),
        "dataset_sha256": report.dataset.sha256,
        "results_digest": report.results_digest,
        "digest": report.digest or json.loads(report.to_json())["digest"],
    }
    if done:
        shown["columns"], shown["rows"] = table(standings, anchors)
    shown |= _plots(standings)
    shown["panels"] = [
        panel(
            cell,
            anchors[cell.name],
            called,
            spent.get(cell.name),
            examples,
            edges_of(cell, report.spec),
        )
        for cell in done
    ]
    return shown


def _facts(standings: Standings) -> list[tuple[str, str]]:
    report = standings.report
    data, measured = report.dataset, report.measurements
    height, width, channels = data.image_shape
    n_done = len(standings.cells)
    shared, chosen_by = data.n_test_in_train, data.n_test_in_validation
    validation = {"validation": data.n_validation} if data.n_validation else {}
    parts = {"training": data.n_train, **validation, "test": data.n_test}
    n_left_out = sum(each.n for each in data.passed_over or ())
    return [
        ("data", visible(data.name)),
        ("images", f"{height} × {width} × {channels}, {len(data.class_names)} classes"),
        (" / ".join(parts), " / ".join(map(count, parts.values()))),
        *([("limit", quick_look(report))] if quick_look(report) else []),
        *([("split", how_drawn(report))] if report.is_resampled else []),
        *([("test images also in training", count(shared))] if shared else []),
        *([("test images also in validation", count(chosen_by))] if chosen_by else []),
        *([("files passed over", count(n_left_out))] if n_left_out else []),
        ("cells", f"{n_done} of {len(report.cells)}, {runs_of(standings)}"),
        ("took", f"{duration(measured.total_s)}, {size(measured.peak_memory_bytes)} at the peak"),
        ("started", visible(measured.started)[:16].replace("T", " ")),
    ]


def _plots(standings: Standings) -> dict[str, Any]:
    """Return the scatter plots with their legend, and the learning curves."""
    done = standings.cells
    look = Look.of(done)
    time_s = {name: cost.total_s for name, cost in standings.costs.items() if cost.total_s > 0}
    dims = {cell.name: float(cell.dim) for cell in done if cell.dim}
    timed = [cell for cell in done if cell.name in time_s]
    sized = [cell for cell in done if cell.name in dims]
    scatters = []
    if len(timed) > 1:
        drawn = trade_off("time", timed, time_s, look, TIME)
        scatters.append(("figure:time", "Accuracy against time", drawn))
    if len(sized) > 1:
        drawn = trade_off("dim", sized, dims, look, DIM)
        scatters.append(("figure:dim", "Accuracy against the length of the features", drawn))
    curved = [cell for cell in done if any(cell.learning_curves)]
    scores = score_range(curved)
    return {
        "scatters": scatters,
        "marks_repeat": any(
            len(set(marks.values())) < len(marks) for marks in (look.features, look.models)
        ),
        "legend_features": [(visible(name), colour) for name, colour in look.features.items()],
        "legend_models": [(visible(name), MARKERS[m]) for name, m in look.models.items()],
        "curves": [
            (
                f"curves:{cell_anchor(cell.name)}",
                label(cell.name),
                learning_curves(f"curve-{i}", cell, scores=scores),
            )
            for i, cell in enumerate(curved)
        ],
        "validated_curves": any(map(validated, curved)),
    }


Pictures = list[tuple[str, str, list[str]]]


def _seen(examples: Examples | None) -> list[tuple[str, str, Pictures]]:
    """Return anchor, features and what they see: captions, each with its layout and pictures."""
    if examples is None or not any(examples.feature_pictures.values()):
        return []
    shown = [examples.images[i] for i in sample_images(np.asarray(examples.labels))]
    plain = [Picture("As they are", image) for image in shown]
    return [
        (f"seen:{part_of_anchor(name)}", visible(name), _captioned(pictures))
        for name, pictures in {"the images": plain, **examples.feature_pictures}.items()
        if pictures
    ]


def _captioned(pictures: Sequence[Picture] | str) -> Pictures:
    """Return pictures in their order, those with one caption together; a sentence has none."""
    if isinstance(pictures, str):
        return [(visible(pictures), "row", [])]
    found = []
    for caption, of_caption in groupby(pictures, key=lambda picture: picture.caption):
        images = [picture.image for picture in of_caption]
        wide = any(image.shape[1] > 2 * image.shape[0] for image in images)
        layout = "wide" if wide else "sheet" if len(images) == 1 else "row"
        found.append((visible(caption), layout, [png_uri(image) for image in images]))
    return found
