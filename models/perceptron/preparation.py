"""What a fit begins with: a network, and the samples as the network will see them."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
from sklearn.utils import check_random_state

from models.errors import ModelError
from models.layers.layer import Array
from models.layers.network import Network
from models.losses.names import Objective
from models.losses.targets import columns_of_probabilities, one_hot
from models.perceptron.architecture import matched, network_of
from models.perceptron.front import Front, measure_front
from models.perceptron.recipe import Recipe
from models.perceptron.record import Record
from models.perceptron.samples import Samples, parted
from models.training.loop import TrainingState, first_state

NOTHING = Front()
"""What stands before a network that sees its samples as they are."""


@dataclass(frozen=True)
class Preparation:
    """A network ahead of its first step, and what it learns from.

    Attributes
    ----------
    recipe : Recipe
        What was asked for.
    start : Record or None
        The record of the fit that this one goes on from.
    classes : ndarray (n_classes,)
        The labels that stand for the class indices.
    network, objective : Network, Objective
        What learns, and its loss.
    random_state : RandomState
        Draws the first weights, the part that is held out and the order of samples.
    rng : Generator
        Draws all else.
    samples, held_out : Samples, Samples or None
        What is learned from, and what each epoch is measured on.
    front : Front
        What stands before the network.
    """

    recipe: Recipe
    start: Record | None
    classes: Array
    network: Network
    objective: Objective
    random_state: np.random.RandomState
    rng: np.random.Generator
    samples: Samples
    held_out: Samples | None = None
    front: Front = NOTHING

    def split(self) -> Self:
        """Hold out a part of the samples, where early stopping needs one and none was given."""
        if self.held_out is not None or not self.recipe.early_stopping:
            return self
        n_classes = len(self.classes)
        trained, held_out = parted(self.recipe, self.samples, n_classes, self.random_state)
        return replace(self, samples=trained, held_out=held_out)

    def fronted(self) -> Self:
        """Measure what stands before the network on the samples, unless an earlier fit has.

        Whitening is then done once for all epochs, except for images, which are augmented first.
        """
        samples, held_out = self.samples, self.held_out
        if self.start is not None:
            self.start.check_front(self.recipe)
            front = self.start.front(self.recipe)
        else:
            front = measure_front(self.recipe, samples.X, samples.weights)
        if self._is_whitened_before:
            samples = samples.seen_as(front.applied(samples.X))
            if held_out is not None:
                held_out = held_out.seen_as(front.applied(held_out.X))
        else:
            self.network.layers[:0] = front.layers()
        return replace(self, front=front, samples=samples, held_out=held_out)

    def again(self, random_state: np.random.RandomState) -> Self:
        """Return the same, fronted, with a network of other first weights and other draws."""
        rng, first = generator_beside(random_state), self.recipe.initializers(random_state)
        n_in, dtype = self.samples.X.shape[1], self.network.dtype.type
        network = network_of(self.recipe, n_in, self.network.n_out, dtype, first, rng)
        if not self._is_whitened_before:
            network.layers[:0] = self.front.layers()
        objective = self.recipe.objective(len(self.classes))
        return replace(
            self, network=network, objective=objective, random_state=random_state, rng=rng
        )

    @property
    def _is_whitened_before(self) -> bool:
        """Whether samples are whitened once, before all epochs."""
        return bool(self.recipe.whiten) and self.recipe.image_shape is None

    def first_state(self) -> TrainingState:
        """Return the state before the first step."""
        averaged = self.recipe.average_decay > 0
        optimizer = self.recipe.optimizer()
        return first_state(self.network, optimizer, self.rng, self.random_state, averaged=averaged)

    def targets(self, samples: Samples) -> Array:
        """Return the columns that the outputs are compared with."""
        if samples.soft is not None:
            return columns_of_probabilities(samples.soft, self.network.n_out)
        return one_hot(samples.labels, self.network.n_out, self.network.dtype)


def prepare(
    recipe: Recipe,
    classes: Array,
    samples: Samples,
    held_out: Samples | None = None,
    start: Record | None = None,
) -> Preparation:
    """Build the network, with its first weights or those of an earlier fit."""
    n_in, dtype = samples.X.shape[1], samples.X.dtype.type
    recipe.check_columns(n_in)
    random_state = check_random_state(recipe.random_state)
    rng = generator_beside(random_state)
    objective = recipe.objective(len(classes))
    if not objective.loss.weighs and (samples.weights != samples.weights[0]).any():
        raise ModelError(
            f"{type(objective.loss).__name__} counts all rows alike: leave sample_weight and "
            "class_weight, or take another loss"
        )
    first = recipe.initializers(random_state) if start is None else None
    network = network_of(recipe, n_in, objective.n_outputs, dtype, first, rng)
    if start is not None:
        try:
            pairs = matched(start.weights, network)
        except ModelError as error:
            raise ModelError(
                f"{error}: go on with the layers of the last fit, or begin anew by fit with "
                "warm_start=False"
            ) from error
        for parameter, array in pairs:
            parameter.value[:] = array
    return Preparation(
        recipe, start, classes, network, objective, random_state, rng, samples, held_out
    )


def generator_beside(random_state: np.random.RandomState) -> np.random.Generator:
    """Return a generator that draws nothing from the RandomState it is seeded by.

    So that dropout or augmentation change neither the first weights nor the order of samples.
    """
    twin = np.random.RandomState()
    twin.set_state(random_state.get_state())
    return np.random.default_rng(twin.randint(0, 2**32, size=4, dtype=np.uint64).tolist())
