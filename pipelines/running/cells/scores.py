"""The figures of a cell, from its predictions: accuracy, its interval, and other metrics."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from pipelines.record.outcome import Outcome
from pipelines.record.predictions import predictions_sha256
from pipelines.record.report import Cell, CellName, Epoch, Metrics
from pipelines.record.significance.resampled_statistic import accuracy_interval
from pipelines.record.significance.statistics import wilson

Labels = npt.NDArray[np.int64]

N_CALIBRATION_BINS = 15


def score_cell(
    name: CellName,
    seeds: tuple[int, ...],
    outcomes: Sequence[Outcome],
    labels: Labels,
    n_classes: int,
    dim: int,
    *,
    n_learned: int | None = None,
) -> Cell:
    """Return a finished cell.

    Parameters
    ----------
    name
    seeds
    outcomes
        In the order of the seeds.
    labels
        True labels, (n_test,), or (n_seeds, n_test) if each seed has other test images.
    n_classes
    dim
    n_learned
        The images that were learned from, if they were other ones for each seed.
    """
    from sklearn import metrics

    features, model = name
    n_test = labels.shape[-1]
    truths = np.broadcast_to(labels, (len(outcomes), n_test))
    n_correct = tuple(
        int(np.sum(each.predicted == truth)) for each, truth in zip(outcomes, truths, strict=True)
    )
    fractions = np.array(n_correct) / n_test
    confusion = sum(
        metrics.confusion_matrix(truth, each.predicted, labels=range(n_classes))
        for each, truth in zip(outcomes, truths, strict=True)
    )
    interval = (
        wilson(round(float(np.mean(n_correct))), n_test)
        if n_learned is None
        else accuracy_interval(n_correct, n_test, n_learned)
    )
    return Cell(
        features=features,
        model=model,
        status="done",
        seeds=seeds,
        n_test=n_test,
        n_correct=n_correct,
        accuracy=float(fractions.mean()),
        accuracy_std=float(fractions.std(ddof=1)) if len(seeds) > 1 else None,
        ci95=interval,
        predictions_sha256=tuple(predictions_sha256(outcome.predicted) for outcome in outcomes),
        dim=dim,
        chosen=tuple(_chosen(outcome) for outcome in outcomes),
        validation_accuracy=tuple(
            outcome.validation_accuracy
            for outcome in outcomes
            if outcome.validation_accuracy is not None
        ),
        metrics=_metrics(outcomes, truths, confusion),
        confusion=tuple(tuple(map(int, row)) for row in confusion),
        learning_curves=tuple(
            tuple(Epoch(**record) for record in outcome.history)
            for outcome in outcomes
            if outcome.history
        ),
    )


def calibration_error(probabilities: npt.ArrayLike, labels: npt.ArrayLike) -> float:
    r"""Return the expected calibration error.

    Predictions fall into 15 equally wide bins of their probability; in each bin the mean
    probability is compared with the fraction that is right:
    :math:`\sum_b \frac{n_b}{n} |\mathrm{right}_b - \mathrm{probability}_b|`.
    Source: Guo et al. 2017, "On calibration of modern neural networks", equation 3.

    Parameters
    ----------
    probabilities
        (n, n_classes), rows summing to one.
    labels
        True labels, (n,).

    Examples
    --------
    >>> calibration_error([[0.75, 0.25], [0.75, 0.25]], [0, 1])
    0.25
    """
    table = np.asarray(probabilities, dtype=np.float64)
    top = table.max(axis=1)
    right = table.argmax(axis=1) == np.asarray(labels)
    bins = np.minimum((top * N_CALIBRATION_BINS).astype(np.intp), N_CALIBRATION_BINS - 1)
    gaps = np.bincount(bins, weights=right - top, minlength=N_CALIBRATION_BINS)
    return float(np.abs(gaps).sum() / len(top))


def top2_accuracy(scores: npt.ArrayLike, predicted: Labels, labels: Labels) -> float:
    """Return the share of images whose class is the predicted one or the likeliest of the others.

    Where several of the others are alike, as with few neighbours, each counts by its share: the
    order of the classes decides nothing.

    Parameters
    ----------
    scores
        (n, n_classes), the larger the likelier.
    predicted, labels
        Predicted and true classes, (n,).

    Examples
    --------
    >>> top2_accuracy([[0.5, 0.5, 0.0], [0.4, 0.3, 0.3]], np.array([0, 0]), np.array([1, 2]))
    0.75
    """
    table = np.array(scores, dtype=np.float64)
    rows = np.arange(len(table))
    own = table[rows, labels]
    table[rows, predicted] = -np.inf
    best = table.max(axis=1)
    n_alike = (table == best[:, None]).sum(axis=1)
    second = np.where(own >= best, 1.0 / n_alike, 0.0)
    return float(np.where(predicted == labels, 1.0, second).mean())


def _chosen(outcome: Outcome) -> dict[str, Any]:
    """Return the values that were chosen, the number of epochs among them."""
    epochs = {name: outcome.refit[name] for name in ("max_iter",) if name in outcome.refit}
    return {**outcome.chosen, **epochs}


def _metrics(
    outcomes: Sequence[Outcome], truths: Labels, confusion: npt.NDArray[np.int64]
) -> Metrics:
    """Return means over the outcomes, which have their true labels in the rows of `truths`."""
    from sklearn import metrics

    classes = range(len(confusion))
    totals = confusion.sum(axis=1)
    tables = [
        (outcome.scores, truth)
        for outcome, truth in zip(outcomes, truths, strict=True)
        if outcome.scores is not None
    ]
    top2 = log = calibration = None
    if tables and len(classes) > 2:
        top2 = np.mean(
            [
                top2_accuracy(each.scores, each.predicted, truth)
                for each, truth in zip(outcomes, truths, strict=True)
                if each.scores is not None
            ]
        )
    if tables and all(outcome.has_probabilities for outcome in outcomes):
        rows = [
            (t.astype(np.float64) / t.sum(axis=1, dtype=np.float64)[:, None], y) for t, y in tables
        ]
        log = np.mean([metrics.log_loss(y, row, labels=classes) for row, y in rows])
        calibration = np.mean([calibration_error(row, y) for row, y in rows])
    return Metrics(
        macro_f1=float(
            np.mean(
                [
                    metrics.f1_score(truth, each.predicted, average="macro")
                    for each, truth in zip(outcomes, truths, strict=True)
                ]
            )
        ),
        per_class_accuracy=tuple(
            float(confusion[k, k] / totals[k]) if totals[k] else None for k in classes
        ),
        top2=None if top2 is None else float(top2),
        log_loss=None if log is None else float(log),
        calibration_error=None if calibration is None else float(calibration),
    )
