"""Test images whose label is perhaps wrong: the best cells agree on another class."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.record.report import CellName
from pipelines.record.significance.resampling import Labels

N_CELLS = 5
"""How many of the best cells are asked."""


@dataclass(frozen=True)
class Doubt:
    """A test image on which the best cells contradict its label.

    Parameters
    ----------
    index : int
        Its place in the test part.
    label, predicted : int
        The class that it has, and the one that all of these cells name with every seed.
    confidence : float
        The mean probability that they give to that class.
    """

    index: int
    label: int
    predicted: int
    confidence: float


def doubts(
    labels: Labels,
    predicted: Mapping[CellName, Labels],
    confidences: Mapping[CellName, npt.NDArray[np.floating]],
    best: Sequence[CellName],
) -> list[Doubt]:
    """Return the images whose label is in doubt, the most doubtful first.

    They are those on which the best cells that have probabilities, at most five, name one and the
    same class with every seed, and not that of the label. Where the cells are wrong together, the
    label is right after all: a person has to look.

    Parameters
    ----------
    labels : int array (n_test,)
    predicted : mapping of (str, str) to int array (n_seeds, n_test)
    confidences : mapping of (str, str) to float array (n_seeds, n_test)
        Probabilities of the predicted classes.
    best : sequence of (str, str)
        All cells, the most accurate first.

    Returns
    -------
    list of Doubt

    Examples
    --------
    >>> labels, said = np.array([0, 1, 1]), np.array([[0, 0, 1]])
    >>> doubts(labels, {("f", "m"): said}, {("f", "m"): np.full((1, 3), 0.9)}, [("f", "m")])
    [Doubt(index=1, label=1, predicted=0, confidence=0.9)]
    """
    asked = [cell for cell in best if cell in confidences and cell in predicted][:N_CELLS]
    if not asked:
        return []
    named = np.concatenate([predicted[cell] for cell in asked])
    sure = np.concatenate([np.asarray(confidences[cell], np.float64) for cell in asked])
    agreed = (named == named[0]).all(axis=0) & (named[0] != labels)
    confidence = sure.mean(axis=0)
    found = np.flatnonzero(agreed & np.isfinite(confidence))
    order = found[np.argsort(-confidence[found], kind="stable")]
    return [
        Doubt(int(i), int(labels[i]), int(named[0, i]), round(float(confidence[i]), 4))
        for i in order
    ]
