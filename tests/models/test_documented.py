"""Docstrings: public ones are complete, also where a method overrides another."""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from numpydoc.validate import validate

import models
from models.documented import Documented
from tests.readme_blocks import code_blocks

HOME = Path(__file__).parents[2]

ALLOWED = {
    "ES01",  # an extended summary is for what needs one
    "SA01",  # and so is See Also
    "GL01",  # the summary is on the line of the quotes
    "GL02",
    "GL03",
    "RT02",  # results may have names
    "SS05",  # Process, Pass and the like begin with a verb
    "SS06",
}


def public() -> dict[str, Any]:
    """The public names, and what the READMEs import."""
    found = {name: getattr(models, name) for name in models.__all__}
    for readme in HOME.glob("*/README.md"):
        for block in code_blocks(readme.read_text(encoding="utf-8"), "python"):
            for module, names in re.findall(r"^from (models[\w.]*) import (.+)$", block, re.M):
                for name in names.split(", "):
                    found[name] = getattr(importlib.import_module(module), name)
    return {n: v for n, v in found.items() if inspect.isclass(v) or inspect.isfunction(v)}


def documented(thing: Any) -> Iterator[str]:
    """The name, and those of a class's own public methods and properties."""
    name = f"{thing.__module__}.{thing.__qualname__}"
    yield name
    if inspect.isclass(thing):
        for base in thing.__mro__:
            if base.__module__.startswith("models."):
                for each, value in list(vars(base).items()):
                    if hasattr(value, "__get__") and not each.startswith("_"):
                        yield f"{name}.{each}"


NAMES = sorted({name for thing in public().values() for name in documented(thing)})


def test_there_are_names() -> None:
    assert {"models.mlp_classifier.MLPClassifier.partial_fit", "models.training.loop.train"} < {
        *NAMES
    }


@pytest.mark.parametrize("name", NAMES)
def test_public_docstrings_are_complete(name: str) -> None:
    is_method = name.rpartition(".")[0].rpartition(".")[2][0].isupper()
    faults = [
        f"{code}: {words}"
        for code, words in validate(name)["errors"]
        if code not in ALLOWED and not (code == "EX01" and is_method)
    ]
    assert not faults


def test_no_docstring_begins_with_a_symbol() -> None:
    """A linter makes a capital of the first letter, which is then another symbol."""
    for path in (HOME / "models").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef):
                words = ast.get_docstring(node) or "Without words"
                assert re.match(r"[A-Z][a-z]+|A |[A-Z]+-", words), f"{path.name}: {words}"


class Base(Documented):
    def act(self, x: int) -> int:
        """Do it.

        Parameters
        ----------
        x : int
            What.

        Returns
        -------
        int
            That.
        """
        return x


class Middle(Base):
    def act(self, x: int) -> int:
        return -x


class Last(Middle):
    def act(self, x: int) -> int:
        """Do it twice."""
        return 2 * x


class Own(Base):
    def act(self, x: int) -> int:
        """Do it my way.

        Parameters
        ----------
        x : int
            Mine.
        """
        return x


def test_sections_come_from_what_is_overridden() -> None:
    assert inspect.getdoc(Last.act) == (inspect.getdoc(Base.act) or "").replace("it.", "it twice.")
    assert Middle.act.__doc__ is None
    assert (Own.act.__doc__ or "").count("Parameters") == 1
