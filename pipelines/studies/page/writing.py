"""Write what studies found as one self-contained HTML page."""

from __future__ import annotations

import re
from collections.abc import Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from data.system.whole_file import write_whole
from pipelines.keeping.code import code_sha256
from pipelines.record.flat import flat
from pipelines.reporting.template_files import template_environment, verbatim
from pipelines.reporting.texts.numbers import count, duration
from pipelines.reporting.texts.outside_text import visible
from pipelines.studies.page.equations import equation_groups
from pipelines.studies.page.making import Making
from pipelines.studies.page.prose import Prose, with_code, with_links, with_powers
from pipelines.studies.running import Outcome
from pipelines.studies.study import Picture

_CODE = ("data", "features", "models", "pipelines.studies")


def write_page(path: Path, outcomes: Sequence[Outcome], making: Making) -> None:
    """Write the page of one or several studies, whole or not at all."""
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, page(outcomes, making))


def page(outcomes: Sequence[Outcome], making: Making) -> str:
    """Return the page as HTML: style and pictures inside, no script, nothing fetched.

    All text is escaped by the template; only the markup of the pictures, which studies make with
    `pipelines.reporting.figures.svg.draw`, stands as it is. A content security policy admits no
    script.
    """
    environment = template_environment("pipelines.studies.page", "pipelines.reporting")
    environment.filters["with_code"] = with_code
    environment.filters["with_links"] = with_links
    environment.filters["equation_groups"] = equation_groups
    template = environment.get_template("studies.html.j2")
    return template.render(
        report_style=verbatim(environment, "report.css"),
        style=verbatim(environment, "studies.css"),
        **content(outcomes, making),
    )


def content(outcomes: Sequence[Outcome], making: Making) -> dict[str, Any]:
    """Return everything that the page's template shows."""
    data = making.dataset
    height, width, channels = data.image_shape
    total_s = sum(outcome.took_s for outcome in outcomes)
    studies = [_study(outcome) for outcome in outcomes]
    (only,) = studies if len(studies) == 1 else (None,)
    return {
        "title": only["title"] if only else "The ideas behind the comparison",
        "headline": only["prose"].claim if only else _headline(outcomes),
        "alone": only is not None,
        "studies": studies,
        "facts": [
            ("images", f"{visible(data.name)}, {height} × {width} × {channels}"),
            ("training / test", f"{count(data.n_train)} / {count(data.n_test)}"),
            ("size", "full" if making.size == 1 else f"{making.size:g} of the full"),
            ("seed", str(making.seed)),
            ("processor time", duration(total_s)),
        ],
        "command": visible(making.command),
        "dataset_sha256": data.sha256,
        "code_sha256": code_sha256(*_CODE),
        "environment": [
            (visible(key), visible(value))
            for key, value in flat({"preconv": version("preconv"), **making.environment})
        ],
    }


def _study(outcome: Outcome) -> dict[str, Any]:
    n_found, n_holding = len(outcome.findings), outcome.n_holding
    if outcome.error:
        verdict = "failed"
    elif n_holding == n_found:
        verdict = "holds" if n_found == 1 else f"all {n_found} findings hold"
    else:
        verdict = f"{n_holding} of {n_found} findings hold"
    return {
        "name": outcome.study.name,
        "title": outcome.study.title,
        "prose": Prose.of(visible(outcome.study.text)),
        "holds": outcome.holds,
        "verdict": verdict,
        "findings": [(with_powers(visible(each.says)), each.holds) for each in outcome.findings],
        "pictures": [
            (with_powers(visible(each.caption)), each.markup, _width_px(each))
            for each in outcome.pictures
        ],
        "took": duration(outcome.took_s),
        "error": visible(outcome.error),
    }


def _headline(outcomes: Sequence[Outcome]) -> str:
    n_found = sum(len(outcome.findings) for outcome in outcomes)
    n_holding = sum(outcome.n_holding for outcome in outcomes)
    n_failed = sum(bool(outcome.error) for outcome in outcomes)
    if n_holding == n_found and not n_failed:
        return f"{len(outcomes)} studies, {n_found} findings, and all of them hold."
    failed = f"; {n_failed} studies failed" if n_failed > 1 else "; one study failed"
    return (
        f"{n_holding} of {n_found} findings of {len(outcomes)} studies hold"
        f"{failed if n_failed else ''}."
    )


def _width_px(picture: Picture) -> int | None:
    """Return the width that a drawing was made for; None for other pictures."""
    found = re.search(r'<svg[^>]*viewBox="\S+ \S+ ([\d.]+) ', picture.markup)
    return round(float(found[1])) if found else None
