"""No public name is without a page, and every page is of a public name."""

from __future__ import annotations

import doctest
import inspect
from collections.abc import Iterable

import pytest

import preconv
from docs.machinery import reference
from docs.machinery.reference import Name
from tests.test_docstrings import PACKAGES, _in_readmes, _listed


def public_names() -> set[str]:
    """What the packages list, and what code in the READMEs imports from them."""
    found = {f"preconv.{name}" for name in preconv.__all__ if name not in preconv._HOMES}
    for package in PACKAGES:
        for home, name in {*_listed(package), *_in_readmes(package)}:
            found.add(f"{home}.{name}")
    return found


def complaints(public: Iterable[str], listed: Iterable[str]) -> list[str]:
    """What is wrong with a list of names that have a page."""
    listed = list(listed)
    missing = [f"{name} has no page" for name in sorted({*public} - {*listed})]
    foreign = [f"{name} is not public" for name in sorted({*listed} - {*public})]
    twice = [f"{name} is listed twice" for name in sorted({*listed}) if listed.count(name) > 1]
    return missing + foreign + twice


def test_every_public_name_has_a_page() -> None:
    assert complaints(public_names(), [name.full for name in reference.names()]) == []


def test_a_name_without_a_page_is_found() -> None:
    listed = [name.full for name in reference.names()]
    assert complaints([*listed, "features.Wavelets"], listed) == ["features.Wavelets has no page"]
    assert complaints(listed, [*listed, "features.Wavelets"]) == ["features.Wavelets is not public"]
    assert complaints(listed, [*listed, listed[0]]) == [f"{listed[0]} is listed twice"]


def test_each_page_has_a_docstring_an_example_and_links() -> None:
    pages = reference.pages()
    assert len({file.lower() for file in pages}) == len(pages)
    for name in reference.names():
        text = pages[f"{name.full}.md"]
        assert text.startswith(f"# {name.name}\n")
        assert f":: {name.name}" in text
        assert ">>>" in (inspect.getdoc(name.thing) or "") or "```pycon" in text, name.full
        assert text.count("](") >= 2, name.full
        assert f"{name.full}.md" in pages[f"{_page_of(name)}.md"]


def _page_of(name: Name) -> str:
    return next(
        package.name
        for package in reference.packages()
        for group in package.groups
        if name in group.names
    )


@pytest.mark.parametrize("full", reference.listed()["example"])
def test_an_example_of_the_list_runs(full: str) -> None:
    example = doctest.DocTestParser().get_doctest(
        reference.listed()["example"][full], {}, full, None, 0
    )
    assert doctest.DocTestRunner(verbose=False).run(example).failed == 0


def test_texts_and_examples_are_of_names_that_are_listed() -> None:
    listed = {name.full for name in reference.names()}
    assert {*reference.listed()["text"], *reference.listed()["example"]} <= listed


def test_members_are_ours_and_inherited_ones_are_among_them() -> None:
    from features import HOG

    members = reference.public_members(HOG)
    assert {"fit", "transform", "cell_histograms"} <= set(members)
    assert not {"get_params", "set_output"} & set(members)
