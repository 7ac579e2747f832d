"""Samples as a fit takes them: rows, class indices, weights; and the part that is held out."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from data.parameters.rules import whole
from models.errors import ModelError
from models.layers.layer import Array
from models.parameters.rules import check
from models.perceptron.recipe import Recipe
from models.samples.chosen_rows import some_rows
from models.samples.sample_weights import combined_weights
from models.samples.view_rows import check_views

_NEAR = 1e-3
"""How far from 1 the probabilities of a row may be in all."""


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
    n_views : int, default 1
        So many rows that follow one another are views of one thing.
    draws : bool, default False
        An epoch sees one view of each thing, and not all.
    soft : ndarray (n, n_classes) or None, default None
        How probable each class is, in place of the label.
    """

    X: Array
    labels: Array
    weights: Array
    n_views: int = 1
    draws: bool = False
    soft: Array | None = None

    def __len__(self) -> int:
        return len(self.X)

    @property
    def n_drawn_from(self) -> int:
        """Of how many rows that follow one another an epoch sees one."""
        return self.n_views if self.draws else 1

    @property
    def n_seen(self) -> int:
        """How many rows an epoch sees."""
        return len(self.X) // self.n_drawn_from

    def rows(self, chosen: Array) -> Samples:
        """Return some of the samples, by indices or a mask."""
        weights = self.weights[chosen]
        X = some_rows(self.X, chosen)
        soft = None if self.soft is None else self.soft[chosen]
        return replace(self, X=X, labels=self.labels[chosen], weights=weights, soft=soft)

    def seen_as(self, X: Array) -> Samples:
        """Return the samples with other columns."""
        return replace(self, X=X)

    def of_views(self, n_views: int, *, draws: bool) -> Samples:
        """Return the samples as views of things; raise ModelError unless they can be that."""
        check_views(n_views, self.labels, self.weights)
        return replace(self, n_views=n_views, draws=draws)


def checked_n_views(n_views: Any) -> int:
    """Return how many rows are views of one thing, or raise ModelError."""
    return int(check({"n_views": n_views}, {"n_views": whole(1)})["n_views"])


def checked_soft_targets(given: Any, n: int, n_classes: int, dtype: Any) -> Array:
    """Return probabilities of the classes, (n, n_classes), or raise ModelError."""
    soft = np.asarray(given)
    if soft.shape != (n, n_classes) or soft.dtype.kind not in "fiu":
        raise ModelError(
            f"soft_targets must be probabilities of the shape {(n, n_classes)}, a column for each "
            f"class, got {soft.dtype} {soft.shape}"
        )
    soft = soft.astype(dtype)
    if not (soft >= 0).all() or (np.abs(soft.sum(axis=1) - 1) > _NEAR).any():
        raise ModelError("soft_targets must be probabilities: from 0 up, and 1 in each row")
    return soft


def weighted_samples(
    X: Array,
    y: Array,
    classes: Array,
    sample_weight: Any,
    class_weight: Any,
    n_views: int = 1,
    soft_targets: Any = None,
    *,
    draws: bool = False,
    part: bool = False,
) -> Samples:
    """Return labelled rows as samples, without those that weigh nothing.

    So many rows that follow one another are views of one thing. An epoch sees all, or draws one.
    Of a part of all rows, none may be left.
    """
    unknown = np.setdiff1d(y, classes)
    if len(unknown):
        raise ModelError(
            f"`y` has classes not in `self.classes_`. `self.classes_` has {classes}. "
            f"'y' has {unknown}."
        )
    weights = combined_weights(X, y, sample_weight, class_weight, classes, part=part)
    soft = None
    if soft_targets is not None:
        soft = checked_soft_targets(soft_targets, len(y), len(classes), X.dtype)
    samples = Samples(X, np.searchsorted(classes, y), weights, soft=soft)
    if n_views > 1:
        samples = samples.of_views(n_views, draws=draws)
    return samples.rows(weights > 0) if (weights == 0).any() else samples


def parted(
    recipe: Recipe, samples: Samples, n_classes: int, random_state: np.random.RandomState
) -> tuple[Samples, Samples]:
    """Return a stratified split into what is trained on and what is held out.

    All views of a thing are on the same side. What is held out is judged by its labels, also where
    soft targets are learned.
    """
    from sklearn.model_selection import train_test_split  # heavy

    n_views = samples.n_views
    n = len(samples) // n_views
    labels = samples.labels[::n_views]
    n_held = int(np.ceil(recipe.validation_fraction * n))
    if not 2 <= n_held < n:
        raise ModelError(
            f"validation_fraction={recipe.validation_fraction:g} of {n} samples holds out "
            f"{n_held}, and it must be 2 to {n - 1}: give another fraction, or a validation part "
            "(X_val)"
        )
    # Of a class that weighs nothing, no sample is here.
    counts = np.bincount(labels, minlength=n_classes)
    n_there = np.count_nonzero(counts)
    rarest = counts[counts > 0].min(initial=n)
    possible = rarest >= 2 and n_held >= n_there and n - n_held >= n_there
    trained, held = train_test_split(
        np.arange(n),
        test_size=recipe.validation_fraction,
        random_state=random_state,
        stratify=labels if possible else None,
    )
    if n_views > 1:
        trained, held = (
            (part[:, None] * n_views + np.arange(n_views)).ravel() for part in (trained, held)
        )
    return samples.rows(trained), replace(samples.rows(held), soft=None)
