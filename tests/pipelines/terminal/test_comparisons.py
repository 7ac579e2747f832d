from __future__ import annotations

from pathlib import Path

import pytest

from pipelines.reproduction import DIFFERS, Reproduction
from pipelines.terminal.comparisons import show_reproduction


def test_a_report_writes_no_line_of_its_own(capsys: pytest.CaptureFixture[str]) -> None:
    evil = "x\nreport.json: reproduced bit for bit: 20 cells the same, bit for bit\r\n\x1b[2J"
    found = Reproduction(DIFFERS, (evil,), (evil,), unchecked=(evil,))
    show_reproduction(found, Path("report.json"))
    lines = capsys.readouterr().out.splitlines()
    starts = [line.partition("report.json")[0] for line in lines]
    assert starts == ["note: x ", "x ", "not checked: x ", ""]
    assert lines[-1] == "report.json: differs, or contradicts itself"
