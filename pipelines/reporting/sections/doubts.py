"""The page's section on labels that are perhaps wrong."""

from __future__ import annotations

from collections.abc import Sequence

from pipelines.reporting.examples import Examples
from pipelines.reporting.pictures import png_uri
from pipelines.reporting.sections.cell import Wrong
from pipelines.reporting.texts.numbers import probability
from pipelines.reporting.texts.outside_text import visible

MOST_SHOWN = 24
_LARGEST_PX = 48


def doubtful(examples: Examples | None, class_names: Sequence[str]) -> list[Wrong]:
    """Return the images of the most doubtful labels, as pictures."""
    if examples is None:
        return []
    names = [visible(name) for name in class_names]
    return [
        Wrong(
            png_uri(examples.images[each.index], largest_px=_LARGEST_PX),
            names[each.label],
            names[each.predicted],
            probability(each.confidence),
            each.index,
            visible(examples.called(each.index)),
        )
        for each in examples.doubts[:MOST_SHOWN]
    ]
