"""Only plain files are read, and every reader says so of what is none, instead of waiting."""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from data import PreconvError, load_dataset, read_image
from data.system.regular_file import why_no_file
from pipelines.comparison.spec import Comparison
from pipelines.record.predictions import kept_predictions
from pipelines.record.report import Report
from pipelines.saved_model import load_model

KEPT = Path(__file__).parents[3] / "pipelines" / "reports" / "cifar10-linear" / "report.json"


def predictions(path: Path) -> Any:
    beside = path.with_name("report.json")
    if path.name != "predictions.npz":
        path.rename(path.with_name("predictions.npz"))
    shutil.copy(KEPT, beside)
    return kept_predictions(Report.read(beside), beside)


READERS: dict[str, Callable[[Path], Any]] = {
    "spec": Comparison.from_toml,
    "model": load_model,
    "report": Report.read,
    "predictions": predictions,
    "image": read_image,
    "dataset": load_dataset,
}


def test_what_is_no_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("")
    assert why_no_file(tmp_path / "a") is None
    (tmp_path / "link").symlink_to("a")
    assert why_no_file(tmp_path / "link") is None
    assert why_no_file(tmp_path) == "it is a folder, not a file"
    for none in (tmp_path / "none", tmp_path / "a" / "b", "a\0b"):
        assert why_no_file(none) == "there is no such file"
    (tmp_path / "loop").symlink_to("loop")
    for strange in (tmp_path / "loop", tmp_path / ("a" * 300)):
        assert str(why_no_file(strange)).startswith("it cannot be opened: ")


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="pipes with names are POSIX's")
@pytest.mark.parametrize("reader", list(READERS))
def test_a_pipe_without_a_writer_is_refused_by_name(reader: str, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    assert why_no_file(tmp_path / "pipe") == "it is a pipe, not a file"
    says = r"(pipe|predictions\.npz): .*(a pipe, not|neither) a file"
    with pytest.raises(PreconvError, match=says):
        READERS[reader](tmp_path / "pipe")


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="sockets in folders are POSIX's")
def test_a_socket_is_none_either(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)  # the name of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("s")
        with pytest.raises(PreconvError, match="s: it is a socket, not a file"):
            read_image("s")
