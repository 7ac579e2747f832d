"""What the set teaches: the default features rank on it as they do on CIFAR-10."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import pytest
from numpy.typing import NDArray
from sklearn.model_selection import train_test_split
from threadpoolctl import threadpool_limits

from data import Dataset
from data.builtin import SHIPPED_SEED, generate
from features import HOG, BagOfVisualWords, ColorHistogram, RawPixels
from models import LinearClassifier, MLPClassifier

RANKING = ["color", "raw", "hog", "hog+color", "bovw"]
FRESH_SEEDS = [1, 2, 3]
LEAST_GAP = 0.02

Matrix = NDArray[np.float32]


def extracted(dataset: Dataset, words: BagOfVisualWords) -> dict[str, tuple[Matrix, Matrix]]:
    """Training and test features, by the names of the ranking."""
    extractors = {"color": ColorHistogram(), "raw": RawPixels(), "hog": HOG(), "bovw": words}
    pairs = {
        name: (
            extractor.fit_transform(dataset.images_train),
            extractor.transform(dataset.images_test),
        )
        for name, extractor in extractors.items()
    }
    side_by_side = zip(pairs["hog"], pairs["color"], strict=True)
    train, test = (np.ascontiguousarray(np.hstack(both)) for both in side_by_side)
    return pairs | {"hog+color": (train, test)}


def linear(alpha: float) -> LinearClassifier:
    return LinearClassifier(alpha=alpha, standardize=True)


def chosen_alpha(features: Matrix, labels: NDArray[np.int64], alphas: Sequence[float]) -> float:
    """The best on a stratified tenth of the training images."""
    fit, check = train_test_split(
        np.arange(len(labels)), test_size=0.1, stratify=labels, random_state=0
    )
    scores = [
        linear(alpha).fit(features[fit], labels[fit]).score(features[check], labels[check])
        for alpha in alphas
    ]
    return alphas[int(np.argmax(scores))]


def assert_ranked(accuracy: dict[str, float]) -> None:
    for lower, higher in pairwise(RANKING):
        assert accuracy[higher] > accuracy[lower] + LEAST_GAP, accuracy


@pytest.mark.slow
def test_a_part_of_the_shipped_set_and_few_words_rank_the_same() -> None:
    dataset = generate(n_train=2500)
    words = BagOfVisualWords(n_words=250, n_samples=20_000, n_iterations=10, random_state=0)
    alphas = {"color": 0.1, "raw": 0.3, "hog": 0.1, "hog+color": 0.1, "bovw": 0.03}
    with threadpool_limits(2):
        accuracy = {
            name: linear(alphas[name])
            .fit(train, dataset.labels_train)
            .score(test, dataset.labels_test)
            for name, (train, test) in extracted(dataset, words).items()
        }
    assert_ranked(accuracy)
    assert accuracy["raw"] < 0.6
    assert 0.75 < accuracy["bovw"] < 0.97


@pytest.mark.slow
@pytest.mark.parametrize("seed", [SHIPPED_SEED, *FRESH_SEEDS])
def test_whole_sets_rank_the_features_as_cifar10_does(seed: int) -> None:
    dataset = generate(seed=seed)
    linear_accuracy, network_accuracy = {}, {}
    with threadpool_limits(2):
        features = extracted(dataset, BagOfVisualWords(n_words=400, random_state=0))
        for name, (train, test) in features.items():
            alpha = chosen_alpha(train, dataset.labels_train, [0.01, 0.1, 1.0])
            linear_accuracy[name] = (
                linear(alpha).fit(train, dataset.labels_train).score(test, dataset.labels_test)
            )
            network = MLPClassifier(
                (256,),
                alpha=0.01,
                dropout=0.5,
                early_stopping=True,
                max_iter=60,
                standardize=True,
                random_state=0,
            )
            network.fit(train, dataset.labels_train)
            network_accuracy[name] = network.score(test, dataset.labels_test)
    assert_ranked(linear_accuracy)
    assert linear_accuracy["raw"] < 0.6
    best = max(*linear_accuracy.values(), *network_accuracy.values())
    assert 0.75 < best < 0.97
    assert 0.75 < network_accuracy["bovw"] < 0.97
    # Animals and vehicles that face either way: one template cannot serve both, two units can.
    assert network_accuracy["raw"] > linear_accuracy["raw"]
    assert network_accuracy["hog"] > linear_accuracy["hog"] + 0.05
