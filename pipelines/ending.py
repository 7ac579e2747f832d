"""How every command ends: with one line and a status, whatever a user, a disk or a signal does."""

from __future__ import annotations

import errno
import json
import os
import sys
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from typing import Any, cast

import typer
from typer.core import TyperGroup

from pipelines.interruption import status_of
from pipelines.outlet import Outlet

WRONG = 2

_TRACEBACK = "PRECONV_TRACEBACK"


class Commands(TyperGroup):
    """Commands that all end in one way, so that none of them has to see to it."""

    def main(self, args: Sequence[str] | None = None, *rest: Any, **options: Any) -> Any:
        """Run a command; what cannot be printed costs the status, and nothing else."""
        if os.environ.get("COLUMNS", "1").strip("0") == "":  # nothing would fit, and be shown
            del os.environ["COLUMNS"]
        as_json = "--json" in (sys.argv[1:] if args is None else args)
        out, err = Outlet(sys.stdout), Outlet(sys.stderr)
        with redirect_stdout(cast(Any, out)), redirect_stderr(cast(Any, err)):
            try:
                with _no_fault_shown(options.get("standalone_mode", True)):
                    return super().main(args, *rest, **options)
            except SystemExit as end:
                if as_json and end.code and not out.n_written:
                    print(json.dumps({"error": err.begins_with.strip()}))
                raise
            finally:
                _check(out)

    def make_context(self, *rest: Any, **options: Any) -> Any:
        """Read the words of a command, which takes typer a while."""
        with ended():
            return super().make_context(*rest, **options)

    def invoke(self, ctx: Any) -> Any:
        """Run a command; say on one line what went wrong."""
        with ended():
            return super().invoke(ctx)


@contextmanager
def ended() -> Iterator[None]:
    """End with one line where a user, a disk or a signal is to blame; show each warning once.

    Many fits of one comparison give the same warning. The notes of an error, which say what is
    kept and how to go on, are part of the line.

    Raises
    ------
    typer.Exit
        With status 2; 130 after Ctrl-C, 143 after SIGTERM, 129 where the terminal was closed.
    """
    with warnings.catch_warnings():
        # `python -W error` and PYTHONWARNINGS=error would fail a cell that is only warned of.
        if any(option.startswith("e") for option in sys.warnoptions):
            warnings.simplefilter("default")
        warnings.showwarning = _shown_once()
        try:
            yield
        except KeyboardInterrupt as error:
            typer.echo(err=True)
            _say(f"Interrupted.{_notes(error) or ' Nothing was finished.'}")
            raise typer.Exit(status_of(error)) from None
        except MemoryError as error:
            complain(f"not enough memory{f': {error}' if str(error) else ''}.{_notes(error)}")
        except Exception as error:
            if _is_ours(error):
                notes = _notes(error)
                complain(f"{error}.{notes}" if notes else str(error))
            elif isinstance(error, OSError):
                complain(f"{_reason(error)}.{_notes(error)}")
            else:
                raise
        else:
            return
        raise typer.Exit(WRONG)


@contextmanager
def _no_fault_shown(alone: bool) -> Iterator[None]:
    """Say on one line that something is wrong here, which is nobody's input, disk or signal."""
    try:
        yield
    except Exception as error:
        if os.environ.get(_TRACEBACK) or not alone:
            raise
        from data.errors import as_one_line

        kind = as_one_line(error, 200)
        complain(f"{kind}: a fault of preconv; with {_TRACEBACK}=1 it shows where")
        raise SystemExit(WRONG) from None


@contextmanager
def noted(text: str) -> Iterator[None]:
    """Add to what ends a command from outside what is kept then, as a sentence."""
    try:
        yield
    except (KeyboardInterrupt, MemoryError, OSError) as error:
        error.add_note(text)
        raise


def complain(message: str) -> None:
    """Say what is wrong on standard error.

    A message may hold names from a file. So a line after the first never looks like one of ours.
    """
    for i, line in enumerate(message.splitlines()):
        _say(f"  {line}" if i else f"preconv: {line}")


def _say(line: str) -> None:
    from pipelines.reporting.texts.outside_text import visible

    typer.echo(visible(line), err=True)


def _shown_once() -> Callable[..., None]:
    shown: set[str] = set()

    def show(message: Warning | str, *_rest: Any, **_more: Any) -> None:
        text = str(message)
        if text not in shown:
            shown.add(text)
            complain(f"warning: {text}")

    return show


def _check(out: Outlet) -> None:
    """Raise SystemExit where a disk did not take all that was printed.

    Whoever closes a pipe, as `head` does, wants no more, and is told nothing.
    """
    out.flush()
    if out.lost is not None and out.lost.errno != errno.EPIPE:
        complain(f"standard output: {_reason(out.lost)}; not all of it was printed")
        raise SystemExit(WRONG)


def _reason(error: OSError) -> str:
    if error.strerror is None:
        return str(error) or type(error).__name__
    if isinstance(error, FileNotFoundError) and not error.filename:
        return "the folder that this shell is in was removed; change to another one"
    return f"{os.fsdecode(error.filename)}: {error.strerror}" if error.filename else error.strerror


def _notes(error: BaseException) -> str:
    return "".join(f" {note}" for note in getattr(error, "__notes__", ()))


def _is_ours(error: Exception) -> bool:
    # An error of a class that was never loaded has not been raised; loading it here takes time.
    errors = sys.modules.get("data.errors")
    return errors is not None and isinstance(error, errors.PreconvError)
