"""Text from outside cannot control a terminal."""

from __future__ import annotations

import html

import pytest
from markdown_it import MarkdownIt

from pipelines.reporting.texts.outside_text import one_line, plain, visible


@pytest.mark.parametrize(
    "char", ["\x07", "\x1b", "\r", "\x00", "\x9b", "\u202e", "\ufeff", "\ud800"]
)
def test_what_controls_a_terminal_is_replaced(char: str) -> None:
    assert visible(f"a{char}b") == "a\ufffdb"


@pytest.mark.parametrize(
    "text", ["کتاب\u200cها", "क्\u200dष", "\U0001f468\u200d\U0001f469", "黒\u3000猫"]
)
def test_what_a_script_needs_stays(text: str) -> None:
    assert visible(text) == text


def test_line_breaks_stay_or_become_spaces() -> None:
    text = "one\ntwo\r\nthree\tfour"
    assert visible("one\n\ttwo") == "one\n\ttwo"
    assert one_line(text) == "one two three four"
    assert one_line("two  spaces") == "two  spaces"


@pytest.mark.parametrize(
    "text",
    [
        "1. not a list",
        "12) nor this",
        "- x",
        "+ x",
        "# x",
        "## x",
        "1.",
        "-",
        "---",
        "===",
        "2.5",
        "-x",
        "a&lt;b",
        "&#x202E;gnp.exe",
        "~~hog~~",
        "[a](b) | `c` *d* \\",
    ],
)
def test_markdown_shows_text_as_it_is(text: str) -> None:
    shown = MarkdownIt().enable("strikethrough").render(plain(text))
    assert html.unescape(shown) == f"<p>{text}</p>\n"
    assert "<h" not in MarkdownIt().render(f"above\n{plain(text)}")
