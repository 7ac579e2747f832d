"""A made-up comparison of 20 cells, 3 seeds and 10 classes, as a run would report it."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.stats import binomtest

from features import Picture
from pipelines.record.predictions import predictions_sha256
from pipelines.record.report import (
    Cell,
    CellCost,
    DatasetSummary,
    Epoch,
    FeatureCost,
    Measurements,
    Metrics,
    Report,
)
from pipelines.record.significance.statistics import STATISTIC, paired_differences
from pipelines.reporting.examples import Examples

FEATURES = {  # name: accuracy with a linear model, dimension, seconds
    "raw": (0.38, 3072, 0.3),
    "color": (0.33, 512, 0.4),
    "hog": (0.52, 324, 0.9),
    "hog+color": (0.585, 836, 1.3),
    "bovw": (0.69, 3200, 31.0),
}
MODELS = {  # name: gain in accuracy, seconds for 1,000 dimensions
    "linear": (0.0, 2.0),
    "mlp": (0.035, 14.0),
    "mlp3": (0.037, 19.0),
    "knn": (-0.09, 0.4),
}
CLASS_NAMES = (
    "airplane",
    "automobile",
    "bird",
    "cat",
    "deer",
    "dog",
    "frog",
    "horse",
    "ship",
    "truck",
)
SEEDS = (0, 1, 2)
FAILED, PENDING = ("raw", "knn"), ("bovw", "knn")


@dataclass(frozen=True)
class MadeUp:
    """A report with what its pictures need."""

    report: Report
    examples: Examples
    labels: np.ndarray
    predictions: dict[tuple[str, str], np.ndarray]


def make(n_test: int = 1000, side: int = 32) -> MadeUp:
    """Make up a comparison on `n_test` images."""
    rng = np.random.default_rng(7)
    n_classes = len(CLASS_NAMES)
    labels = rng.integers(n_classes, size=n_test)
    look_alike = np.array([8, 9, 4, 5, 2, 3, 2, 4, 0, 1])
    ease = rng.normal(size=n_test) + 0.5 * np.isin(labels, [0, 1, 8, 9])
    predictions, confidences, cells, costs = {}, {}, [], []
    for features, (base, dim, _) in FEATURES.items():
        for model, (gain, slope) in MODELS.items():
            name = (features, model)
            common: dict[str, Any] = {
                "features": features,
                "model": model,
                "seeds": SEEDS,
                "n_test": n_test,
            }
            if name == FAILED:
                error = "MemoryError: cannot hold 40000 × 3072 distances of 8 bytes"
                cells.append(Cell(**common, status="failed", error=error))
                continue
            if name == PENDING:
                cells.append(Cell(**common, status="pending"))
                continue
            score = ease + rng.normal(size=(len(SEEDS), n_test))
            right = score > np.quantile(score, 1 - base - gain - 0.004 * rng.normal())
            other = np.where(
                rng.random(right.shape) < 0.5,
                look_alike[labels],
                (labels + rng.integers(1, n_classes, size=right.shape)) % n_classes,
            )
            predicted = np.where(right, labels, other).astype(np.int64)
            predictions[name] = predicted
            confidences[name] = 1 / (1 + np.exp(-np.abs(score[0]) - 0.3)) * 0.99
            cells.append(_cell(common, predicted, labels, dim, model, rng))
            for seed in SEEDS:
                fit_s = slope * dim / 1000 * (1 + 0.1 * rng.random())
                costs.append(
                    CellCost(
                        features=features,
                        model=model,
                        seed=seed,
                        choose_s=1.8 * fit_s,
                        fit_s=fit_s,
                        predict_s=0.02 * dim / 1000 + (model == "knn") * 4,
                    )
                )
    report = Report(
        preconv="0.1.0",
        title="Classic features and four classifiers on made-up images",
        dataset=DatasetSummary(
            name="made-up",
            sha256=_sha("made-up"),
            n_train=4000,
            n_test=n_test,
            image_shape=(side, side, 3),
            class_names=CLASS_NAMES,
        ),
        spec=_spec(),
        environment={
            "python": "3.12.4",
            "platform": "Linux x86_64",
            "cpu": "2 cores, AVX2",
            "numpy": "2.4.6",
            "scipy": "1.17.1",
            "scikit-learn": "1.9.1",
        },
        cells=tuple(cells),
        pairs_statistic=STATISTIC,
        pairs=paired_differences(predictions, labels, n_resamples=400),
        measurements=Measurements(
            started="2026-01-15T09:30:00+00:00",
            total_s=812.4,
            peak_memory_bytes=1_910_000_000,
            features=tuple(
                FeatureCost(
                    features=features,
                    seed=seed,
                    fit_s=0.6 * seconds,
                    transform_train_s=0.32 * seconds,
                    transform_test_s=0.08 * seconds,
                )
                for features, (_, _, seconds) in FEATURES.items()
                for seed in SEEDS
            ),
            cells=tuple(costs),
        ),
    )
    images = _images(rng, labels, side)
    examples = Examples(
        images=images,
        labels=labels,
        predictions={name: p[0] for name, p in predictions.items()},
        confidences={n: c for n, c in confidences.items() if n[1] != "knn"},
        feature_pictures={
            "raw": [Picture("the image itself", images[i]) for i in range(4)],
            "hog": [Picture("edges", 255 - images[i, :, :, 0]) for i in range(4)],
            "bovw": [Picture("the codebook", rng.integers(0, 256, (48, 96, 3), np.uint8))],
        },
    )
    return MadeUp(report, examples, labels, predictions)


def _cell(
    common: dict[str, Any],
    predicted: np.ndarray,
    labels: np.ndarray,
    dim: int,
    model: str,
    rng: np.random.Generator,
) -> Cell:
    right = predicted == labels
    n_classes, n_test = len(CLASS_NAMES), len(labels)
    per_seed = right.mean(axis=1)
    interval = binomtest(round(per_seed.mean() * n_test), n_test).proportion_ci(method="wilson")
    confusion = np.zeros((n_classes, n_classes), dtype=int)
    for row in predicted:
        np.add.at(confusion, (labels, row), 1)
    per_class = confusion.diagonal() / confusion.sum(axis=1)
    smooth = model in ("linear", "mlp", "mlp3")
    return Cell(
        **common,
        status="done",
        n_correct=tuple(right.sum(axis=1).tolist()),
        accuracy=float(per_seed.mean()),
        accuracy_std=float(per_seed.std(ddof=1)),
        ci95=(interval.low, interval.high),
        predictions_sha256=tuple(map(predictions_sha256, predicted)),
        dim=dim,
        chosen=tuple({"alpha": 10.0 ** int(rng.integers(-4, -1))} for _ in SEEDS)
        if smooth
        else tuple({"n_neighbors": 15} for _ in SEEDS),
        validation_accuracy=tuple(min(1.0, a + 0.01) for a in per_seed.tolist()),
        metrics=Metrics(
            macro_f1=float(per_class.mean()),
            per_class_accuracy=tuple(per_class.tolist()),
            top2=float(min(1, per_seed.mean() + 0.15)),
            log_loss=1.3 if smooth else None,
            calibration_error=0.04 if smooth else None,
        ),
        confusion=tuple(map(tuple, confusion.tolist())),
        learning_curves=tuple(
            _curve(rng, float(a), n) for a, n in zip(per_seed, (38, 45, 41), strict=True)
        )
        if model.startswith("mlp")
        else (),
    )


def _curve(rng: np.random.Generator, accuracy: float, n_epochs: int) -> tuple[Epoch, ...]:
    epochs = []
    for epoch in range(1, n_epochs + 1):
        rise = 1 - np.exp(-epoch / 9)
        noise = 0.006 * rng.normal()
        epochs.append(
            Epoch(
                epoch=epoch,
                loss=2.3 * float(np.exp(-epoch / 14)) + 0.35,
                score=min(1.0, 0.1 + (accuracy + 0.12) * rise),
                val_loss=2.3 * float(np.exp(-epoch / 10)) + 0.8 + 0.006 * epoch,
                val_score=0.1 + (accuracy - 0.1) * rise + noise,
            )
        )
    return tuple(epochs)


def _spec() -> dict[str, Any]:
    return {
        "schema": 1,
        "title": "Classic features and four classifiers on made-up images",
        "data": "builtin",
        "seeds": list(SEEDS),
        "features": {
            "raw": {"extractor": "RawPixels"},
            "color": {"extractor": "ColorHistogram", "bins": 8},
            "hog": {"extractor": "HOG", "pixels_per_cell": [8, 8]},
            "hog+color": {"union": ["hog", "color"]},
            "bovw": {"extractor": "BagOfVisualWords", "n_words": 800, "encoding": "triangle"},
        },
        "models": {
            "linear": {
                "classifier": "LinearClassifier",
                "standardize": True,
                "choose": {"alpha": [1e-4, 1e-3, 1e-2]},
            },
            "mlp": {"classifier": "MLPClassifier", "hidden_layer_sizes": [512]},
            "mlp3": {"classifier": "MLPClassifier", "hidden_layer_sizes": [512, 256]},
            "knn": {"classifier": "KNeighborsClassifier", "choose": {"n_neighbors": [5, 15]}},
        },
    }


def _images(rng: np.random.Generator, labels: np.ndarray, side: int) -> np.ndarray:
    """Blobs on a ground that changes smoothly, in the colours of their class."""
    y, x = np.mgrid[0:side, 0:side] / side
    n = len(labels)
    ground = rng.uniform(40, 215, (n, 1, 1, 3)) + 60 * (x * rng.normal(size=(n, 1, 1)))[..., None]
    centre, size = rng.uniform(0.3, 0.7, (n, 2, 1, 1)), rng.uniform(0.1, 0.35, (n, 1, 1))
    lobes = 1 + 0.4 * np.cos((labels[:, None, None] + 1) * np.arctan2(y - 0.5, x - 0.5))
    inside = np.hypot(x - centre[:, 0], y - centre[:, 1]) < size * lobes
    hue = rng.uniform(0, 255, (len(CLASS_NAMES), 3))[labels][:, None, None]
    images = np.where(inside[..., None], hue, ground) + rng.normal(0, 8, (n, side, side, 3))
    pixels: np.ndarray = np.clip(images, 0, 255).astype(np.uint8)
    return pixels


def _sha(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
