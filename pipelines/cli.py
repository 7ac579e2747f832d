"""The command line: `preconv compare`, `predict`, `reproduce`, `study` and what helps them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Annotated

import typer

from pipelines.commands import comparisons, images, reports, studies, upkeep
from pipelines.ending import Commands

app = typer.Typer(
    name="preconv",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)

# In the order in which the help lists them.
COMMANDS: dict[str, Callable[..., None]] = {
    "compare": comparisons.compare,
    "predict": images.predict,
    "inspect": images.inspect,
    "datasets": images.datasets,
    "reproduce": comparisons.reproduce,
    "report": reports.show,
    "leaderboard": reports.leaderboard,
    "check": reports.check,
    "diff": reports.diff,
    "spec": comparisons.spec,
    "doubts": reports.doubts,
    "study": studies.study,
    "cache": upkeep.cache,
    "version": upkeep.version,
}
for _name, _command in COMMANDS.items():
    app.command(_name)(_command)


def main() -> None:
    """Run the command line."""
    app(prog_name="preconv")


def _print_version(wanted: bool) -> None:
    if wanted:
        upkeep.version()
        raise typer.Exit


@app.callback()
def every_command(
    _version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Classic image features against an MLP, measured honestly."""
