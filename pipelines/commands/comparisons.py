"""Commands that run a comparison: `compare`, `reproduce`, and `spec`, which prints one to run."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from pipelines.commands.options import (
    ClassFrom,
    Fit,
    ImageSize,
    Offline,
    Quiet,
    ReportPath,
    SkipUnreadable,
    Verbose,
    at_home,
    import_named,
    log_level,
    names_in,
    numbers_in,
    sides_in,
)
from pipelines.ending import complain, noted
from pipelines.outlet import print_file

if TYPE_CHECKING:
    from pipelines.comparison.spec import Comparison
    from pipelines.running.executors import Executor


def compare(
    spec: Annotated[
        Path | None,
        typer.Argument(help="A comparison as TOML, or one of ours: builtin, cifar10."),
    ] = None,
    data: Annotated[
        str | None,
        typer.Option(help="Images: a name that `preconv datasets` lists, a folder or an archive."),
    ] = None,
    features: Annotated[
        str | None, typer.Option(help="Rows to compare, of the spec's: raw,hog,hog+color")
    ] = None,
    models: Annotated[
        str | None, typer.Option(help="Columns to compare, of the spec's: linear,mlp")
    ] = None,
    seeds: Annotated[
        str | None, typer.Option(help="Which seeds, one run each: 0,1,2. 3 alone is seed 3.")
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", help="A value of the spec: models.mlp.max_iter=20; repeat it."),
    ] = None,
    limit: Annotated[
        int | None, typer.Option(min=1, help="A quick look: at most so many images of each part.")
    ] = None,
    resamples: Annotated[
        int | None, typer.Option(help="Split the images anew so often, by class; one seed each.")
    ] = None,
    image_size: ImageSize = None,
    fit: Fit = None,
    class_from: ClassFrom = None,
    skip_unreadable: SkipUnreadable = False,
    title: Annotated[
        str | None, typer.Option(help="What the report calls the images. Default: their name.")
    ] = None,
    out: Annotated[
        Path | None, typer.Option(help="Folder for the report. Default: runs/NAME")
    ] = None,
    overwrite: Annotated[
        bool,
        typer.Option("--overwrite", help="Replace a report of another spec or other images."),
    ] = False,
    dry_run: Annotated[
        bool,
        typer.Option("--dry-run", help="Print what would run, how long and with what memory."),
    ] = False,
    save_models: Annotated[
        bool, typer.Option("--save-models", help="Keep the best pairing, for `preconv predict`.")
    ] = False,
    save_all_models: Annotated[
        bool,
        typer.Option("--save-all-models", help="Keep every pairing that can be, in models/."),
    ] = False,
    cache: Annotated[bool, typer.Option(help="Take from and keep for other runs.")] = True,
    workers: Annotated[
        str | None,
        typer.Option(help="Run in so many processes of this machine; auto: one for each core."),
    ] = None,
    scheduler: Annotated[
        str | None,
        typer.Option(help="Run on a Dask cluster: tcp://HOST:8786. Or DASK_SCHEDULER_ADDRESS."),
    ] = None,
    own: Annotated[
        list[str] | None,
        typer.Option("--import", help="Your own classes for the spec: FILE.py or PACKAGE.MODULE."),
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Compare features and models, and report the result."""
    import_named(own)
    from data.names import last_part
    from data.system.collector import paused_collector

    # It loads scikit-learn.
    with paused_collector():
        from pipelines.comparison.spec import Comparison

        comparison = Comparison.from_options(
            spec,
            data=data,
            features=names_in(features),
            models=names_in(models),
            seeds=numbers_in(seeds),
            image_size=sides_in(image_size),
            limit=limit,
            resamples=resamples,
            title=title,
            settings=settings or (),
            class_from=class_from,
            fit=fit,
            skip_unreadable=skip_unreadable or None,
        )
    if seeds is not None:
        _hint_at_seeds(comparison)
    name = spec.stem if spec and data is None else last_part(comparison.data)
    folder = at_home(out) or Path("runs") / (name or "data")
    if dry_run:
        from pipelines.compare import checked_folder
        from pipelines.forecasting.forecast import forecast
        from pipelines.running.executors import tasks_at_once_of_named
        from pipelines.terminal.comparisons import show_forecast

        n_at_once = tasks_at_once_of_named(workers, scheduler)
        folder = checked_folder(folder)
        found = forecast(
            comparison,
            cache=cache,
            save_model=save_models,
            save_all_models=save_all_models,
            n_at_once=n_at_once,
        )
        show_forecast(found)
        from data.keeping.cache import RunCache
        from pipelines.forecasting.needs import check_needs
        from pipelines.record.folder.earlier_report import check_same

        if not overwrite:
            check_same(folder, comparison.to_dict(), found.dataset)
        check_needs(found.needs, RunCache() if cache else None, found.memory_limit)
        return
    # Other processes start first: they import what they need while this one does.
    with _engine(comparison, workers, scheduler) as executor:
        with paused_collector():
            from pipelines.compare import compare as run
            from pipelines.listeners import listener
            from pipelines.terminal.reports import show_report

        with listener(log_level(verbose, quiet)) as heard:
            report = run(
                comparison,
                out=folder,
                executor=executor,
                save_model=save_models,
                save_all_models=save_all_models,
                cache=cache,
                listener=heard,
                overwrite=overwrite,
            )
    names = ["report.html", "report.json", *(["model.skops"] if save_models else [])]
    names += ["models"] if save_all_models else []
    show_report(report, [folder / name for name in names])
    raise typer.Exit(1 if any(cell.status == "failed" for cell in report.cells) else 0)


def reproduce(
    report: ReportPath,
    data: Annotated[str | None, typer.Option(help="Where its images are.")] = None,
    only: Annotated[
        list[str] | None,
        typer.Option(help="A cell to run, FEATURES:MODEL; several with commas, or repeated."),
    ] = None,
    own: Annotated[
        list[str] | None,
        typer.Option("--import", help="Your own classes in it: FILE.py or PACKAGE.MODULE."),
    ] = None,
    verbose: Verbose = False,
    quiet: Quiet = False,
    offline: Offline = False,
) -> None:
    """Run a report again, and say whether the same comes out.

    Exit 0: reproduced bit for bit. 3: consistent, in another environment. 1: it differs, or
    contradicts itself. 2: it cannot be run, or there is nothing to compare.
    """
    import_named(own)
    from pipelines.listeners import listener
    from pipelines.reproduction import reproduce as run
    from pipelines.terminal.comparisons import show_reproduction

    with noted("Nothing was compared."), listener(log_level(verbose, quiet)) as heard:
        result = run(report, data=data, only=_cells(only), listener=heard)
    show_reproduction(result, report)
    raise typer.Exit(result.status)


def spec(
    name: Annotated[
        str | None, typer.Argument(help="One of them. Without it they are listed.")
    ] = None,
) -> None:
    """Print a comparison that comes with preconv, as TOML to change and to run."""
    from pipelines.comparison.spec_file import our_specs

    specs = our_specs()
    if name is None:
        for each, text in specs.items():
            comment = text.partition("schema =")[0].replace("# ", "")
            typer.echo(f"{each:24} {' '.join(comment.split()).partition('. ')[0]}")
    elif name in specs:
        print_file(specs[name])
    else:
        from pipelines.errors import SpecError

        raise SpecError(f"{name}: no such spec; there are {', '.join(specs)}")


@contextmanager
def _engine(
    comparison: Comparison, workers: str | None, scheduler: str | None
) -> Iterator[Executor | None]:
    """Yield what runs the tasks: workers where they are named, else the cores of this machine."""
    from pipelines.running.executors import named_engine

    with named_engine(workers, scheduler) as named:
        if named is not None or workers is not None:
            yield named
            return
        from pipelines.running.executors.beside import beside

        with beside(comparison) as found:
            yield found


def _hint_at_seeds(comparison: Comparison) -> None:
    """Say what one seed means to somebody who perhaps asked for so many runs."""
    only, *others = comparison.seeds
    if only and not others and not comparison.n_resamples:
        complain(f"one run, with seed {only}; for {only} runs write --seeds {_first(only)}")


def _first(n: int) -> str:
    """Return the first seeds as the option takes them; of many only the beginning."""
    return ",".join(map(str, range(min(n, 3)))) + (",…" if n > 3 else "")


def _cells(given: list[str] | None) -> list[str] | None:
    return [name for text in given for name in names_in(text) or ()] if given else None
