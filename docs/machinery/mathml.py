"""Equations as MathML, which browsers draw without a script, a font or an address elsewhere."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from docutils.utils.math import MathError
from docutils.utils.math.latex2mathml import tex2mathml
from sphinx.application import Sphinx
from sphinx.util import logging

_LOGGER = logging.getLogger(__name__)


def mathml(tex: str, *, as_block: bool) -> str:
    r"""Return an equation as an element `<math>`, on one line.

    Parameters
    ----------
    tex : str
        The equation, as LaTeX writes it.
    as_block : bool
        Whether it has a line of its own.

    Returns
    -------
    str
        The element, which says everything itself.

    Raises
    ------
    docutils.utils.math.MathError
        If the equation has a command that is not known.

    Examples
    --------
    >>> mathml(r"\alpha", as_block=False)
    '<math xmlns="http://www.w3.org/1998/Math/MathML"><mi>α</mi></math>'
    """
    written: str = tex2mathml(tex, as_block=as_block)
    return "".join(line.strip() for line in written.splitlines())


def _visit(self: Any, node: nodes.math | nodes.math_block, *, as_block: bool) -> None:
    tex = node.astext()
    try:
        drawn = mathml(tex, as_block=as_block)
    except MathError as error:
        _LOGGER.warning("an equation cannot be drawn: %s: %s", tex, error, location=node)
        drawn = self.encode(tex)
    if as_block:
        label = 'role="group" aria-label="Equation" tabindex="0"'
        identifiers = "".join(f'<span id="{each}"></span>' for each in node["ids"])
        self.body.append(f'{identifiers}<div class="math block" {label}>{drawn}</div>')
    else:
        self.body.append(f'<span class="math inline">{drawn}</span>')
    raise nodes.SkipNode


def _visit_inline(self: Any, node: nodes.math) -> None:
    _visit(self, node, as_block=False)


def _visit_block(self: Any, node: nodes.math_block) -> None:
    _visit(self, node, as_block=True)


def setup(app: Sphinx) -> dict[str, bool]:
    """Register the renderer with Sphinx."""
    app.add_html_math_renderer("preconv-mathml", (_visit_inline, None), (_visit_block, None))
    return {"parallel_read_safe": True, "parallel_write_safe": True}
