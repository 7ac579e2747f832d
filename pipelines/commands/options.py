"""What several commands are asked in the same words, and how the words are read."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer


def _stay_offline(chosen: bool) -> bool:
    """Forbid downloads, if that is chosen."""
    if chosen:
        from data.named.offline import go_offline

        go_offline()
    return chosen


AsCsv = Annotated[bool, typer.Option("--csv", help="Print CSV.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SkipUnreadable = Annotated[
    bool,
    typer.Option("--skip-unreadable", help="Leave out images that cannot be read, and say so."),
]

Fit = Annotated[
    str | None,
    typer.Option(help="How they get that size: stretch, crop or pad. Default: stretch."),
]
ImageSize = Annotated[
    str | None,
    typer.Option(help="Resize images to this side in pixels, 32, or to height x width, 32x48."),
]
NTrain = Annotated[
    int | None, typer.Option(min=1, help="How many training images to generate, of builtin.")
]
NTest = Annotated[
    int | None, typer.Option(min=1, help="How many test images to generate, of builtin.")
]
ClassFrom = Annotated[
    str | None,
    typer.Option(help="Folder that is the class, below train: first, last, or its number."),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline", callback=_stay_offline, help="Download nothing. So does PRECONV_OFFLINE=1."
    ),
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress, only warnings.")]
ReportPath = Annotated[
    Path, typer.Argument(help="A report.json, a report.html, or the folder of one.")
]
Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say more: lines of a log, also on a terminal.")
]


def import_named(sources: list[str] | None) -> None:
    """Import what the user has named, so that a spec can name its classes."""
    if sources:
        from pipelines.comparison.named.own_names import import_own
        from pipelines.keeping.identity import remember_local_code

        for source in sources:
            import_own(os.path.expanduser(source))  # noqa: PTH111
        remember_local_code()


def at_home(path: Path | None) -> Path | None:
    """Return a path with the home folder for "~", which a shell leaves in `--out=~/report`."""
    from data.system.paths import expanded

    return path and expanded(path)


def log_level(verbose: bool, quiet: bool) -> int:
    """Return the level of `logging` that is asked for."""
    import logging

    return logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO


def names_in(text: str | None) -> list[str] | None:
    """Return names that stand between commas."""
    return None if text is None else [name.strip() for name in text.split(",")]


def numbers_in(text: str | None) -> list[int] | None:
    """Return seeds that stand between commas."""
    from pipelines.errors import SpecError

    try:
        return None if text is None else [int(number) for number in text.split(",")]
    except ValueError:
        raise SpecError(f"--seeds takes whole numbers, as in 0,1,2; got {text!r}") from None


def sides_in(text: str | None) -> int | tuple[int, int] | None:
    """Return a size as a user writes it: 32, or 32x48 for height and width."""
    if text is None:
        return None
    sides = text.lower().replace("×", "x").split("x")
    if not all(side.strip().isdecimal() for side in sides) or len(sides) > 2:
        from pipelines.errors import SpecError

        raise SpecError(
            f"--image-size takes a side in pixels, as 32, or height x width, as 32x48; got {text!r}"
        )
    height, *width = map(int, sides)
    return (height, width[0]) if width else height
