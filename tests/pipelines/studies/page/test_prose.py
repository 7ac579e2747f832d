from __future__ import annotations

import pytest

from pipelines.studies.page.prose import Block, Prose, with_code

TEXT = """A claim
on two lines.

A paragraph
of two lines.
    a = b

    c = d
      + e
More.

Last.

Source: A book,
section 3.
"""


def test_a_docstring_is_taken_apart() -> None:
    prose = Prose.of(TEXT)
    assert prose.claim == "A claim on two lines."
    assert prose.blocks == (
        Block("text", "A paragraph of two lines."),
        Block("equation", "a = b\n\nc = d\n  + e"),
        Block("text", "More."),
        Block("text", "Last."),
    )
    assert prose.source == "A book, section 3."


@pytest.mark.parametrize("text", ["", "Only a claim."])
def test_little_is_enough(text: str) -> None:
    assert Prose.of(text) == Prose(text, (), "")


def test_text_is_escaped_inside_and_outside_of_code() -> None:
    assert with_code("a<b `c<d` ``e``") == "a&lt;b <code>c&lt;d</code> <code>e</code>"
    assert with_code("an `odd <one") == "an `odd &lt;one"
