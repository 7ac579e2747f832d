from __future__ import annotations

import base64
import hashlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
import warnings
from pathlib import Path

import pytest
import typer

import pipelines.__main__
from data.errors import DataError
from pipelines import cli
from pipelines.ending import complain, ended, noted
from pipelines.interruption import Interruption, heed_signals


class Stops:
    """In place of `Path`: what is done first in a command raises this."""

    def __init__(self, error: BaseException) -> None:
        self.error = error

    def __call__(self, *_: object, **__: object) -> None:
        raise self.error


def main(monkeypatch: pytest.MonkeyPatch, *words: str) -> int:
    """Run the command as its own process would, and return its status."""
    monkeypatch.setattr(sys, "argv", ["preconv", *words])
    with pytest.raises(SystemExit) as end:
        cli.main()
    assert isinstance(end.value.code, int)
    return end.value.code


@pytest.mark.parametrize(
    ("error", "status", "says"),
    [
        (DataError("photos: none"), 2, "preconv: photos: none"),
        (OSError(28, "No space left", "out/report.json"), 2, "out/report.json: No space left."),
        (OSError("5 requested and 3 written"), 2, "preconv: 5 requested and 3 written."),
        (FileNotFoundError(2, "No such file"), 2, "was removed; change to another one."),
        (MemoryError(), 2, "preconv: not enough memory."),
        (KeyboardInterrupt(), 130, "Interrupted. Nothing was finished."),
        (Interruption(signal.SIGTERM), 143, "Interrupted. Nothing was finished."),
    ],
)
def test_an_error_from_outside_is_one_line(
    error: BaseException,
    status: int,
    says: str,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.setattr("pipelines.terminal.images.show_datasets", Stops(error))
    assert main(monkeypatch, "datasets") == status
    said = capsys.readouterr()
    assert said.out == ""
    assert said.err.strip().endswith(says)
    assert len(said.err.strip().splitlines()) == 1


def test_ctrl_c_is_heard_while_the_words_of_a_command_are_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("typer.core.TyperGroup.parse_args", Stops(Interruption(signal.SIGTERM)))
    assert main(monkeypatch, "datasets") == 143
    assert capsys.readouterr().err.strip() == "Interrupted. Nothing was finished."


@pytest.mark.parametrize("columns", ["", "0", "00", "-1", "x"])
def test_a_terminal_without_columns_shows_all_the_same(
    columns: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("COLUMNS", columns)
    assert main(monkeypatch, "datasets") == 0
    assert "cifar10" in capsys.readouterr().out


def test_notes_say_what_is_kept(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(typer.Exit), ended(), noted("No page was written."):
        raise OSError(28, "No space left on device", "page.html")
    assert capsys.readouterr().err == (
        "preconv: page.html: No space left on device. No page was written.\n"
    )


def test_no_warning_is_an_error_though_python_was_told_so(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.warnoptions", ["error"])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with ended():
            warnings.warn("not converged", RuntimeWarning, stacklevel=1)
        with pytest.raises(RuntimeWarning):
            warnings.warn("outside", RuntimeWarning, stacklevel=1)
    assert capsys.readouterr().err == "preconv: warning: not converged\n"


def test_a_warning_of_many_fits_is_shown_once(capsys: pytest.CaptureFixture[str]) -> None:
    with ended():
        warnings.simplefilter("always")
        for n_samples in (66, 72, 66, 72):
            warnings.warn(f"{n_samples} samples", RuntimeWarning, stacklevel=1)
    assert capsys.readouterr().err.splitlines() == [
        "preconv: warning: 66 samples", "preconv: warning: 72 samples",
    ]  # fmt: skip


def test_no_line_of_a_message_looks_like_one_of_ours(capsys: pytest.CaptureFixture[str]) -> None:
    complain("x.json: key a\npreconv: all holds\u2028preconv: yes\rpreconv: so it does")
    first, *rest = capsys.readouterr().err.splitlines()
    assert first == "preconv: x.json: key a"
    assert rest == ["  preconv: all holds", "  preconv: yes", "  preconv: so it does"]


def test_a_warning_is_one_line(capsys: pytest.CaptureFixture[str]) -> None:
    with ended():
        warnings.simplefilter("always")
        warnings.warn("the cat\x1b[2J", RuntimeWarning, stacklevel=1)
    assert capsys.readouterr().err == "preconv: warning: the cat�[2J\n"


def test_a_fault_of_preconv_is_named_as_one_and_can_be_seen(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("pipelines.terminal.images.show_datasets", Stops(KeyError("x")))
    monkeypatch.setattr(sys, "argv", ["preconv", "datasets"])
    with pytest.raises(KeyError):
        cli.main()
    monkeypatch.delenv("PRECONV_TRACEBACK")
    assert main(monkeypatch, "datasets") == 2
    assert "KeyError: 'x': a fault of preconv" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["predict", "none.skops", "a.png"], ["predict"], ["predict", ""]]
)
def test_what_fails_is_json_where_json_was_asked_for(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(monkeypatch, *words, "--json") == 2
    said = capsys.readouterr()
    assert json.loads(said.out)["error"] in said.err


@pytest.mark.parametrize("words", [["datasets"], ["--help"], ["version"], ["study"]])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_what_could_not_be_printed_is_said(
    words: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    with Path("/dev/full").open("w") as full:
        monkeypatch.setattr(sys, "stdout", full)
        assert main(monkeypatch, *words) == 2
    assert capsys.readouterr().err == (
        "preconv: standard output: No space left on device; not all of it was printed\n"
    )


def test_whoever_closes_the_pipe_is_told_nothing(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as pipe:
        monkeypatch.setattr(sys, "stdout", pipe)
        assert main(monkeypatch, "datasets") == 0
    assert capsys.readouterr().err == ""


def test_closed_streams_are_no_error(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdout", None)
    monkeypatch.setattr(sys, "stderr", None)
    assert main(monkeypatch, "datasets") == 0
    assert main(monkeypatch, "predict", "none.skops", "a.png") == 2


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "cp1252"])
def test_any_terminal_shows_the_datasets(
    encoding: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    written = io.BytesIO()
    monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding=encoding))
    assert main(monkeypatch, "datasets") == 0
    assert "32" in written.getvalue().decode(encoding)
    assert capsys.readouterr().err == ""


def test_a_file_that_is_printed_is_utf_8(monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(__file__).parents[2] / "pipelines" / "reports" / "builtin-filters"
    words = ("spec", "cifar10-pixels-local"), ("report", str(folder), "--html")
    printed = []
    for each in words:
        written = io.BytesIO()
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(written, encoding="latin-1"))
        assert main(monkeypatch, *each) == 0
        sys.stdout.flush()
        printed.append(written.getvalue().decode("utf-8"))
    spec, html = printed
    assert "6 × 6 pixels" in spec
    (script,) = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in html


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's here")
@pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_a_signal_while_modules_are_loaded_is_one_word(
    number: signal.Signals,
    status: int,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    before = {each: signal.getsignal(each) for each in (2, 15, 1)}
    hook = sys.unraisablehook
    # Whoever runs the tests in the background may have had it ignored.
    signal.signal(number, signal.default_int_handler if number == 2 else signal.SIG_DFL)

    class Loading:
        """In place of the command line, whose import is interrupted."""

        def __getattr__(self, name: str) -> object:
            signal.raise_signal(number)
            return None

    monkeypatch.setitem(sys.modules, "pipelines.cli", Loading())
    try:
        with pytest.raises(SystemExit) as end:
            pipelines.__main__.main()
        assert signal.getsignal(number) is signal.SIG_DFL  # no second word
    finally:
        sys.unraisablehook = hook
        for each, handler in before.items():
            signal.signal(each, handler)
    assert end.value.code == status
    assert capsys.readouterr().err.strip() == "Interrupted."


def test_a_command_ends_without_looking_for_cycles_once_more() -> None:
    code = (
        "import atexit, gc, sys; sys.argv = ['preconv', 'version']\n"
        "atexit.register(lambda: print('frozen', gc.get_freeze_count() > 1000))\n"
        "from pipelines.__main__ import main; main()"
    )
    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=Path(__file__).parents[2],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert ran.stdout.splitlines()[-1] == "frozen True"


@pytest.mark.skipif(os.name == "nt", reason="signals are POSIX's here")
def test_a_signal_that_is_ignored_stays_so_and_one_in_a_clean_up_is_not_lost() -> None:
    before = {each: signal.getsignal(each) for each in (2, 15, 1)}
    hook = sys.unraisablehook
    signal.signal(signal.SIGHUP, signal.SIG_IGN)  # as `nohup` does

    class Closing:
        def __del__(self) -> None:
            signal.raise_signal(signal.SIGTERM)

    try:
        heed_signals()
        assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN
        things = [Closing()]

        def close_and_wait() -> None:
            things.clear()
            time.sleep(10)

        with pytest.raises(Interruption):
            close_and_wait()
    finally:
        sys.unraisablehook = hook
        for each, handler in before.items():
            signal.signal(each, handler)
