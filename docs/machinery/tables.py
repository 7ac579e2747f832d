"""Columns of tables that have no heading: those who hear a page are told what they are."""

from __future__ import annotations

from typing import Any

from docutils import nodes
from sphinx.application import Sphinx
from sphinx.transforms.post_transforms import SphinxPostTransform


class HeadingsForAll(SphinxPostTransform):
    """A heading that is not seen, for each column whose heading is empty."""

    default_priority = 900

    def run(self, **kwargs: Any) -> None:
        """Give each empty heading of the page a text that only screen readers read."""
        for head in self.document.findall(nodes.thead):
            for row in head.findall(nodes.row):
                for place, entry in enumerate(row.findall(nodes.entry)):
                    if not entry.astext().strip():
                        text = "about" if place else "name"
                        hidden = nodes.inline("", text, classes=["visually-hidden"])
                        entry += nodes.paragraph("", "", hidden)


def setup(app: Sphinx) -> dict[str, bool]:
    """Have it done when pages are written."""
    app.add_post_transform(HeadingsForAll)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
