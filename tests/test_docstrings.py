"""Every public name is documented in full, and every docstring begins with a word.

Public is what a package lists in its `__all__`, what the README files import from the four
packages, and the public methods of those classes. One package alone is checked with
`pytest tests/test_docstrings.py -k "[data]"`.
"""

from __future__ import annotations

import ast
import importlib
import inspect
import re
from collections.abc import Callable, Iterator
from functools import cached_property
from pathlib import Path
from types import FunctionType
from typing import Any

import pytest
from numpydoc.docscrape import get_doc_object
from numpydoc.validate import validate

from tests.readme_blocks import code_blocks

ROOT = Path(__file__).parents[1]
PACKAGES = ("data", "features", "models", "pipelines")
LISTED = {"features": ("features", "features.words")}
"""The modules whose `__all__` counts, where it is not the package's alone."""

NOT_CHECKED = {
    "ES01": "one line says it all where it can",
    "GL01": "the summary stands on the line of the opening quotes",
    "GL02": "a one-line docstring ends on its own line",
    "GL03": "a blank line before the closing quotes does no harm",
    "RT02": "a single result may have a name",
    "SA01": "what belongs together stands in one file and in the README",
    "SS05": "the check takes every verb that ends in s for a third person",
}
NOT_CHECKED_OF_METHODS = {"EX01": "the example of the class shows its methods"}
NOT_CHECKED_OF_OVERRIDES = {
    "PR01": "the base class documents what goes in",
    "RT01": "and what comes out",
    "YD01": "one after the other or at once",
    "RS01": "and what is refused",
}
NOT_CHECKED_OF_EXCEPTIONS = {"EX01": "the functions that raise it have the examples"}

Documented = Callable[..., Any] | property | cached_property[Any]


def problems(thing: Documented, name: str, is_override: bool = False) -> list[str]:
    """Return one line for each check that a public class, function, method or property fails."""
    docstring = get_doc_object(thing)
    found = list(validate(docstring)["errors"])
    if _raises(thing) and not docstring["Raises"]:
        found.append(("RS01", "It raises, and no Raises section says so"))
    ignored = set(NOT_CHECKED)
    if inspect.isclass(thing):
        ignored |= set() if _own_parameters(thing) else {"PR01"}
        ignored |= set(NOT_CHECKED_OF_EXCEPTIONS) if issubclass(thing, BaseException) else set()
    elif "." in _function(thing).__qualname__:
        ignored |= set(NOT_CHECKED_OF_METHODS)
        ignored |= set(NOT_CHECKED_OF_OVERRIDES) if is_override else set()
    return [f"{name}: {code} {text}" for code, text in found if code not in ignored]


def _own_parameters(cls: type) -> bool:
    """Return whether a class can be called with something that has a name."""
    try:
        parameters = inspect.signature(cls).parameters.values()
    except ValueError:
        return False
    return any(p.kind not in (p.VAR_POSITIONAL, p.VAR_KEYWORD) for p in parameters)


def _function(thing: Documented) -> Any:
    """Return the function that is called when a property is read; anything else as it is."""
    if isinstance(thing, property):
        return thing.fget
    return thing.func if isinstance(thing, cached_property) else inspect.unwrap(thing)


def _raises(thing: Documented) -> bool:
    """Return whether a body, or what makes an object of a class, has a `raise` of its own."""
    if inspect.isclass(thing):
        made = [vars(thing).get(name) for name in ("__init__", "__post_init__")]
        return any(_raises(each) for each in made if isinstance(each, FunctionType))
    try:
        source = inspect.getsource(_function(thing))
    except (OSError, TypeError):  # a method that a dataclass wrote
        return False
    lines = source.splitlines()
    (tree,) = ast.parse("if True:\n" + source if lines[0][:1] == " " else source).body
    function = tree.body[0] if isinstance(tree, ast.If) else tree
    return any(_is_told(node) for node in _own_nodes(function))


def _is_told(node: ast.AST) -> bool:
    """Return whether a node raises what the caller should know of."""
    if not isinstance(node, ast.Raise) or node.exc is None:
        return False
    raised = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
    return not (isinstance(raised, ast.Name) and raised.id == "NotImplementedError")


def _own_nodes(node: ast.AST) -> Iterator[ast.AST]:
    """Yield what lies inside a function, but not inside the functions that it defines."""
    for child in ast.iter_child_nodes(node):
        yield child
        if not isinstance(child, ast.FunctionDef | ast.ClassDef | ast.Lambda):
            yield from _own_nodes(child)


def public(package: str) -> dict[str, Documented]:
    """Return the public classes, functions and methods that a package defines, by their names."""
    found: dict[str, Documented] = {}
    for home, name in sorted(set(_listed(package)) | set(_in_readmes(package))):
        thing = getattr(importlib.import_module(home), name)
        if inspect.isclass(thing):
            for cls in thing.__mro__:
                if _is_ours(cls.__module__):
                    found[f"{cls.__module__}.{cls.__qualname__}"] = cls
                    found.update(_methods(cls))
        elif inspect.isfunction(thing):
            found[f"{thing.__module__}.{thing.__qualname__}"] = thing
    return {name: thing for name, thing in found.items() if name.startswith(f"{package}.")}


def overrides(thing: Documented, names: dict[str, Documented]) -> bool:
    """Return whether a method stands for one of a base class of ours, with the same parameters."""
    function = _function(thing)
    home, _, method = function.__qualname__.rpartition(".")
    cls = names.get(f"{function.__module__}.{home}")
    if not inspect.isclass(cls):
        return False
    bases = (vars(base).get(method) for base in cls.__mro__[1:] if _is_ours(base.__module__))
    return any(
        isinstance(of_base, FunctionType)
        and isinstance(thing, FunctionType)
        and list(inspect.signature(of_base).parameters) == list(inspect.signature(thing).parameters)
        for of_base in bases
    )


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] in PACKAGES


def _methods(cls: type) -> dict[str, Documented]:
    """Return the public methods and properties that the body of a class defines."""
    found: dict[str, Documented] = {}
    for name, value in vars(cls).items():
        plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if name.startswith("_") or not isinstance(plain, FunctionType | property | cached_property):
            continue
        if _function(plain).__qualname__ == f"{cls.__qualname__}.{name}":  # no default of a field
            found[f"{cls.__module__}.{cls.__qualname__}.{name}"] = plain
    return found


def _listed(package: str) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of everything in the `__all__` of a package."""
    for home in LISTED.get(package, (package,)):
        if importlib.util.find_spec(home):
            yield from ((home, name) for name in importlib.import_module(home).__all__)


def _in_readmes(package: str) -> Iterator[tuple[str, str]]:
    """Yield the module and the name of everything that README code imports from a package."""
    readmes = [
        ROOT / "README.md",
        *(p for own in PACKAGES for p in (ROOT / own).rglob("README.md")),
    ]
    for readme in readmes:
        for block in code_blocks(readme.read_text(encoding="utf-8"), "python"):
            for node in ast.walk(ast.parse(block)):
                home = (isinstance(node, ast.ImportFrom) and node.module) or ""
                if isinstance(node, ast.ImportFrom) and home.partition(".")[0] == package:
                    yield from ((home, alias.name) for alias in node.names)


@pytest.mark.parametrize("package", PACKAGES)
def test_public_names_are_documented_in_full(package: str) -> None:
    names = public(package)
    assert names
    found = [
        line
        for name, thing in names.items()
        for line in problems(thing, name, overrides(thing, names))
    ]
    assert found == [], "\n".join(["", *found])


def opening_problem(docstring: str) -> str:
    """Return what is wrong with how a docstring begins, or nothing.

    A formula or a number is no beginning: it comes after a noun or a verb in words.
    """
    first = docstring.split(maxsplit=1)[0] if docstring.strip() else ""
    if re.match(r"[A-Z][a-zA-Z'’-]+|A\b", first):
        return ""
    return f"begins with {first!r}, not with a word"


@pytest.mark.parametrize("package", PACKAGES)
def test_docstrings_begin_with_a_word(package: str) -> None:
    found = []
    n_seen = 0
    for path in sorted((ROOT / package).rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                docstring = ast.get_docstring(node)
                n_seen += docstring is not None
                if docstring is not None and (problem := opening_problem(docstring)):
                    name = getattr(node, "name", "module")
                    found.append(f"{path.relative_to(ROOT)}: {name}: {problem}")
    assert n_seen
    assert found == [], "\n".join(["", *found])


# The checkers themselves.


def good(images: Any, *, n_views: int = 2) -> Any:
    """Return the images as they are.

    Parameters
    ----------
    images : array (n, height, width, channels)
        What is looked at.
    n_views : int, default 2
        How many views there are.

    Returns
    -------
    array (n, height, width, channels)
        The images.

    Raises
    ------
    ValueError
        If there are no views.

    Examples
    --------
    >>> good(3)
    3
    """
    if n_views < 1:
        raise ValueError(n_views)
    return images


def bad(images: Any, *, n_views: int = 2) -> Any:
    """do nothing to images

    Parameters
    ----------
    image : array (n, height, width, channels)
    n_views
        how many
    """
    if n_views < 1:
        raise ValueError(n_views)
    return images


class Bad:
    """A class without its parameters."""

    def __init__(self, size_px: int) -> None:
        if size_px < 1:
            raise ValueError(size_px)

    def method(self, image: Any) -> Any:
        """Return the image."""
        return image

    @property
    def silent(self) -> int:
        return 1

    @cached_property
    def kept(self) -> int:
        """the size"""
        return 1

    def nothing(self) -> None:
        """Raise, as all do that inherit from this one."""
        raise NotImplementedError


class Worse(Bad):
    """A class whose method stands for one that is documented elsewhere."""

    def method(self, image: Any) -> Any:
        """do the same"""
        return image

    def nothing(self, more: int = 1) -> None:
        """Do something else."""


class OwnError(ValueError):
    """An exception that has only its message."""


def codes(thing: Any) -> set[str]:
    return {line.partition(": ")[2].split()[0] for line in problems(thing, "x")}


def test_what_is_documented_in_full_passes() -> None:
    assert problems(good, "good") == []
    assert problems(OwnError, "OwnError") == []
    assert problems(Bad.nothing, "nothing") == []


def test_what_is_not_documented_is_found() -> None:
    expected = {"SS02", "SS03", "PR01", "PR02", "PR04", "PR07", "PR08", "PR09", "RT01", "EX01"}
    assert codes(bad) == expected | {"RS01"}
    assert codes(Bad) == {"PR01", "EX01", "RS01"}
    assert codes(Bad.method) == {"PR01", "RT01"}
    assert codes(vars(Bad)["silent"]) == {"GL08"}
    assert codes(vars(Bad)["kept"]) == {"SS02", "SS03"}


def test_an_override_with_the_same_parameters_needs_its_summary_only(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(f"{__name__}.PACKAGES", (__name__.partition(".")[0],))
    names: dict[str, Documented] = {f"{__name__}.Worse": Worse}
    assert overrides(Worse.method, names)
    assert not overrides(Worse.nothing, names)
    assert not overrides(good, names)
    kept = problems(Worse.method, "x", is_override=True)
    assert [line.split()[1] for line in kept] == ["SS02", "SS03"]


def test_public_names_come_from_lists_readmes_classes_and_their_bases() -> None:
    names = set(public("data"))
    assert {
        "data.dataset.Dataset",  # in __all__
        "data.dataset.Dataset.sha256",  # a property
        "data.builtin.generation.generate",  # in a README
    } <= names
    assert "features.extractor.ImageExtractor.transform" in public("features")
    assert "data.dataset.Dataset.__post_init__" not in names
    assert set(_methods(Bad)) == {
        f"{__name__}.Bad.{m}" for m in ("method", "silent", "kept", "nothing")
    }
    assert _methods(type("Holder", (), {"function": good})) == {}


@pytest.mark.parametrize("docstring", ["Θ − η g.", "W (p − t).", "1.0 or 0.0.", "`x` doubled.", ""])
def test_a_docstring_that_begins_with_a_symbol_is_found(docstring: str) -> None:
    assert "not with a word" in opening_problem(docstring)


@pytest.mark.parametrize("docstring", ["A step: Θ − η g.", "Return W (p − t).", "CIFAR's names."])
def test_a_docstring_that_begins_with_a_word_is_not(docstring: str) -> None:
    assert opening_problem(docstring) == ""
