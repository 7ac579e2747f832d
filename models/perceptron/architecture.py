"""From a recipe to layers: the network proper, and the weights that it has or is given."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from models.errors import ModelError
from models.layers.dropout import Dropout
from models.layers.initializers import Initializer
from models.layers.layer import Array, Layer, Parameter
from models.layers.linear import Linear
from models.layers.local.locally_connected import LocallyConnected
from models.layers.network import Network
from models.layers.sequential import Residual
from models.perceptron.recipe import Recipe


@dataclass(frozen=True)
class Weights:
    """The parameters of a network as plain arrays, which any file format can hold.

    Attributes
    ----------
    coefs, intercepts : list of ndarray
        Those of the linear layers.
    others : list of ndarray
        Parameters and statistics of all other layers.
    """

    coefs: list[Array]
    intercepts: list[Array]
    others: list[Array]

    @classmethod
    def of(cls, network: Network) -> Weights:
        """Return a copy of a network's parameters; raise ModelError if they are not finite."""
        if not np.isfinite(network.theta).all():
            raise ModelError(
                "Solver produced non-finite parameter weights. The input data may contain large "
                "values and need to be preprocessed: standardize=True, or a lower "
                "learning_rate_init"
            )
        views = {id(p): view for p, view in network.views_of(network.theta.copy())}
        linear, others = _parted(network)
        return cls(
            [views[id(layer.weight)] for layer in linear],
            [views[id(layer.bias)] for layer in linear],
            [views[id(parameter)] for parameter in others],
        )

    def pairs(self, network: Network) -> Iterator[tuple[Parameter, Array]]:
        """Yield each parameter of a network of the same layers, with its array."""
        linear, others = _parted(network)
        yield from zip((layer.weight for layer in linear), self.coefs, strict=True)
        yield from zip((layer.bias for layer in linear), self.intercepts, strict=True)
        yield from zip(others, self.others, strict=True)


def network_of(
    recipe: Recipe,
    n_in: int,
    n_out: int,
    dtype: type,
    initializers: Sequence[Initializer] | None,
    rng: np.random.Generator,
) -> Network:
    """Return the network proper, built for rows of n_in columns, or of the components of these.

    There is an initializer for each linear layer; None leaves the weights to be written later.
    """
    n_in = columns_seen(recipe, n_in)
    if recipe.network is not None:
        return Network(list(recipe.network(n_in, n_out)), n_in, dtype, rng)
    return Network(perceptron(recipe, n_in, n_out, initializers), n_in, dtype, rng)


def columns_seen(recipe: Recipe, n_in: int) -> int:
    """Return how many columns the network proper sees of rows of n_in columns."""
    whitened = recipe.whitened_fields
    n_places = 1 if whitened is None else len(whitened)
    return n_places * recipe.whiten if recipe.whiten else n_in


def shapes(recipe: Recipe, n_in: int, n_out: int) -> list[tuple[int, int]]:
    """Return the shapes of the weights, layer by layer, for rows of n_in columns.

    A sample takes part in a multiplication with each weight once.
    """
    width, found = columns_seen(recipe, n_in), []
    for size, bend, seen in zip(
        recipe.hidden_layer_sizes, recipe.activation, recipe.fields_or_none, strict=True
    ):
        n_fields = 1 if seen is None else len(seen)
        found.append(
            (width if seen is None else n_fields * seen.n_values, size * bend().columns_per_unit)
        )
        width = n_fields * size
    return [*found, (width, n_out)]


def perceptron(
    recipe: Recipe, n_in: int, n_out: int, initializers: Sequence[Initializer] | None
) -> list[Layer]:
    """Return the layers of a multilayer perceptron.

    Each hidden layer is linear → norm → activation → dropout, the last layer linear alone. A
    residual block goes around every hidden layer that is as wide as its input. The first layers
    may have receptive fields.
    """
    sizes = recipe.hidden_layer_sizes
    *first, last = initializers or [write_nothing] * (len(sizes) + 1)
    layers: list[Layer] = [Dropout(recipe.input_dropout)] if recipe.input_dropout else []
    width = n_in
    parts = zip(sizes, recipe.activation, recipe.dropout, first, recipe.fields_or_none, strict=True)
    for size, activation, rate, initializer, seen in parts:
        bend = activation()
        block: list[Layer]
        if seen is None:
            block = [Linear(size * bend.columns_per_unit, initializer)]
        elif bend.columns_per_unit == 1:
            at_once = recipe.gives_weights
            block = [LocallyConnected(size, seen, initializer, at_once=at_once)]
        else:
            raise ModelError(
                "activation takes several columns for a unit, which receptive_fields do not have: "
                'take another than "maxout" for these layers'
            )
        if recipe.norm is not None:
            block.append(recipe.norm())
        block.append(bend)
        if rate:
            block.append(Dropout(rate))
        width, before = size if seen is None else len(seen) * size, width
        layers += [Residual(block)] if recipe.residual and width == before else block
    return [*layers, Linear(n_out, last)]


def check_weights(recipe: Recipe, weights: Weights, n_in: int, n_classes: int) -> None:
    """Raise ModelError unless weights are those of a recipe's network.

    They tell the sizes of its layers, so that no network is built that is larger than they are.
    """
    recipe.check_columns(n_in)
    n_out = recipe.objective(n_classes).n_outputs
    if recipe.network is None:
        wanted = shapes(recipe, n_in, n_out)
        found = [coef.shape for coef in weights.coefs]
        if found != wanted:
            raise ModelError(f"coefs_ must have the shapes {wanted}, got {found}")
    if not weights.coefs:
        raise ModelError("a network has one linear layer or more, got none")
    dtype = weights.coefs[0].dtype.type
    network = network_of(recipe, n_in, n_out, dtype, None, np.random.default_rng(0))
    matched(weights, network)


def matched(weights: Weights, network: Network) -> list[tuple[Parameter, Array]]:
    """Return each parameter of a network with its array; raise ModelError if one has none."""
    try:
        pairs = list(weights.pairs(network))
    except ValueError as error:
        raise ModelError("the weights are of another number of layers") from error
    for parameter, array in pairs:
        if np.shape(array) != parameter.shape:
            raise ModelError(
                f"a layer must have {parameter.shape} parameters, got {np.shape(array)}"
            )
    return pairs


def write_nothing(weight: Array, bias: Array, rng: np.random.Generator) -> None:
    """Leave the weights as they are: they are about to be replaced."""


def _parted(network: Network) -> tuple[list[Linear | LocallyConnected], list[Parameter]]:
    """Return the linear layers, and the parameters of all others."""
    linear = [layer for layer in network.walk() if isinstance(layer, Linear | LocallyConnected)]
    held = {id(p) for layer in linear for p in layer.parameters()}
    return linear, [p for p in network.parameters() if id(p) not in held]
