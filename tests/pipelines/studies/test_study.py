"""What holds for every study that there is."""

from __future__ import annotations

import inspect
import re

import pytest

from data import load_dataset
from pipelines.studies import STUDIES, StudyError, load_study
from pipelines.studies.page import Making, page
from pipelines.studies.prose import Prose
from pipelines.studies.running import run_study
from pipelines.studies.study import chosen


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_a_claim_an_equation_and_a_source(name: str) -> None:
    study = load_study(name)
    prose = Prose.of(study.text)
    assert prose.claim.endswith(".")
    assert "\n" not in study.text.strip().partition("\n\n")[0]
    assert [block for block in prose.blocks if block.kind == "equation"]
    assert [block for block in prose.blocks if block.kind == "text"]
    assert prose.source
    assert study.title == STUDIES[name]


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_takes_images_size_seed_and_a_switch(name: str) -> None:
    signature = inspect.signature(load_study(name).run)
    dataset, size, seed, *switches = signature.parameters.values()
    assert (dataset.name, size.name, seed.name) == ("dataset", "size", "seed")
    assert (size.default, seed.default) == (1.0, 0)
    assert switches
    for switch in switches:
        assert switch.kind is inspect.Parameter.KEYWORD_ONLY
        assert switch.default is True


def test_a_name_stands_for_one_study_or_for_all() -> None:
    assert chosen("convexity") == ["convexity"]
    assert chosen("all") == list(STUDIES)
    for wrong in ("Convexity", "", "../x", "all "):
        with pytest.raises(StudyError, match="there is no study"):
            chosen(wrong)
        with pytest.raises(StudyError, match="there is no study"):
            load_study(wrong)


@pytest.mark.slow
def test_small_ones_take_seconds_and_share_a_page_without_clashes() -> None:
    dataset = load_dataset()
    outcomes = [run_study(name, dataset, size=0.1) for name in STUDIES]
    assert [outcome.name for outcome in outcomes if outcome.took_s > 5] == []
    assert [outcome.error for outcome in outcomes] == [""] * len(STUDIES)
    html = page(outcomes, Making("all", "builtin", dataset, 0.1))
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert "$\\mathdefault" not in html
