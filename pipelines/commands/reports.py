"""Commands that read reports: `report`, `leaderboard`, `check`, `diff` and `doubts`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from pipelines.commands.options import AsCsv, AsJson, ReportPath, at_home, import_named
from pipelines.ending import complain
from pipelines.outlet import print_file


def show(
    report: ReportPath,
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
    from pipelines.errors import ReportError
    from pipelines.record.digests import why_edited
    from pipelines.record.folder.report_file import read_json
    from pipelines.record.report import Report

    if as_csv + as_latex + as_markdown + as_html > 1:
        raise ReportError("--csv, --latex, --markdown and --html: choose one of them")
    content = read_json(report)
    found = Report.parse(content, str(report))
    if why := why_edited(content):
        if as_html:  # a page carries the report with digests that fit
            raise ReportError(f"{report}: {why}")
        complain(f"{report}: {why}")
    if as_csv:
        from pipelines.reporting.tables.csv_text import csv_text
        from pipelines.reporting.tables.rows import COLUMNS, tidy_rows

        print_file(csv_text(COLUMNS, tidy_rows(found)))
    elif as_latex:
        from pipelines.reporting.tables.latex import latex

        print_file(f"{latex(found)}\n")
    elif as_markdown:
        from pipelines.reporting.markdown import markdown

        print_file(markdown(found))
    elif as_html:
        from pipelines.reporting.page import page

        print_file(f"{page(found)}\n")
    else:
        from pipelines.terminal.reports import show_report

        show_report(found, [])


def leaderboard(
    folder: Annotated[Path, typer.Argument(help="Every report below it is taken.")],
    as_csv: AsCsv = False,
    as_json: AsJson = False,
    out: Annotated[
        Path | None,
        typer.Option(help="HTML file. Default: leaderboard.html there, if nothing else is asked."),
    ] = None,
    budgets: Annotated[
        str | None,
        typer.Option(help="Minutes, as 5,15,60: print what each classifier reaches in these."),
    ] = None,
    picture: Annotated[
        Path | None,
        typer.Option(help="A .png, .svg or .pdf file: accuracy against time."),
    ] = None,
) -> None:
    """Show the cells of all reports below a folder in one table, and write a page of them.

    Only cells that were tested on the same images have places among each other. Exit 1 if there
    is a report that cannot be read.
    """
    from pipelines.errors import ReportError
    from pipelines.reporting.leaderboard.board import Leaderboard
    from pipelines.terminal.reports import show_leaderboard

    if as_csv + as_json + (budgets is not None) > 1:
        raise ReportError("--csv, --json and --budgets: choose one of them")
    board = Leaderboard.of(folder)
    for line in board.unread:
        complain(line)
    if as_csv:
        print_file(board.to_csv())
    elif as_json:
        typer.echo(board.to_json())
    elif budgets is not None:
        from pipelines.reporting.leaderboard.budgets import budget_table, budgets_in

        print_file(budget_table(board, budgets_in(budgets)))
    else:
        show_leaderboard(board)
    if picture is not None:
        from pipelines.reporting.leaderboard.budgets import write_picture

        typer.echo(str(write_picture(board, at_home(picture) or picture)), err=True)
    if out is not None or not (as_csv or as_json or budgets or picture):
        from pipelines.reporting.leaderboard.page import write_page

        page = write_page(board, at_home(out) or board.folder / "leaderboard.html")
        typer.echo(str(page), err=as_csv or as_json or budgets is not None)
    raise typer.Exit(1 if board.unread else 0)


def check(
    path: Annotated[Path, typer.Argument(help="A report, or a folder: all below it are taken.")],
    own: Annotated[
        list[str] | None,
        typer.Option("--import", help="Your own classes in them: FILE.py or PACKAGE.MODULE."),
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Check reports against themselves, their spec and their predictions; nothing is run.

    Exit 1 if something in one of them cannot be true.
    """
    from pipelines.checking import check_reports
    from pipelines.terminal.checking import as_json as written
    from pipelines.terminal.checking import show_checked

    import_named(own)
    found = check_reports(path)
    if as_json:
        typer.echo(written(found))
    else:
        show_checked(found)
    raise typer.Exit(0 if all(each.ok for each in found) else 1)


def diff(before: ReportPath, after: Annotated[Path, typer.Argument(help="Another one.")]) -> None:
    """Say what changed between two reports: data, spec, environment and every cell.

    With predictions.npz beside both, also how sure each change is, image by image.
    """
    from pipelines.record.comparing.changes import file_changes
    from pipelines.reporting.diff import changes_as_text

    typer.echo(changes_as_text(file_changes(before, after)))


def doubts(report: ReportPath, as_csv: AsCsv = False) -> None:
    """List test images whose label is perhaps wrong: the best cells agree on another class.

    The predictions.npz beside the report says which; a person has to look.
    """
    from pipelines.reporting.doubts import doubts_as_text, doubts_beside

    text = doubts_as_text(doubts_beside(report), as_csv=as_csv)
    if as_csv:
        print_file(text)
    else:
        typer.echo(text, nl=False)
