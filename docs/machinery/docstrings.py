"""Docstrings as they are written, for a reader of reStructuredText: signs that are no markup."""

from __future__ import annotations

import re
from typing import Any

from sphinx.application import Sphinx

_CODE = re.compile(r"(``.*?``|`[^`]+`_?)")
_LINK = re.compile(r"(?<![\w\\])(\w+)_(?![\w_])")
_SUBSTITUTION = re.compile(r"\|(?=\w)")


def escaped(line: str) -> str:
    r"""Return a line in which `coef_` is no link and `|v|` is no substitution.

    Parameters
    ----------
    line : str
        A line of a docstring.

    Returns
    -------
    str
        The line; a line of an example, and what stands in backticks, as it was.

    Examples
    --------
    >>> print(escaped("array (n, n_features_out_), see `coef_`"))
    array (n, n_features_out\_), see `coef_`
    """
    if line.lstrip().startswith((">>>", "...", "..", ":")):
        return line
    parts = _CODE.split(line)
    return "".join(
        part if place % 2 else _SUBSTITUTION.sub(r"\|", _LINK.sub(r"\1\_", part))
        for place, part in enumerate(parts)
    )


def _escape(app: Sphinx, what: str, name: str, thing: Any, options: Any, lines: list[str]) -> None:
    lines[:] = map(escaped, lines)


def setup(app: Sphinx) -> dict[str, bool]:
    """Have docstrings escaped after numpydoc has read them."""
    app.connect("autodoc-process-docstring", _escape, priority=900)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
