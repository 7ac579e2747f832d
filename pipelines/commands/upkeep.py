"""Commands about what is installed and kept: `cache` and `version`."""

from __future__ import annotations

from typing import Annotated

import typer


def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove what is kept.")] = False,
) -> None:
    """Show what runs keep for other runs."""
    from data.keeping.cache import RunCache

    kept = RunCache()
    n_entries, n_bytes = kept.size()
    if clear:
        kept.clear()
    typer.echo(
        f"{'removed ' if clear else ''}{n_entries} entries, {n_bytes / 2**20:,.1f} MiB "
        f"of at most {kept.limit_bytes / 2**30:,.1f} GiB, in {kept.folder}"
    )


def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("preconv"))
