"""Plain text, as docstrings and options have it, for a page of Markdown."""

from __future__ import annotations

import re


def markdown(text: str) -> str:
    r"""Return plain text for Markdown: what stands in backticks is code, and all else is itself.

    Parameters
    ----------
    text : str
        As a docstring has it.

    Returns
    -------
    str
        Markdown.

    Examples
    --------
    >>> print(markdown("w_i*x by ``fit``"))
    w\_i\*x by `fit`
    """
    parts = text.replace("``", "`").split("`")
    return "`".join(
        part if place % 2 else re.sub(r"([\\*_\[\]<>#$|])", r"\\\1", part)
        for place, part in enumerate(parts)
    )
