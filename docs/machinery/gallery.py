"""A page for each study, with the kept pictures and findings, and a notebook that runs it."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from docs.machinery.markdown import markdown
from docs.machinery.texts import ROOT
from pipelines.studies import STUDIES, Study
from pipelines.studies.page.equations import equation_groups
from pipelines.studies.page.prose import Prose, with_links

_KEPT_PAGE = ROOT / "pipelines" / "reports" / "studies" / "index.html"
_INDEX = """# Studies

A linear classifier on pixels is weak. Features and layers bend the space in which the images lie,
until a linear classifier is enough. Each idea behind that is a small experiment here: a claim, what
was measured, and pictures. Each runs in less than a minute on two cores, as a notebook, with one
command, or in Python.

::::{{grid}} 1 1 2 2
:gutter: 3

{cards}
::::

`preconv study all` runs all of them and writes one page. [What stands on that page and how it is
made](../in_depth/pipelines.md#studies).

```{{toctree}}
:hidden:

{names}
```
"""
_CARD = """:::{{grid-item-card}} {title}
:link: {name}
:link-type: doc

{claim}

```{{raw}} html
<div class="thumb" aria-hidden="true">{picture}</div>
```
:::
"""
_RUN = """## Run it

```sh
preconv study {name}
```

As a notebook: {{download}}`{name}.ipynb <notebooks/{name}.ipynb>`. In Python:

```python
{code}```

````{{dropdown}} The code of the experiment
```{{literalinclude}} ../../{experiment}
```
````
"""
_CODE = """from data import load_dataset
from pipelines.studies import STUDIES

study = STUDIES["{name}"]
result = study.run(load_dataset(), size=1.0, seed=0)  # a size of 0.1 is quick
for finding in result.findings():
    print("holds:" if finding.holds else "does not hold:", finding.says)
"""
_PICTURES_CODE = """from IPython.display import HTML, display

colours = "{colours}"
for picture in study.pictures(result):
    caption = f"<figcaption>{{picture.caption}}</figcaption>"
    display(HTML(f"<figure style='{{colours}}'>{{picture.markup}}{{caption}}</figure>"))
"""


@dataclass(frozen=True)
class Kept:
    """What the kept page has of a study: findings, and pictures with captions, as HTML."""

    findings: tuple[tuple[bool, str], ...]
    pictures: tuple[tuple[str, str, str], ...]  # style, markup, caption
    took: str


@cache
def kept() -> dict[str, Kept]:
    """Return what the kept page of the studies shows.

    Returns
    -------
    dict of str to Kept
        By the name of the study.

    Raises
    ------
    LookupError
        If a study is missing there: `make keep-studies` writes the page anew.
    """
    text = _KEPT_PAGE.read_text(encoding="utf-8")
    sections = re.findall(r'<section class="study" id="(.*?)">(.*?)</section>', text, re.DOTALL)
    found = {name: _kept(section) for name, section in sections}
    if missing := [name for name in STUDIES if name not in found]:
        raise LookupError(f"{_KEPT_PAGE} lacks {', '.join(missing)}: run make keep-studies")
    return found


def _kept(section: str) -> Kept:
    findings = re.findall(
        r'<li><span class="mark( not)?">.*?</span><span>(.*?)</span></li>', section
    )
    pictures = re.findall(
        r'<figure class="picture"(?: style="(.*?)")?>\n<div[^>]*>(.*?)</div>\n'
        r"<figcaption>(.*?)</figcaption>\n</figure>",
        section,
        re.DOTALL,
    )
    took = re.search(r"Took (.*?) of processor time", section)
    return Kept(
        tuple((not mark, says) for mark, says in findings),
        tuple(pictures),
        took[1].replace("\u00a0", " ") if took else "",
    )


def pages() -> dict[str, str]:
    """Return a page for each study and one that shows all: file → text.

    Returns
    -------
    dict of str to str
        For the folder `gallery`.
    """
    cards = []
    for name, study in STUDIES.items():
        claim = markdown(Prose.of(study.text).claim)
        _, picture, _ = kept()[name].pictures[0]
        thumb = _with_other_ids(picture)
        cards.append(_CARD.format(title=study.title, name=name, claim=claim, picture=thumb))
    index = _INDEX.format(cards="\n".join(cards), names="\n".join(STUDIES))
    return {f"{name}.md": page(study) for name, study in STUDIES.items()} | {"index.md": index}


def notebooks() -> dict[str, str]:
    """Return a notebook for each study: file → text.

    Returns
    -------
    dict of str to str
        For the folder `gallery/notebooks`.
    """
    return {f"{name}.ipynb": notebook(study) for name, study in STUDIES.items()}


def page(study: Study) -> str:
    """Return the page of a study: its text, what was measured, the pictures, how to run it.

    Parameters
    ----------
    study : Study
        One of `STUDIES`.

    Returns
    -------
    str
        Markdown.
    """
    prose, found = Prose.of(study.text), kept()[study.name]
    lines = [f"# {study.title}", "", f"{{.lead}}\n{markdown(prose.claim)}", ""]
    for block in prose.blocks:
        shown = markdown(block.text) if block.kind == "text" else _equation(block.text)
        lines += [shown, ""]
    lines += ["## What was measured", ""]
    for holds, says in found.findings:
        mark = "✓ holds" if holds else "✗ does not hold"
        says = f'<p class="finding"><span class="verdict">{mark}</span> <span>{says}</span></p>'
        lines += [_raw(says), ""]
    for style, markup, caption in found.pictures:
        label = re.sub(r"<.*?>", "", caption).replace('"', "&quot;")
        lines += [
            _raw(
                f'<figure class="picture" style="{style}"><div role="region" tabindex="0" '
                f'aria-label="{label}">{markup}</div><figcaption>{caption}</figcaption></figure>'
            ),
            "",
        ]
    took = f"{{.took}}\nIt took {found.took} of processor time." if found.took else ""
    lines += [took, "", _run(study)]
    if prose.source:
        lines += ["## Source", "", _raw(f"<p>{with_links(prose.source)}</p>"), ""]
    return "\n".join(lines)


def _run(study: Study) -> str:
    module = getattr(study.run, "place", "").partition(":")[0]
    experiment = module.replace(".", "/") + ".py"
    code = _CODE.format(name=study.name)
    return _RUN.format(name=study.name, code=code, experiment=experiment)


def notebook(study: Study) -> str:
    """Return the notebook of a study: its text, and cells that run it and show its pictures.

    Parameters
    ----------
    study : Study
        One of `STUDIES`.

    Returns
    -------
    str
        JSON, as Jupyter reads it, with no outputs.
    """
    prose = Prose.of(study.text)
    text = [f"# {study.title}", markdown(prose.claim)]
    text += [
        markdown(block.text) if block.kind == "text" else f"```text\n{block.text}\n```"
        for block in prose.blocks
    ]
    code = _CODE.format(name=study.name)
    pictures = _PICTURES_CODE.format(colours=_colours())
    source = [f"Source: {markdown(prose.source)}"] if prose.source else []
    cells = [("markdown", part) for part in ["\n\n".join(text)]]
    cells += [("code", code), ("code", pictures), *(("markdown", part) for part in source)]
    return json.dumps(
        {
            "cells": [_cell(place, kind, part) for place, (kind, part) in enumerate(cells)],
            "metadata": {
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python"},
            },
            "nbformat": 4,
            "nbformat_minor": 5,
        },
        ensure_ascii=False,
        indent=1,
    )


def _cell(place: int, kind: str, text: str) -> dict[str, object]:
    cell: dict[str, object] = {"cell_type": kind, "id": f"cell-{place}", "metadata": {}}
    if kind == "code":
        cell |= {"execution_count": None, "outputs": []}
    return cell | {"source": text.rstrip("\n").splitlines(keepends=True)}


def _equation(text: str) -> str:
    lines = [
        "<p>" + " ".join(f"<span>{part}</span>" for part in line) + "</p>"
        for group in equation_groups(text)
        for line in group
    ]
    label = 'role="group" tabindex="0" aria-label="Equation"'
    return _raw(f'<div class="equation" {label}>{"".join(lines)}</div>')


def _raw(html: str) -> str:
    return f"```{{raw}} html\n{html}\n```"


def _with_other_ids(markup: str) -> str:
    """Return a picture that may stand beside itself in a page, for which nobody is told of it."""
    markup = re.sub(r'(\bid="|url\(#|href="#)', r"\1thumb-", markup)
    return re.sub(r' (?:role|aria-label)="[^"]*"', "", markup)


@cache
def _colours() -> str:
    """Return the colours that the pictures name, as report.css has them on white."""
    style = files("pipelines.reporting").joinpath("templates/report.css").read_text("utf-8")
    first = re.search(r":root \{(.*?)\}", style, re.DOTALL)
    assert first is not None
    return " ".join(first[1].split()) + " background: var(--ground); color: var(--ink)"
