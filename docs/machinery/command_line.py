"""A page for each command, made of what the commands themselves say of their options."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import typer.main

from docs.machinery.markdown import markdown
from docs.machinery.texts import IN_DEPTH, ROOT

_MOST_EXAMPLES = 12
_INDEX = """# The command line

`preconv`, `python -m preconv` and `python -m pipelines` are the same command. `preconv --help`
lists what it can do, and `preconv COMMAND --help` says what a page here says.

{commands}
[How a command ends](../in_depth/pipelines.md#how-a-command-ends): what its exit status says.

```{{toctree}}
:hidden:

{names}
```
"""


@cache
def group() -> Any:
    """Return all commands of `preconv` as one.

    Returns
    -------
    Group
        Typer's; its `commands` are in the order in which the help lists them.
    """
    from pipelines.cli import app

    return typer.main.get_command(app)


def pages() -> dict[str, str]:
    """Return a page for each command and one that lists them: file → text.

    Returns
    -------
    dict of str to str
        For the folder `command_line`.
    """
    commands = group().commands
    listed = "\n".join(
        f"[`preconv {name}`]({name}.md)\n: {_first_sentence(command.help)}\n"
        for name, command in commands.items()
    )
    index = _INDEX.format(commands=listed, names="\n".join(commands))
    made = {f"{name}.md": page(name, command) for name, command in commands.items()}
    return made | {"index.md": index}


def _first_sentence(text: str | None) -> str:
    """Return what a command does: the paragraph that its help begins with."""
    first, *_ = _prose(text or "")
    return first.strip()


def page(name: str, command: Any) -> str:
    """Return the page of a command: its use, arguments, options and examples.

    Parameters
    ----------
    name : str
        As it is typed after `preconv`.
    command : Command
        Click's.

    Returns
    -------
    str
        Markdown.
    """
    whole = group().make_context("preconv", [], resilient_parsing=True)
    context = command.make_context(name, [], parent=whole, resilient_parsing=True)
    usage = " ".join(command.collect_usage_pieces(context))
    lines = [f"# preconv {name}", "", *_prose(command.help or "")]
    lines += ["```text", f"preconv {name} {usage}", "```", ""]
    parameters = command.get_params(context)
    for kind in ("argument", "option"):
        records = [
            record
            for each in parameters
            if each.param_type_name == kind and (record := each.get_help_record(context))
        ]
        lines += [f"## {kind.capitalize()}s", ""] if records else []
        for names, text in records:
            lines += [f"`{names.strip()}`", f": {markdown(' '.join(text.split()))}", ""]
    if examples := _examples(name):
        lines += ["## Examples", "", "```sh", *examples, "```", ""]
    return "\n".join(lines)


def _prose(text: str) -> list[str]:
    return [markdown(" ".join(part.split())) + "\n" for part in text.split("\n\n")]


@cache
def _shell_lines() -> tuple[str, ...]:
    """Return the lines of shell that the READMEs show, each once."""
    lines: dict[str, None] = {}
    for source in ("README.md", *IN_DEPTH.values()):
        text = (ROOT / source).read_text(encoding="utf-8")
        for block in re.findall(r"^```sh\n(.*?)^```", text, re.DOTALL | re.MULTILINE):
            lines |= dict.fromkeys(line.strip() for line in block.splitlines())
    return tuple(lines)


def _examples(name: str) -> list[str]:
    found = [line for line in _shell_lines() if re.match(rf"preconv {name}\b", line)]
    return [re.sub(r"\s{3,}#", "  #", line) for line in found[:_MOST_EXAMPLES]]
