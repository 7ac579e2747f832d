"""What a spec can name: an entry for each extractor and each classifier."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any


@dataclass(frozen=True)
class Entry:
    """One class that a spec can name.

    Parameters
    ----------
    path : str
        Where the class is, as "package.module.Class"; it is imported when it is first used.
    defaults : mapping
        Parameters in place of the class's own defaults.
    withheld : frozenset of str
        Parameters that only Python code gives, because a compiled loop believes what they say.

    Examples
    --------
    >>> Entry("features.HOG", {"orientations": 6}).make(orientations=8).orientations
    8
    """

    path: str
    defaults: Mapping[str, Any] = field(default_factory=dict)
    withheld: frozenset[str] = frozenset()

    @property
    def kind(self) -> type:
        """The class."""
        module, _, name = self.path.rpartition(".")
        found: type = getattr(import_module(module), name)
        return found

    def make(self, **parameters: Any) -> Any:
        """Return an instance, unfitted."""
        return self.kind(**{**self.defaults, **parameters})


EXTRACTORS: dict[str, Entry] = {
    "RawPixels": Entry("features.RawPixels"),
    "ColorHistogram": Entry("features.ColorHistogram"),
    "HOG": Entry("features.HOG"),
    "BagOfVisualWords": Entry("features.BagOfVisualWords"),
    "ConvolutionalKernelNetwork": Entry("features.ConvolutionalKernelNetwork"),
    "FisherVector": Entry("features.FisherVector"),
    "VLAD": Entry("features.VLAD"),
    "LocalBinaryPatterns": Entry("features.LocalBinaryPatterns"),
    "CoOccurrence": Entry("features.CoOccurrence"),
}

CLASSIFIERS: dict[str, Entry] = {
    "LinearClassifier": Entry("models.LinearClassifier"),
    "KernelClassifier": Entry("models.KernelClassifier"),
    "MLPClassifier": Entry("models.MLPClassifier"),
    "TaughtClassifier": Entry("models.TaughtClassifier"),
    # A tree of neighbours cannot be kept without pickle, and loses to a matrix product beyond a
    # few dimensions.
    # SciPy takes the matrix of a metric for as large as the samples are wide, without a look.
    "KNeighborsClassifier": Entry(
        "sklearn.neighbors.KNeighborsClassifier",
        {"algorithm": "brute"},
        frozenset({"metric_params"}),
    ),
}
