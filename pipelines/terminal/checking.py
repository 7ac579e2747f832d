"""Checks of reports on a terminal: a line for each, and what is wrong with it below."""

from __future__ import annotations

import json
from collections.abc import Sequence

from rich.console import Console

from pipelines.checking import Checked
from pipelines.reporting.texts.numbers import count
from pipelines.reporting.texts.outside_text import one_line


def show_checked(found: Sequence[Checked]) -> None:
    """Print what the checks of some reports came to."""
    console = Console(highlight=False, emoji=False, soft_wrap=True)

    def say(line: str) -> None:
        console.print(one_line(line), markup=False)

    for each in found:
        verdict = "holds together" if each.ok else "WRONG"
        held = f"{count(each.n_cells)} cells, {count(each.n_predictions)} predictions"
        say(f"{each.path}: {verdict} ({held})")
        for title, lines in (
            ("wrong", each.wrong),
            ("doubtful", each.doubtful),
            ("not checked", each.unchecked),
        ):
            for line in lines:
                console.print(f"  {title}: {one_line(line)}", markup=False)
    n_wrong = sum(not each.ok for each in found)
    if len(found) > 1:
        say(f"{count(len(found))} reports, {count(n_wrong) if n_wrong else 'none'} of them wrong")


def as_json(found: Sequence[Checked]) -> str:
    """Return the same as a JSON list."""
    return json.dumps(
        [
            {
                "report": str(each.path),
                "ok": each.ok,
                "wrong": each.wrong,
                "doubtful": each.doubtful,
                "unchecked": each.unchecked,
                "n_cells": each.n_cells,
                "n_predictions": each.n_predictions,
            }
            for each in found
        ],
        indent=2,
    )
