"""Equations of plain text as MathML: indices, powers, fractions, remarks, and nothing lost."""

from __future__ import annotations

import re
from xml.etree import ElementTree

import pytest

from pipelines.studies import STUDIES
from pipelines.studies.page.equations import equation_groups, mathml
from pipelines.studies.page.prose import Prose


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("x_k", "<msub><mrow><mi>x</mi></mrow><mrow><mi>k</mi></mrow></msub>"),
        ("x₁,₁", "<msub><mrow><mi>x</mi></mrow><mrow><mn>1</mn><mo>,</mo><mn>1</mn></mrow></msub>"),
        ("Wᵀ", "<msup><mrow><mi>W</mi></mrow><mrow><mi>T</mi></mrow></msup>"),
        (
            "W₂ᵀ",
            "<msubsup><mrow><mi>W</mi></mrow><mrow><mn>2</mn></mrow><mrow><mi>T</mi></mrow></msubsup>",
        ),
        ("a^(b)", "<msup><mrow><mi>a</mi></mrow><mrow><mi>b</mi></mrow></msup>"),
        (
            "∂L/∂x",
            "<mfrac><mrow><mo>∂</mo><mi>L</mi></mrow><mrow><mo>∂</mo><mi>x</mi></mrow></mfrac>",
        ),
        ("xW", "<mi>x</mi><mi>W</mi>"),
        ("max", "<mtext>max</mtext>"),
        (
            "a < b",
            '<mi>a</mi><mspace width="0.17em"/><mo>&lt;</mo><mspace width="0.17em"/><mi>b</mi>',
        ),
    ],
)
def test_what_is_drawn(text: str, drawn: str) -> None:
    assert f"<semantics><mrow>{drawn}</mrow><annotation" in mathml(text)


@pytest.mark.parametrize("text", ["(a", "a)", "a^(b", "∂", "∂L/", "d/d", "_", "^", "<b>&", "[(])"])
def test_what_is_no_formula_is_still_well_formed(text: str) -> None:
    ElementTree.fromstring(mathml(text))


def test_remarks_are_text_and_an_empty_line_divides_groups() -> None:
    groups = equation_groups("y  = 2 x    twice\n\nadd    a + b    the & sum")
    kinds = [["<math" in part for part in line] for lines in groups for line in lines]
    assert kinds == [[True, False], [False, True, False]]
    assert groups[1][0][2] == "the &amp; sum"


@pytest.mark.parametrize("name", STUDIES)
def test_no_sign_of_a_study_is_lost(name: str) -> None:
    for block in Prose.of(STUDIES[name].text).blocks:
        if block.kind != "equation":
            continue
        for part in (
            part for lines in equation_groups(block.text) for line in lines for part in line
        ):
            if "<math" not in part:
                continue
            root = ElementTree.fromstring(part)
            plain = root.findtext(".//annotation") or ""
            drawn = "".join(root[0][0].itertext())
            raised = str.maketrans("₀₁₂₃₄ₖₗₜ²ᵀ'", "01234klt2T′")
            whole = re.sub(r"[\s_^]", "", plain.translate(raised).replace("½", "12"))
            whole = re.sub(r"(∂[^/ ]*?)/(?=∂)|(?<=d)/(?=d)", r"\1", whole)
            bare = re.sub(r"[/()]", "", whole)
            assert re.sub(r"[/()]", "", drawn) == bare
