"""Samples as a fit takes them: rows, class indices, weights; and the part that is held out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from models.chosen_rows import some_rows
from models.errors import ModelError
from models.layers.layer import Array
from models.perceptron.recipe import Recipe
from models.sample_weights import combined_weights


@dataclass(frozen=True)
class Samples:
    """What is learned from, or measured on.

    Attributes
    ----------
    X : ndarray or ChosenRows (n, n_in)
    labels : ndarray (n,)
        Class indices.
    weights : ndarray (n,)
        How much each row counts.
    """

    X: Array
    labels: Array
    weights: Array

    def __len__(self) -> int:
        return len(self.X)

    def rows(self, chosen: Array) -> Samples:
        """Return some of the samples, by indices or a mask."""
        return Samples(some_rows(self.X, chosen), self.labels[chosen], self.weights[chosen])

    def seen_as(self, X: Array) -> Samples:
        """Return the samples with other columns."""
        return Samples(X, self.labels, self.weights)


def weighted_samples(
    X: Array, y: Array, classes: Array, sample_weight: Any, class_weight: Any
) -> Samples:
    """Return labelled rows as samples, without those that weigh nothing."""
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ModelError(
            f"`y` has classes not in `self.classes_`. `self.classes_` has {classes}. "
            f"'y' has {unknown}."
        )
    weights = combined_weights(X, y, sample_weight, class_weight)
    samples = Samples(X, np.searchsorted(classes, y), weights)
    return samples.rows(weights > 0) if (weights == 0).any() else samples


def parted(
    recipe: Recipe, samples: Samples, n_classes: int, random_state: np.random.RandomState
) -> tuple[Samples, Samples]:
    """Return a stratified split into what is trained on and what is held out."""
    from sklearn.model_selection import train_test_split  # heavy

    n = len(samples)
    n_held = int(np.ceil(recipe.validation_fraction * n))
    rarest = np.bincount(samples.labels).min(initial=n)
    possible = rarest >= 2 and n_held >= n_classes and n - n_held >= n_classes
    trained, held = train_test_split(
        np.arange(n),
        test_size=recipe.validation_fraction,
        random_state=random_state,
        stratify=samples.labels if possible else None,
    )
    if len(held) < 2:
        raise ModelError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    return samples.rows(trained), samples.rows(held)
