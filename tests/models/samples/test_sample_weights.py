"""Weights of classes are looked up by label, whatever type it has."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.utils.class_weight import compute_sample_weight

from models import MLPClassifier, ModelError
from models.perceptron import preparation
from models.perceptron.samples import parted
from models.samples.sample_weights import combined_weights, shares


def test_they_are_those_of_scikit_learn() -> None:
    y = np.array([3, 1, 3, 2])
    for class_weight in ({3: 2.0}, {1: 0.0, 2: 3.0, 3: 1.5}, {3: 1, 1: 1, 2: 1, 9: 4}):
        expected = compute_sample_weight(class_weight, y)
        np.testing.assert_array_equal(combined_weights(y, y, None, class_weight), expected)


@pytest.mark.parametrize("names", [["0", "1"], ["00003", "00012"], [False, True]])
def test_labels_that_look_like_numbers(names: list[object]) -> None:
    y = np.array(names * 4)
    weights = combined_weights(y, y, None, {names[0]: 3.0, names[1]: 1.0})
    np.testing.assert_array_equal(weights, [3.0, 1.0] * 4)


def test_weights_that_cannot_be_summed_are_refused() -> None:
    y = np.array([0, 1] * 5)
    with pytest.raises(ModelError, match="too large: their sum is no finite number"):
        shares(y, y, np.full(10, 1e308), None)


def test_a_class_without_weight_leaves_the_others_stratified() -> None:
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1, 2], [40, 38, 2])
    X = rng.normal(size=(80, 3))
    net = MLPClassifier((4,), early_stopping=True, class_weight={0: 0}, validation_fraction=0.5)
    net.set_params(max_iter=2, n_iter_no_change=2, random_state=0)
    # Of the rarest class, one of its two samples is held out, whichever random state there is.
    for seed in range(5):
        parts = held_out_labels(net.set_params(random_state=seed), X, y)
        assert sorted(parts) == [1] * 19 + [2]


def held_out_labels(net: MLPClassifier, X: np.ndarray, y: np.ndarray) -> list[int]:
    seen: list[int] = []

    def watched(*given: object) -> object:
        trained, held = parted(*given)  # type: ignore[arg-type]
        seen.extend(held.labels.tolist())
        return trained, held

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(preparation, "parted", watched)
        net.fit(X, y)
    return seen
