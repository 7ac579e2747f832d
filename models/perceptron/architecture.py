"""From a few words to layers: what `hidden_layer_sizes`, `activation` and the like build."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from models.layers.activations import (
    ELU,
    GELU,
    Identity,
    LeakyReLU,
    Logistic,
    ReLU,
    SiLU,
    Softplus,
    Tanh,
)
from models.layers.dropout import Dropout
from models.layers.initializers import Initializer
from models.layers.layer import Layer
from models.layers.linear import Linear
from models.layers.maxout import Maxout
from models.layers.normalization import BatchNorm, LayerNorm
from models.layers.sequential import Residual

ACTIVATIONS: dict[str, Callable[[], Layer]] = {
    "identity": Identity,
    "logistic": Logistic,
    "tanh": Tanh,
    "relu": ReLU,
    "leaky_relu": LeakyReLU,
    "elu": ELU,
    "gelu": GELU,
    "silu": SiLU,
    "softplus": Softplus,
    "maxout": Maxout,
}

NORMS: dict[str, Callable[[], Layer]] = {"batch": BatchNorm, "layer": LayerNorm}


def perceptron(
    n_in: int,
    hidden_layer_sizes: Sequence[int],
    n_out: int,
    *,
    activation: Callable[[], Layer],
    initializer: Initializer,
    norm: Callable[[], Layer] | None = None,
    residual: bool = False,
    dropout: Sequence[float] = (),
    input_dropout: float = 0.0,
) -> list[Layer]:
    """The layers of a multilayer perceptron.

    Each hidden layer is linear → norm → activation → dropout, the last layer linear alone.

    Parameters
    ----------
    residual
        Put a short cut around every hidden layer as wide as its input.
    dropout
        The rate after each hidden layer.
    """
    layers: list[Layer] = [Dropout(input_dropout)] if input_dropout else []
    width = n_in
    for size, rate in zip(hidden_layer_sizes, dropout, strict=True):
        bend = activation()
        # Maxout takes the largest of several columns, so that many are needed for each unit.
        block: list[Layer] = [Linear(size * getattr(bend, "pieces", 1), initializer)]
        if norm is not None:
            block.append(norm())
        block.append(bend)
        if rate:
            block.append(Dropout(rate))
        layers += [Residual(block)] if residual and size == width else block
        width = size
    return [*layers, Linear(n_out, initializer)]
