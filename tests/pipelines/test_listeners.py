from __future__ import annotations

import builtins
import io
import logging
import re
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

import pipelines.listeners
from data import Dataset
from pipelines.compare import compare
from pipelines.comparison.spec import Comparison
from pipelines.listeners import listener, usual_listener
from tests.pipelines.own import FailsToTransform


@pytest.fixture
def screen(monkeypatch: pytest.MonkeyPatch) -> io.StringIO:
    """A terminal that remembers all that was shown."""
    shown = io.StringIO()

    def console(**_: object) -> Console:
        return Console(file=shown, force_terminal=True, width=100, color_system=None)

    monkeypatch.setattr(pipelines.listeners, "Console", console)
    return shown


def with_a_fault(tiny: Dataset, spec: Comparison, heard: Any = None) -> None:
    compare(
        spec.select(models=["knn"]),
        dataset=tiny,
        extractors={"bad": FailsToTransform()},
        listener=heard,
    )


def test_a_terminal_sees_what_runs_how_far_it_is_and_what_came_out(
    screen: io.StringIO, tiny: Dataset, spec: Comparison
) -> None:
    with listener() as heard:
        with_a_fault(tiny, spec, heard)
    shown = screen.getvalue()
    assert "reading images" in shown
    assert "raw features" in shown
    assert "raw+color × knn" in shown
    assert "11/11" not in shown.split("raw features")[0]
    assert "11/11" in shown
    assert "192 values" in shown
    assert "failed: RuntimeError: no features to be had" in shown
    assert "to go" in shown


def test_without_a_terminal_each_step_has_a_line_where_it_begins_and_where_it_ends(
    tiny: Dataset, spec: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    with listener() as heard:
        with_a_fault(tiny, spec, heard)
    out, err = capsys.readouterr()
    assert out == ""
    lines = err.splitlines()
    assert all(re.match(r"preconv: \d\d:\d\d:\d\d ", line) for line in lines)
    said = [line.split(" ", 2)[2] for line in lines]
    assert said[0] == "11 steps"
    assert said[1] == "raw features, seed 0 begins"
    assert re.match(r"raw features, seed 0 ends: 192 values, .+; 1 of 11 in .+, about", said[2])
    failed = [line.partition(";")[0] for line in said if "failed: " in line]
    assert failed == [
        "bad features, seed 0 failed: RuntimeError: no features to be had",
        "bad × knn, seed 0 failed: bad: RuntimeError: no features to be had",
        "bad × knn, seed 1 failed: not run: it failed with another seed",
    ]
    assert re.search(r"; 11 of 11 in ([\d.]+ m?s|\d+ min( \d+ s)?)$", said[-1])
    assert not logging.getLogger("preconv").handlers


@pytest.mark.usefixtures("without_pages")
def test_what_is_fitted_again_to_be_saved_is_shown_and_counted_anew(
    tiny: Dataset, spec: Comparison, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    few = spec.select(features=["raw"], models=["knn"])
    compare(few, dataset=tiny)
    with listener() as heard:
        compare(few, dataset=tiny, out=tmp_path, save_model=True, listener=heard)
    said = [line.split(" ", 2)[2] for line in capsys.readouterr().err.splitlines()]
    assert [line for line in said if line.endswith(" steps")] == ["3 steps", "2 steps"]
    assert said[-2] == "raw × knn, seed 0 begins"
    assert "; 2 of 2 in " in said[-1]


def test_quiet_is_quiet_and_verbose_says_more(
    tiny: Dataset, spec: Comparison, capsys: pytest.CaptureFixture[str]
) -> None:
    small = spec.select(features=["raw"], models=["knn"])
    with listener(logging.WARNING) as heard:
        compare(small, dataset=tiny, listener=heard)
    assert capsys.readouterr() == ("", "")
    with listener(logging.DEBUG) as heard:
        compare(small, dataset=tiny, listener=heard)
    assert "writing the report" in capsys.readouterr().err


def test_in_python_a_run_writes_to_the_log_of_preconv(
    tiny: Dataset, spec: Comparison, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "preconv")
    compare(spec.select(features=["raw"], models=["knn"]), dataset=tiny)
    assert caplog.messages[0] == "3 steps"
    assert "raw × knn, seed 1 begins" in caplog.messages


def test_a_notebook_shows_a_bar(
    tiny: Dataset, spec: Comparison, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[str] = []

    class Shown:
        def update(self, bar: Any) -> None:
            shown.append(bar._repr_html_())

    def display(bar: Any, display_id: bool) -> Shown:
        assert display_id
        shown.append(bar._repr_html_())
        return Shown()

    module = ModuleType("IPython.display")
    vars(module)["display"] = display
    monkeypatch.setitem(sys.modules, "IPython", ModuleType("IPython"))
    monkeypatch.setitem(sys.modules, "IPython.display", module)
    kernel = SimpleNamespace(kernel=object())
    monkeypatch.setattr(builtins, "get_ipython", lambda: kernel, raising=False)
    with_a_fault(tiny, spec)
    assert "reading images" in shown[0]
    assert any("bad features, seed 0 failed: RuntimeError" in each for each in shown)
    assert 'value="11" max="11"' in shown[-1]
    kernel.kernel = None
    assert "bar" not in repr(type(usual_listener())).lower()
