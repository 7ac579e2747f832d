"""The command `study`: ideas behind the comparison as experiments."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import (
    ClassFrom,
    Fit,
    ImageSize,
    Offline,
    SkipUnreadable,
    at_home,
    sides_in,
)
from pipelines.ending import noted

MOST_SEED = 2**32 - 1001
"""Repeated experiments count up from a seed, and NumPy's generators take those below 2**32."""


def study(
    name: Annotated[
        str | None, typer.Argument(help="A study, or all. Without it they are listed.")
    ] = None,
    data: Annotated[
        str,
        typer.Option(help="Images: a name that `preconv datasets` lists, a folder, an archive."),
    ] = "builtin",
    size: Annotated[float, typer.Option(help="Part of the full experiment: 0.1 is quick.")] = 1.0,
    image_size: ImageSize = None,
    fit: Fit = None,
    class_from: ClassFrom = None,
    skip_unreadable: SkipUnreadable = False,
    seed: Annotated[int, typer.Option(min=0, max=MOST_SEED, help="Of everything random.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="HTML file. Default: runs/studies/NAME.html")
    ] = None,
    offline: Offline = False,
) -> None:
    """Show an idea behind the comparison as an experiment: exit 1 if a finding does not hold."""
    from pipelines.studies.registry import STUDIES, chosen

    if name is None:
        for study in STUDIES.values():
            typer.echo(f"{study.name:24} {study.title}")
        typer.echo(f"{'all':24} All of them, on one page")
        return
    studies = chosen(name)
    from pipelines.studies.terminal import run_studies

    with noted("No page was written."):
        outcomes = run_studies(
            studies,
            data=data,
            image_size=sides_in(image_size),
            fit=fit or "stretch",
            class_from=class_from,
            skip_unreadable=skip_unreadable,
            size=size,
            seed=seed,
            out=at_home(out),
        )
    raise typer.Exit(0 if all(outcome.holds for outcome in outcomes) else 1)
