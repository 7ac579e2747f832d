"""The command line: `preconv compare`, `predict`, `reproduce`, `study` and what helps them.

Whatever takes long to import is imported inside a command, so that `--help` answers at once.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated

import typer

from pipelines.ending import Commands, complain, noted
from pipelines.ending import ended as _errors

Verbose = Annotated[
    bool, typer.Option("--verbose", "-v", help="Say more: lines of a log, also on a terminal.")
]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Show no progress, only warnings.")]

app = typer.Typer(
    name="preconv",
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _stay_offline(chosen: bool) -> bool:
    """Forbid downloads, if that is chosen."""
    if chosen:
        from data.offline import go_offline

        go_offline()
    return chosen


ImageSize = Annotated[
    str | None,
    typer.Option(help="Resize images to this side in pixels, 32, or to height x width, 32x48."),
]
Fit = Annotated[
    str | None,
    typer.Option(help="How they get that size: stretch, crop or pad. Default: stretch."),
]
Offline = Annotated[
    bool,
    typer.Option(
        "--offline", callback=_stay_offline, help="Download nothing. So does PRECONV_OFFLINE=1."
    ),
]


def main() -> None:
    """Run the command line."""
    app()


def _print_version(wanted: bool) -> None:
    if wanted:
        version()
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


@app.command()
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
    class_from: Annotated[
        str | None,
        typer.Option(help="Folder that is the class, below train: first, last, or its number."),
    ] = None,
    skip_unreadable: Annotated[
        bool,
        typer.Option("--skip-unreadable", help="Leave out images that cannot be read, and say so."),
    ] = False,
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
    with _errors():
        _import(own)
        from pipelines.compare import compare as run
        from pipelines.comparison.spec import Comparison
        from pipelines.listeners import listener
        from pipelines.terminal import show_forecast, show_report

        comparison = Comparison.from_options(
            spec,
            data=data,
            features=_names(features),
            models=_names(models),
            seeds=_numbers(seeds),
            image_size=_size(image_size),
            limit=limit,
            resamples=resamples,
            title=title,
            settings=settings or (),
            class_from=class_from,
            fit=fit,
            skip_unreadable=skip_unreadable or None,
        )
        if (
            seeds is not None
            and not comparison.n_resamples
            and comparison.seeds != (0,)
            and len(comparison.seeds) == 1
        ):
            only = comparison.seeds[0]
            complain(f"one run, with seed {only}; for {only} runs write --seeds {_first(only)}")
        if dry_run:
            from pipelines.forecast import forecast

            show_forecast(forecast(comparison, cache=cache))
            return
        # All of a name: photos.2023 and photos.2024, photos and photos.zip are different images.
        source = Path(comparison.data)
        name = (
            spec.stem
            if spec and data is None
            else source.name or Path(os.path.realpath(source)).name
        )
        folder = _at_home(out) or Path("runs") / (name or "data")
        from pipelines.running.executors import named_engine

        with (
            named_engine(workers, scheduler) as engine,
            listener(_level(verbose, quiet)) as heard,
        ):
            report = run(
                comparison,
                executor=engine,
                out=folder,
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


@app.command()
def predict(
    model: Annotated[
        Path, typer.Argument(help="What `preconv compare --save-models` wrote, or of models/.")
    ],
    images: Annotated[
        list[Path],
        typer.Argument(help='Image files, folders of them, or "-" for standard input.'),
    ],
    top: Annotated[int, typer.Option(min=1, help="How many classes to name.")] = 3,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV, a row for each image.")] = False,
) -> None:
    """Name what is in new images, best class first.

    A folder whose folders bear names of the model's classes is labelled: how many of its images
    are right is said, too. Standard input is an image, or paths, one a line.
    """
    with _errors():
        from pipelines.errors import SavedModelError
        from pipelines.predicting.answers import Unread, predict_files
        from pipelines.predicting.questions import questions
        from pipelines.saved_model import load_model
        from pipelines.terminal import show_marks, show_predictions

        if as_json and as_csv:
            raise SavedModelError("--json and --csv: choose one of them")
        loaded = load_model(model)
        found = predict_files(loaded, questions(images, loaded.class_names_), top)
        show_predictions(
            found,
            "json" if as_json else "csv" if as_csv else "text",
            top=min(top, len(loaded.class_names_)),
        )
        show_marks(found, loaded.class_names_, beside=as_json or as_csv)
        failures = [each for each in found if isinstance(each, Unread)]
        for failure in failures:
            complain(failure.error)
    raise typer.Exit(2 if failures else 0)


@app.command()
def inspect(
    source: Annotated[
        str, typer.Argument(help="A name that `preconv datasets` lists, a folder or an archive.")
    ],
    image_size: ImageSize = None,
    fit: Fit = None,
    class_from: Annotated[
        str | None,
        typer.Option(help="Which folder of a path is the class: first, last or a number."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    offline: Offline = False,
) -> None:
    """Say what is made of images: layout, parts, classes, sizes, what is left out and why."""
    with _errors():
        from data import inspect_source
        from data.options import checked_class_from
        from data.resizing import checked_fit
        from pipelines.terminal import show_inspection

        found = inspect_source(
            source,
            image_size=_size(image_size),
            class_from=checked_class_from(class_from),
            fit=checked_fit(fit or "stretch"),
        )
        show_inspection(found, as_json=as_json)


@app.command()
def datasets() -> None:
    """List the datasets that have a name."""
    with _errors():
        from pipelines.terminal import show_datasets

        show_datasets()


@app.command()
def reproduce(
    report: Annotated[
        Path, typer.Argument(help="A report.json, a report.html, or the folder of one.")
    ],
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
    with _errors():
        _import(own)
        from pipelines.listeners import listener
        from pipelines.reproduction import reproduce as run
        from pipelines.terminal import show_reproduction

        with noted("Nothing was compared."), listener(_level(verbose, quiet)) as heard:
            result = run(report, data=data, only=_cells(only), listener=heard)
        show_reproduction(result, report)
    raise typer.Exit(result.status)


@app.command("report")
def show(
    report: Annotated[
        Path, typer.Argument(help="A report.json, a report.html, or the folder of one.")
    ],
    as_csv: Annotated[bool, typer.Option("--csv", help="A row for each cell.")] = False,
    as_latex: Annotated[
        bool, typer.Option("--latex", help="Features by models, for a paper, with booktabs.")
    ] = False,
    as_markdown: Annotated[bool, typer.Option("--markdown", help="All of it.")] = False,
    as_html: Annotated[
        bool, typer.Option("--html", help="The page, without pictures of images.")
    ] = False,
) -> None:
    """Print a report on standard output: as a table, or in another form.

    In CSV an apostrophe stands before a text that a spreadsheet would take for a formula.
    """
    with _errors():
        from pipelines.errors import ReportError
        from pipelines.record.report import Report

        if as_csv + as_latex + as_markdown + as_html > 1:
            raise ReportError("--csv, --latex, --markdown and --html: choose one of them")
        found = Report.read(report)
        if as_csv:
            from pipelines.reporting.tables.csv_text import csv_text
            from pipelines.reporting.tables.rows import COLUMNS, tidy_rows

            typer.echo(csv_text(COLUMNS, tidy_rows(found)), nl=False)
        elif as_latex:
            from pipelines.reporting.tables.latex import latex

            typer.echo(latex(found))
        elif as_markdown:
            from pipelines.reporting.markdown import markdown

            typer.echo(markdown(found), nl=False)
        elif as_html:
            from pipelines.reporting.page import page

            typer.echo(page(found))
        else:
            from pipelines.terminal import show_report

            show_report(found, [])


@app.command()
def leaderboard(
    folder: Annotated[Path, typer.Argument(help="Every report below it is taken.")],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    out: Annotated[
        Path | None,
        typer.Option(help="HTML file. Default: leaderboard.html in the folder; none with --csv"),
    ] = None,
) -> None:
    """Show the cells of all reports below a folder in one table, and write a page of them.

    Only cells that were tested on the same images have places among each other. Exit 1 if there
    is a report that cannot be read.
    """
    with _errors():
        from pipelines.errors import ReportError
        from pipelines.reporting.leaderboard.board import Leaderboard
        from pipelines.terminal import show_leaderboard

        if as_csv and as_json:
            raise ReportError("--csv and --json: choose one of them")
        board = Leaderboard.of(folder)
        for line in board.unread:
            complain(line)
        if as_csv:
            typer.echo(board.to_csv(), nl=False)
        elif as_json:
            typer.echo(board.to_json())
        else:
            show_leaderboard(board)
        if out is not None or not (as_csv or as_json):
            from pipelines.reporting.leaderboard.page import write_page

            page = write_page(board, _at_home(out) or folder / "leaderboard.html")
            typer.echo(str(page), err=as_csv or as_json)
    raise typer.Exit(1 if board.unread else 0)


@app.command()
def diff(
    before: Annotated[
        Path, typer.Argument(help="A report.json, a report.html, or the folder of one.")
    ],
    after: Annotated[Path, typer.Argument(help="Another one.")],
) -> None:
    """Say what changed between two reports: data, spec, environment and every cell.

    With predictions.npz beside both, also how sure each change is, image by image.
    """
    with _errors():
        from pipelines.record.changes import file_changes
        from pipelines.reporting.diff import changes_as_text

        typer.echo(changes_as_text(file_changes(before, after)))


@app.command()
def spec(
    name: Annotated[
        str | None, typer.Argument(help="One of them. Without it they are listed.")
    ] = None,
) -> None:
    """Print a comparison that comes with preconv, as TOML to change and to run."""
    with _errors():
        from pipelines.comparison.spec_file import our_specs

        specs = our_specs()
        if name is None:
            for each, text in specs.items():
                comment = text.partition("schema =")[0].replace("# ", "")
                typer.echo(f"{each:24} {' '.join(comment.split()).partition('. ')[0]}")
        elif name in specs:
            typer.echo(specs[name], nl=False)
        else:
            from pipelines.errors import SpecError

            raise SpecError(f"{name}: no such spec; there are {', '.join(specs)}")


@app.command()
def doubts(
    report: Annotated[
        Path, typer.Argument(help="A report.json, a report.html, or the folder of one.")
    ],
    as_csv: Annotated[bool, typer.Option("--csv", help="Print CSV.")] = False,
) -> None:
    """List test images whose label is perhaps wrong: the best cells agree on another class.

    The predictions.npz beside the report says which; a person has to look.
    """
    with _errors():
        from pipelines.reporting.doubts import doubts_as_text, doubts_beside

        typer.echo(doubts_as_text(doubts_beside(report), as_csv=as_csv), nl=False)


@app.command()
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
    seed: Annotated[int, typer.Option(min=0, help="Of everything random.")] = 0,
    out: Annotated[
        Path | None, typer.Option(help="HTML file. Default: runs/studies/NAME.html")
    ] = None,
    offline: Offline = False,
) -> None:
    """Show an idea behind the comparison as an experiment: exit 1 if a finding does not hold."""
    with _errors():
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
                image_size=_size(image_size),
                fit=fit or "stretch",
                size=size,
                seed=seed,
                out=_at_home(out),
            )
    raise typer.Exit(0 if all(outcome.holds for outcome in outcomes) else 1)


@app.command()
def cache(
    clear: Annotated[bool, typer.Option("--clear", help="Remove what is kept.")] = False,
) -> None:
    """Show what runs keep for other runs."""
    with _errors():
        from data.keeping.cache import RunCache

        kept = RunCache()
        n_entries, n_bytes = kept.size()
        if clear:
            kept.clear()
        typer.echo(
            f"{'removed ' if clear else ''}{n_entries} entries, {n_bytes / 2**20:,.1f} MiB "
            f"of at most {kept.limit_bytes / 2**30:,.1f} GiB, in {kept.folder}"
        )


@app.command()
def version() -> None:
    """Print the version."""
    from importlib.metadata import version as installed

    typer.echo(installed("preconv"))


def _import(sources: list[str] | None) -> None:
    """Import what the user has named, so that a spec can name its classes."""
    if sources:
        from pipelines.comparison.named.own_names import import_own

        for source in sources:
            import_own(os.path.expanduser(source))  # noqa: PTH111


def _at_home(path: Path | None) -> Path | None:
    """Return a path with the home folder for "~", which a shell leaves in `--out=~/report`."""
    # `Path.expanduser` fails where a user is not known.
    return path and Path(os.path.expanduser(path))  # noqa: PTH111


def _level(verbose: bool, quiet: bool) -> int:
    import logging

    return logging.WARNING if quiet else logging.DEBUG if verbose else logging.INFO


def _first(n: int) -> str:
    """Return the first seeds as the option takes them; of many only the beginning."""
    return ",".join(map(str, range(min(n, 3)))) + (",…" if n > 3 else "")


def _names(text: str | None) -> list[str] | None:
    return None if text is None else [name.strip() for name in text.split(",")]


def _cells(given: list[str] | None) -> list[str] | None:
    return [name for text in given for name in _names(text) or ()] if given else None


def _size(text: str | None) -> int | tuple[int, int] | None:
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


def _numbers(text: str | None) -> list[int] | None:
    from pipelines.errors import SpecError

    try:
        return None if text is None else [int(number) for number in text.split(",")]
    except ValueError:
        raise SpecError(f"--seeds takes whole numbers, as in 0,1,2; got {text!r}") from None
