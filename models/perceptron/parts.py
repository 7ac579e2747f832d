"""From MLPClassifier's parameters to the parts that train: network, loss, optimiser, schedule."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from models.layers.initializers import INITIALIZERS, Initializer, given, scikit_learn
from models.layers.layer import Array, Layer
from models.layers.linear import Linear
from models.layers.network import Network
from models.layers.standardize import Standardize, column_statistics
from models.layers.whiten import Whiten, whitening_matrix
from models.losses import LOSSES, LogisticCrossEntropy, Loss
from models.optimization.optimizers import OPTIMIZERS, Adam, Lion, Momentum, Optimizer, RMSProp
from models.optimization.schedules import (
    Constant,
    Cosine,
    InverseScaling,
    OneCycle,
    Recorded,
    Schedule,
    Step,
)
from models.perceptron.architecture import ACTIVATIONS, NORMS, perceptron
from models.training.augmentation import Augmentation
from models.training.loop import Settings

if TYPE_CHECKING:
    from models.mlp_classifier import MLPClassifier


def build_network(
    net: MLPClassifier,
    n_in: int,
    dtype: type,
    random_state: np.random.RandomState,
    rng: np.random.Generator,
    *,
    go_on: bool,
) -> Network:
    """The network with its first weights, or to go on those of the last fit."""
    initializer = _leave if go_on else _initializer(net, random_state)
    network = Network(layers_of(net, n_in, initializer), n_in, dtype, rng)
    if go_on:
        for parameter, array in _pairs(net, network):
            parameter.value[:] = array
    return network


def layers_of(net: MLPClassifier, n_in: int, initializer: Initializer) -> list[Layer]:
    """The layers, unbuilt."""
    cross_entropy = net.loss == "cross_entropy"
    n_out = 1 if cross_entropy and len(net.classes_) == 2 else len(net.classes_)
    net.n_outputs_ = n_out
    net.out_activation_ = ("logistic" if n_out == 1 else "softmax") if cross_entropy else "identity"
    layers = front_of(net, n_in)
    n_in = net.whiten or n_in
    if net.network is not None:
        return [*layers, *net.network(n_in, n_out)]
    sizes = net.hidden_layer_sizes
    sizes = list(sizes) if hasattr(sizes, "__iter__") else [sizes]
    dropout = net.dropout if hasattr(net.dropout, "__len__") else [net.dropout] * len(sizes)
    if len(dropout) != len(sizes):
        raise ValueError(
            f"dropout must be one rate or one for each of the {len(sizes)} hidden layers, "
            f"got {net.dropout!r}"
        )
    return layers + perceptron(
        n_in,
        sizes,
        n_out,
        activation=ACTIVATIONS.get(net.activation, net.activation),
        initializer=initializer,
        norm=NORMS.get(net.norm, net.norm),
        residual=net.residual,
        dropout=dropout,
        input_dropout=net.input_dropout,
    )


def front_of(net: MLPClassifier, n_in: int) -> list[Layer]:
    """What is fixed before the network begins, with the figures found so far, if any."""
    front: list[Layer] = []
    if net.standardize or net.whiten:
        mean = getattr(net, "input_mean_", np.zeros(n_in))
        front.append(Standardize(mean, getattr(net, "input_scale_", np.ones(n_in))))
    if net.whiten:
        if net.whiten > n_in:
            raise ValueError(f"whiten is {net.whiten} components, but X has only {n_in} columns")
        blank = np.zeros((n_in, net.whiten), np.float32)
        front.append(Whiten(getattr(net, "input_components_", blank)))
    return front


def fit_front(net: MLPClassifier, network: Network, X: Array, weights: Array) -> None:
    """Find the figures of what comes before the network, and set them."""
    if net.standardize or net.whiten:
        net.input_mean_, net.input_scale_ = column_statistics(X, weights)
    if net.whiten:
        net.input_components_ = whitening_matrix(
            X,
            net.input_mean_,
            net.input_scale_,
            net.whiten,
            weights,
            epsilon=net.whiten_epsilon,
        )
    front = front_of(net, X.shape[1])
    network.layers[: len(front)] = front


def through_front(net: MLPClassifier, X: Array) -> Array:
    """What the network proper sees of X (n, d), in one array."""
    n_in, nothing_random = X.shape[1], np.random.default_rng(0)
    return Network(front_of(net, n_in), n_in, X.dtype.type, nothing_random).scores(X)


def loss_of(net: MLPClassifier) -> Loss:
    """A loss of its own for this fit: losses hold the batch between forward and backward."""
    if isinstance(net.loss, Loss):
        return copy.deepcopy(net.loss)
    if net.loss == "cross_entropy" and len(net.classes_) == 2:
        return LogisticCrossEntropy()
    return LOSSES[net.loss]()


def optimizer_of(net: MLPClassifier) -> Optimizer:
    """The optimiser with the parameters that concern it."""
    if isinstance(net.solver, Optimizer):
        return net.solver
    kind = OPTIMIZERS[net.solver]
    own: dict[str, Any] = {}
    if issubclass(kind, Adam):
        own = {"beta_1": net.beta_1, "beta_2": net.beta_2, "epsilon": net.epsilon}
    elif issubclass(kind, Lion):
        own = {"beta_1": net.beta_1, "beta_2": net.beta_2}
    elif issubclass(kind, RMSProp):
        own = {"decay": net.beta_1, "epsilon": net.epsilon}
    elif issubclass(kind, Momentum):
        own = {"momentum": net.momentum, "nesterov": net.nesterovs_momentum}
    if net.weight_decay is not None:
        own["weight_decay"] = net.weight_decay
    return kind(**own)


def settings_of(net: MLPClassifier, n_samples: int, n_epochs: int) -> Settings:
    """How long and how fast to train."""
    schedules: dict[str, Schedule] = {
        "constant": Constant(),
        "adaptive": Constant(),
        "invscaling": InverseScaling(n_samples, net.power_t) if net.solver == "sgd" else Constant(),
        "step": Step(),
        "cosine": Cosine(net.warmup_epochs),
        "one-cycle": OneCycle(),
    }
    if isinstance(net.learning_rate, str):
        schedule = schedules[net.learning_rate]
    elif callable(net.learning_rate):
        schedule = net.learning_rate
    else:
        schedule = Recorded(tuple(net.learning_rate))
    return Settings(
        n_epochs=n_epochs,
        learning_rate=net.learning_rate_init,
        schedule=schedule,
        l2=net.alpha,
        clip_norm=net.clip_norm,
        average_decay=net.average_decay,
        gradient_penalty=net.gradient_penalty,
        shuffle=net.shuffle,
        schedule_epochs=net.schedule_epochs or net.max_iter,
    )


def augmentation_of(net: MLPClassifier, X: Array) -> Augmentation | None:
    """What happens to training images; a cutout hides pixels under the mean colour."""
    if net.image_shape is None:
        return None
    height, width, channels = net.image_shape
    if X.shape[1] != height * width * channels:
        raise ValueError(
            f"image_shape {tuple(net.image_shape)} is {height * width * channels} values, "
            f"but X has {X.shape[1]} columns"
        )
    if not net.augment:
        return None
    fill = column_statistics(X)[0].reshape(-1, channels).mean(axis=0)
    return replace(Augmentation.from_mapping(net.image_shape, net.augment), fill=fill)


def generator_beside(random_state: np.random.RandomState) -> np.random.Generator:
    """A generator for masks and views that draws nothing from the RandomState it is seeded by.

    So that dropout or augmentation change neither the first weights nor the order of samples.
    """
    twin = np.random.RandomState()
    twin.set_state(random_state.get_state())
    return np.random.default_rng(twin.randint(0, 2**32, size=4, dtype=np.uint64).tolist())


def remember(net: MLPClassifier, network: Network) -> None:
    """Keep a fitted network as plain arrays, which any format can hold."""
    if not np.isfinite(network.theta).all():
        raise ValueError(
            "Solver produced non-finite parameter weights. The input data may contain large "
            "values and need to be preprocessed: standardize=True, or a lower learning_rate_init"
        )
    theta = network.theta.copy()
    linear = [layer for layer in network.walk() if isinstance(layer, Linear)]
    views = {id(p): view for p, view in network.views_of(theta)}
    net.coefs_ = [views[id(layer.weight)] for layer in linear]
    net.intercepts_ = [views[id(layer.bias)] for layer in linear]
    held = {id(p) for layer in linear for p in layer.parameters()}
    net.layer_parameters_ = [views[id(p)] for p in network.parameters() if id(p) not in held]
    net.n_layers_ = len(linear) + 1


def fitted_network(net: MLPClassifier) -> Network:
    """A network for prediction. It is built anew, so that threads can predict side by side."""
    dtype = net.coefs_[0].dtype.type
    blank: Initializer = _leave
    network = Network(
        layers_of(net, net.n_features_in_, blank),
        net.n_features_in_,
        dtype,
        np.random.default_rng(0),
    )
    for parameter, array in _pairs(net, network):
        parameter.value = np.asarray(array)
    return network


def _pairs(net: MLPClassifier, network: Network) -> Iterator[tuple[Any, Array]]:
    linear = [layer for layer in network.walk() if isinstance(layer, Linear)]
    held = {id(p) for layer in linear for p in layer.parameters()}
    others = [p for p in network.parameters() if id(p) not in held]
    yield from zip((layer.weight for layer in linear), net.coefs_, strict=True)
    yield from zip((layer.bias for layer in linear), net.intercepts_, strict=True)
    yield from zip(others, net.layer_parameters_, strict=True)


def _leave(weight: Array, bias: Array, rng: np.random.Generator) -> None:
    """Write nothing: the weights are about to be replaced."""


def _initializer(net: MLPClassifier, random_state: np.random.RandomState) -> Initializer:
    if net.initialization == "scikit-learn":
        return scikit_learn(net.activation, random_state)
    if isinstance(net.initialization, str):
        return INITIALIZERS[net.initialization]
    return net.initialization if callable(net.initialization) else given(*net.initialization)
