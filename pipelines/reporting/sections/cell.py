"""The page's section on one cell: its facts, its confusion matrix and its worst mistakes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.record.comparing.costs import Cost
from pipelines.record.report import Cell
from pipelines.reporting.examples import Examples
from pipelines.reporting.pictures import confidently_wrong, png_uri
from pipelines.reporting.texts.numbers import count, duration, percent, probability
from pipelines.reporting.texts.outside_text import visible
from pipelines.reporting.texts.words import choices, label

_MOST_CLASSES_IN_A_TABLE = 20
_TINT = 62


@dataclass(frozen=True)
class Share:
    """One entry of a confusion matrix, in per cent of its row."""

    text: str
    tint: int
    right: bool
    title: str


@dataclass(frozen=True)
class Confusion:
    """A confusion matrix as a table, or as a picture where it has too many classes."""

    rows: tuple[tuple[str, tuple[Share, ...]], ...]
    picture: str
    n_classes: int
    most: tuple[str, ...]
    hardest: tuple[str, ...]


@dataclass(frozen=True)
class Wrong:
    """An image that the cell misclassifies with high confidence."""

    uri: str
    true: str
    predicted: str
    confidence: str
    index: int
    name: str


@dataclass(frozen=True)
class Panel:
    """One cell, looked at closely."""

    anchor: str
    name: str
    facts: tuple[tuple[str, str], ...]
    confusion: Confusion | None
    wrong: tuple[Wrong, ...]
    predictions_sha256: tuple[tuple[int, str], ...]


def panel(
    cell: Cell,
    anchor: str,
    class_names: Sequence[str],
    cost: Cost | None,
    examples: Examples | None,
    at_the_edge: Sequence[str] = (),
) -> Panel:
    """Return what the page shows of a finished cell; the names of the classes are safe to show."""

    def called(i: int) -> str:
        return class_names[i] if 0 <= i < len(class_names) else f"class {i}"

    wrong = confidently_wrong(examples, cell.name) if examples else []
    own = (lambda i: visible(examples.called(i))) if examples else str
    return Panel(
        anchor=anchor,
        name=label(cell.name),
        facts=tuple(_facts(cell, cost, at_the_edge)),
        confusion=confusion(cell.confusion, class_names) if cell.confusion else None,
        wrong=tuple(
            Wrong(
                w.uri,
                called(w.true),
                called(w.predicted),
                probability(w.confidence),
                w.index,
                own(w.index),
            )
            for w in wrong
        ),
        predictions_sha256=tuple(zip(cell.seeds, cell.predictions_sha256, strict=False)),
    )


def confusion(
    claimed: Sequence[Sequence[int]] | npt.NDArray[np.int64], class_names: Sequence[str]
) -> Confusion | None:
    """Return a confusion matrix for the page; `None` where it does not fit the classes."""
    n_classes = len(class_names)
    if {len(claimed), *map(len, claimed)} != {n_classes}:
        return None
    counts = np.array(claimed, dtype=np.int64)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    rows, picture = [], ""
    if n_classes <= _MOST_CLASSES_IN_A_TABLE:
        for i, name in enumerate(class_names):
            entries = tuple(
                Share(
                    text=percent(float(shares[i, j]), 0) if shares[i, j] >= 0.005 else "",
                    tint=round(_TINT * float(shares[i, j]) ** 0.7),
                    right=i == j,
                    title=f"{name} as {class_names[j]}: {count(int(counts[i, j]))}",
                )
                for j in range(n_classes)
            )
            rows.append((name, entries))
    else:
        picture = _picture(shares)
    off = np.where(np.eye(n_classes, dtype=bool), -1.0, shares)
    order = np.argsort(-off, axis=None, kind="stable")[:6]
    most = [
        (i, j) for i, j in zip(*np.unravel_index(order, off.shape), strict=True) if off[i, j] > 0
    ]
    # A class without test images is neither easy nor hard.
    tested = np.flatnonzero(counts.sum(axis=1))
    hardest = tested[np.argsort(shares.diagonal()[tested], kind="stable")[:3]]
    return Confusion(
        rows=tuple(rows),
        picture=picture,
        n_classes=n_classes,
        most=tuple(
            f"{class_names[i]} as {class_names[j]} {percent(shares[i, j], 0)} %" for i, j in most
        ),
        hardest=tuple(f"{class_names[i]} {percent(shares[i, i], 0)} %" for i in hardest),
    )


def _picture(shares: npt.NDArray[np.float64]) -> str:
    """Return the matrix as a PNG: one pixel for each entry, the more frequent the more opaque."""
    pixels = np.zeros((*shares.shape, 4), dtype=np.uint8)
    pixels[...] = (214, 92, 30, 0)
    pixels[np.eye(len(shares), dtype=bool)] = (47, 111, 208, 0)
    pixels[..., 3] = np.round(255 * np.minimum(1.0, shares**0.5))
    return png_uri(pixels)


def _facts(cell: Cell, cost: Cost | None, at_the_edge: Sequence[str]) -> list[tuple[str, str]]:
    facts = [("accuracy", f"{percent(cell.accuracy or 0.0)} %")]
    if cell.ci95:
        facts.append(("95 % interval", f"{percent(cell.ci95[0])} – {percent(cell.ci95[1])} %"))
    if cell.n_correct:
        right = " / ".join(map(count, cell.n_correct))
        facts.append(("right, for each seed", f"{right} of {count(cell.n_test)}"))
    shares = " / ".join(map(percent, cell.validation_accuracy))
    facts.append(
        ("on the validation part", f"{shares} %" if shares else "– (there was nothing to choose)")
    )
    if cell.metrics:
        facts.append(("macro F1", f"{percent(cell.metrics.macro_f1)} %"))
    if cell.dim is not None:
        facts.append(("features", f"{count(cell.dim)} numbers an image"))
    if said := choices(cell):
        facts.append(("chosen", visible(said)))
    if at_the_edge:
        facts.append(("at the edge", visible("; ".join(at_the_edge))))
    if cost:
        parts = (
            ("features", cost.extract_s),
            ("choosing", cost.choose_s),
            ("fitting", cost.fit_s),
            ("predicting", cost.predict_s),
        )
        facts.append(("time", ", ".join(f"{what} {duration(spent)}" for what, spent in parts)))
    return facts
