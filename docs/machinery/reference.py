"""A page for each public name: its docstring, an example, and links to where it is used."""

from __future__ import annotations

import inspect
import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from importlib import import_module
from pathlib import Path
from textwrap import indent
from types import FunctionType
from typing import Any

from docs.machinery.markdown import markdown
from docs.machinery.mentions import mentions
from preconv import __all__ as _AT_THE_TOP

_LIST = Path(__file__).with_name("public_names.toml")
_PACKAGES = ("data", "features", "models", "pipelines")
_INDEX = """# API reference

Every public name has a page with its parameters, an example, and links to where it is used. All
that the packages list can also be imported from `preconv`.

Some examples read a kept report, as `pipelines/reports/builtin`. They are run in the folder of the
source. Elsewhere, save `report.json` and `predictions.npz` from
[the page of that report](../reports/builtin.md) into a folder, and name this folder.

{packages}

```{{toctree}}
:hidden:

{names}
```
"""


@dataclass(frozen=True)
class Name:
    """A public name, and where it is: `Name("features", "HOG")`."""

    module: str
    name: str

    @classmethod
    def of(cls, full: str) -> Name:
        """Return the name that a text like "features.HOG" stands for.

        Parameters
        ----------
        full : str
            Module and name.

        Returns
        -------
        Name
            Both apart.
        """
        module, _, name = full.rpartition(".")
        return cls(module, name)

    @property
    def full(self) -> str:
        """Module and name in one, which is also the name of the page."""
        return f"{self.module}.{self.name}"

    @cached_property
    def thing(self) -> Any:
        """What it names."""
        return getattr(import_module(self.module), self.name)


@dataclass(frozen=True)
class Group:
    """Names that belong together, with a heading."""

    title: str
    names: tuple[Name, ...]


@dataclass(frozen=True)
class Package:
    """A page that lists groups of names."""

    name: str
    title: str
    says: str
    more: str
    groups: tuple[Group, ...]


@cache
def listed() -> dict[str, Any]:
    """Return the list of public names as it is written.

    Returns
    -------
    dict
        Pages with groups, and the texts and examples of what has no docstring.
    """
    return tomllib.loads(_LIST.read_text(encoding="utf-8"))


@cache
def packages() -> tuple[Package, ...]:
    """Return what has a page in the reference.

    Returns
    -------
    tuple of Package
        In the order of the reference.
    """
    return tuple(
        Package(
            page["name"],
            page["title"],
            page["says"],
            page.get("more", ""),
            tuple(
                Group(group["title"], tuple(map(Name.of, group["names"])))
                for group in page["group"]
            ),
        )
        for page in listed()["page"]
    )


def names() -> list[Name]:
    """Return all names that have a page.

    Returns
    -------
    list of Name
        In the order of the reference.
    """
    return [name for package in packages() for group in package.groups for name in group.names]


def pages() -> dict[str, str]:
    """Return the pages of the reference: file → text.

    Returns
    -------
    dict of str to str
        For the folder `reference`: a page for each name, one for each package, and the index.
    """
    made = {"index.md": _index()}
    for package in packages():
        made[f"{package.name}.md"] = _package_page(package)
        for group in package.groups:
            for name in group.names:
                made[f"{name.full}.md"] = page(name, package, group)
    return made


def _index() -> str:
    parts = []
    for package in packages():
        linked = ", ".join(_link(each) for group in package.groups for each in group.names)
        parts += [f"## [{package.title}]({package.name}.md)", "", package.says, "", linked, ""]
    names = "\n".join(package.name for package in packages())
    return _INDEX.format(packages="\n".join(parts), names=names)


def _package_page(package: Package) -> str:
    lines = [f"# {package.title}", "", package.says, ""]
    if package.more:
        lines += [f"What there is to know about it: [in depth](../{package.more}).", ""]
    for group in package.groups:
        lines += [f"## {group.title}", ""]
        for name in group.names:
            lines += [_link(name), f": {_summary(name)}", ""]
    pages = [name.full for group in package.groups for name in group.names]
    return "\n".join([*lines, "```{toctree}", ":hidden:", "", *pages, "```", ""])


def _link(name: Name) -> str:
    return f"[`{name.name}`]({name.full}.md)"


def _summary(name: Name) -> str:
    """Return what a name is, in one line, in the words of its docstring."""
    text = listed()["text"].get(name.full) or inspect.getdoc(name.thing) or ""
    first = " ".join(text.partition("\n\n")[0].split())
    parts = re.split(r":math:`(.*?)`", first)
    return "".join(f"${part}$" if place % 2 else markdown(part) for place, part in enumerate(parts))


def page(name: Name, package: Package, group: Group) -> str:
    """Return the page of a name.

    Parameters
    ----------
    name : Name
        What it is about.
    package : Package
        The page that lists it.
    group : Group
        What it stands beside there.

    Returns
    -------
    str
        Markdown.
    """
    lines = [f"# {name.name}", "", _import_line(name), "", "```{eval-rst}"]
    lines += [f".. currentmodule:: {name.module}", "", *_directive(name), "```", ""]
    if example := listed()["example"].get(name.full):
        lines += ["## Example", "", "```pycon", example.strip(), "```", ""]
    beside = [each for each in group.names if each != name]
    lines += ["## See also", ""]
    lines += [f"- {link}" for link in mentions(name.name)]
    lines += [f"- {group.title}: " + ", ".join(map(_link, beside))] if beside else []
    lines += [f"- All of [{package.title}]({package.name}.md)"]
    if package.more and f"(../{package.more})" not in "".join(lines):
        lines += [f"- [What there is to know about it](../{package.more})"]
    lines += [""]
    return "\n".join(lines)


def _import_line(name: Name) -> str:
    top = f", or `from preconv import {name.name}`" if name.name in _AT_THE_TOP else ""
    if name.module == "preconv":
        return "`import preconv`"
    return f"`from {name.module} import {name.name}`{top if name.module in _PACKAGES else ''}"


def _directive(name: Name) -> list[str]:
    thing = name.thing
    if inspect.isclass(thing):
        kind = "exception" if issubclass(thing, BaseException) else "class"
        members = ", ".join(public_members(thing))
        return [f".. auto{kind}:: {name.name}", *([f"   :members: {members}"] if members else [])]
    if inspect.isroutine(thing):
        return [f".. autofunction:: {name.name}"]
    text = listed()["text"][name.full]
    return [f".. py:data:: {name.name}", "", indent(text, "   "), *_keys(thing)]


def _keys(thing: Any) -> list[str]:
    if not isinstance(thing, dict):
        return []
    return ["", "   " + "There are: " + ", ".join(f"``{key}``" for key in thing) + "."]


def public_members(cls: type) -> list[str]:
    """Return the public methods and properties of a class that are ours, inherited ones, too.

    Parameters
    ----------
    cls : type
        A class of ours.

    Returns
    -------
    list of str
        Those of the class first, then those of its bases.

    Examples
    --------
    >>> from features import HOG
    >>> "transform" in public_members(HOG), "get_params" in public_members(HOG)
    (True, False)
    """
    return list(dict.fromkeys(name for base in cls.__mro__ for name in _own_members(base)))


def _own_members(cls: type) -> Iterator[str]:
    if cls.__module__.partition(".")[0] not in _PACKAGES:
        return
    for name, value in vars(cls).items():
        plain = value.__func__ if isinstance(value, classmethod | staticmethod) else value
        if not name.startswith("_") and isinstance(
            plain, FunctionType | property | cached_property
        ):
            yield name
