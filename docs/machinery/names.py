"""Names in backticks: a link where there is a page of the name, and code where there is none."""

from __future__ import annotations

import re
from typing import Any

from docutils import nodes
from sphinx.addnodes import pending_xref
from sphinx.application import Sphinx
from sphinx.environment import BuildEnvironment
from sphinx.roles import XRefRole
from sphinx.util.nodes import make_refnode


class NameRole(XRefRole):
    """Sphinx's role for a Python object, marked as one that may lead nowhere."""

    def process_link(
        self,
        env: BuildEnvironment,
        refnode: nodes.Element,
        has_explicit_title: bool,
        title: str,
        target: str,
    ) -> tuple[str, str]:
        """Return title and target; what is no name is no target.

        Parameters
        ----------
        env : BuildEnvironment
            What Sphinx knows of all pages.
        refnode : Element
            The link that is to be.
        has_explicit_title : bool
            Whether the text says how the link is to be shown.
        title, target : str
            What is shown, and what is named.

        Returns
        -------
        title, target : str
            As they are now.
        """
        refnode["refdomain"], refnode["reftype"] = "py", "obj"
        refnode["py:module"] = env.ref_context.get("py:module")
        refnode["py:class"] = env.ref_context.get("py:class")
        refnode["may_lead_nowhere"] = True
        name = target.removesuffix("()")
        return title, name if re.fullmatch(r"[A-Za-z_][\w.]*", name) else ""


def _found_or_code(
    app: Sphinx, env: BuildEnvironment, node: pending_xref, contents: nodes.Element
) -> nodes.Element | None:
    """Lead to the only page that there is of a name in another module; else be code."""
    if not node.get("may_lead_nowhere"):
        return None
    python, target = env.domains.python_domain, node["reftarget"]
    full = [name for name in python.objects if target and name.endswith(f".{target}")]
    if len(full) != 1:
        return contents
    entry = python.objects[full[0]]
    return make_refnode(
        app.builder, node["refdoc"], entry.docname, entry.node_id, contents, full[0]
    )


def setup(app: Sphinx) -> dict[str, Any]:
    """Register the role with Sphinx."""
    app.add_role("preconv-name", NameRole())
    app.connect("missing-reference", _found_or_code)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
