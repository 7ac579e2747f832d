"""The activations, normalisations and first weights that have a name."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from models.layers.functions.activations import (
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
from models.layers.functions.maxout import Maxout
from models.layers.initializers import (
    GLOROT,
    Initializer,
    glorot_uniform,
    he_normal,
    orthogonal,
    scikit_learn,
)
from models.layers.layer import Layer
from models.layers.normalization import BatchNorm, LayerNorm
from models.names import Named


@dataclass(frozen=True, kw_only=True)
class NamedActivation(Named[Layer]):
    """An activation, and how wide scikit-learn draws the weights ahead of it.

    Parameters
    ----------
    width : float
        c of the bound √(c / (n_in + n_out)) on the first weights.
    """

    width: float = GLOROT


ACTIVATIONS: dict[str, NamedActivation] = {
    "identity": NamedActivation(Identity),
    "logistic": NamedActivation(Logistic, width=2.0),
    "tanh": NamedActivation(Tanh),
    "relu": NamedActivation(ReLU),
    "leaky_relu": NamedActivation(LeakyReLU, keeps=("negative_slope",)),
    "elu": NamedActivation(ELU, keeps=("alpha",)),
    "gelu": NamedActivation(GELU),
    "silu": NamedActivation(SiLU),
    "softplus": NamedActivation(Softplus),
    "maxout": NamedActivation(Maxout, keeps=("pieces",)),
}

NORMS: dict[str, Named[Layer]] = {
    "batch": Named(BatchNorm, keeps=("momentum", "epsilon")),
    "layer": Named(LayerNorm, keeps=("epsilon",)),
}

INITIALIZERS: dict[str, Callable[[np.random.RandomState, float], Initializer]] = {
    "scikit-learn": scikit_learn,
    "glorot": lambda random_state, width: glorot_uniform,
    "he": lambda random_state, width: he_normal,
    "orthogonal": lambda random_state, width: orthogonal,
}
"""Each makes an initializer, for a source of chance and the width that the activation asks for."""
