from __future__ import annotations

import json
from pathlib import Path

from pipelines.checking import Checked
from pipelines.terminal.checking import as_json


def test_json_holds_no_character_that_a_terminal_obeys() -> None:
    evil = "alpha = \x9b2J\N{RIGHT-TO-LEFT OVERRIDE} is none of the values"
    text = as_json([Checked(Path("\x9b/report.json"), (evil,), (evil,), (evil,))])
    assert text.isascii()
    (found,) = json.loads(text)
    assert found["report"] == "\x9b/report.json"
    assert found["wrong"] == found["doubtful"] == found["unchecked"] == [evil]
