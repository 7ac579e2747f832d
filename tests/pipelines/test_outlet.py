from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any, cast

import pytest
import typer

from pipelines.outlet import Outlet, shown_in

TEXT = "95.1 – 97.3 % × café 猫 ± 3 … \udcff\n"


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp437", "cp1252", "utf-8", "utf-16"])
def test_every_encoding_shows_something_for_every_character(encoding: str) -> None:
    written = io.BytesIO()
    stream = io.TextIOWrapper(written, encoding=encoding, newline="\n")
    outlet = Outlet(stream)
    outlet.write(TEXT)
    typer.echo(TEXT, file=cast(Any, outlet))
    outlet.flush()
    shown = written.getvalue().decode(encoding)
    assert shown.count("95.1") == 2
    assert shown.count("% ") == 2
    assert outlet.lost is None
    assert outlet.n_written == 2 * len(TEXT) + 1


def test_an_interval_stays_an_interval() -> None:
    assert shown_in(TEXT, "ascii") == "95.1 - 97.3 % x cafe ? +- 3 ... ?\n"
    assert shown_in(TEXT, "latin-1") == "95.1 - 97.3 % × café ? ± 3 ... ?\n"
    assert shown_in("½ ﬁ\u0301", "ascii") == "1 f?"


def test_a_closed_stream_takes_all_and_shows_nothing() -> None:
    outlet = Outlet(None)
    assert outlet.write("x") == 1
    outlet.flush()
    assert not outlet.isatty()
    assert outlet.lost is None
    with pytest.raises(OSError, match="closed"):
        outlet.fileno()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
def test_what_a_full_disk_does_not_take_is_lost_once() -> None:
    with Path("/dev/full").open("w") as stream:
        outlet = Outlet(stream)
        for _ in range(100):
            outlet.write("x" * 1000)
        outlet.flush()
        assert outlet.lost is not None
        assert "No space" in str(outlet.lost)
        assert outlet.n_written == 100_000
        assert len(outlet.begins_with) < 10_000
    # To close the stream, which still held text, has not failed.


def test_a_closed_pipe_is_no_error() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    with os.fdopen(writer, "w") as stream:
        outlet = Outlet(stream)
        outlet.write("x")
        outlet.flush()
        assert isinstance(outlet.lost, BrokenPipeError)
