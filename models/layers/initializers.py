"""First weights: how large they are decides whether signals survive the depth of a network."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array

Initializer: TypeAlias = Callable[[Array, Array, np.random.Generator], None]
"""Writes a linear layer's weight (n_in, n_out) and bias (n_out,) in place."""

GLOROT = 6.0
"""c of Glorot's bound √(c / (n_in + n_out)), of a law with the variance 2 / (n_in + n_out)."""


def glorot_uniform(weight: Array, bias: Array, rng: np.random.Generator) -> None:
    r"""Write weights uniform in :math:`\pm\sqrt{6/(n_{in}+n_{out})}` and biases of zero.

    A sum of n_in terms multiplies the variance of a signal by n_in·Var(W), and on the way back
    that of a gradient by n_out·Var(W). The mean of the two is one for this width. This is also
    called Xavier initialisation. (Glorot and Bengio 2010, eq. 16.)
    """
    bound = np.sqrt(GLOROT / sum(weight.shape))
    weight[:] = rng.uniform(-bound, bound, weight.shape)
    bias[:] = 0.0


def he_normal(weight: Array, bias: Array, rng: np.random.Generator) -> None:
    r"""Write normal weights with variance :math:`2/n_{in}` and biases of zero.

    A ReLU halves the variance of a signal; the 2 makes up for it.
    (He, Zhang, Ren and Sun 2015, eq. 10.)
    """
    weight[:] = rng.normal(0.0, np.sqrt(2.0 / weight.shape[0]), weight.shape)
    bias[:] = 0.0


def orthogonal(weight: Array, bias: Array, rng: np.random.Generator) -> None:
    """Write weights with orthonormal rows or columns and biases of zero.

    No direction of a signal grows or fades with depth. The weights are the Q of a normal matrix,
    with the signs that make it uniform over rotations.
    (Saxe, McClelland and Ganguli 2014.)
    """
    n_in, n_out = weight.shape
    q, r = np.linalg.qr(rng.normal(size=(max(n_in, n_out), min(n_in, n_out))))
    q *= np.sign(np.diag(r))
    weight[:] = q if n_in >= n_out else q.T
    bias[:] = 0.0


def scikit_learn(random_state: np.random.RandomState, width: float = GLOROT) -> Initializer:
    r"""Return the draws of scikit-learn's networks: one seed gives both the same first weights.

    They are uniform in :math:`\pm\sqrt{c/(n_{in}+n_{out})}`, biases too. scikit-learn takes c = 2
    ahead of a logistic activation and Glorot's 6 ahead of all others.
    """

    def initialize(weight: Array, bias: Array, rng: np.random.Generator) -> None:
        bound = np.sqrt(width / sum(weight.shape))
        weight[:] = random_state.uniform(-bound, bound, weight.shape)
        bias[:] = random_state.uniform(-bound, bound, bias.shape)

    return initialize


def given(coefs: Sequence[Array], intercepts: Sequence[Array]) -> Initializer:
    """Return what writes exactly these weights and biases, a pair for each linear layer in turn."""
    pairs = iter(list(zip(coefs, intercepts, strict=True)))

    def initialize(weight: Array, bias: Array, rng: np.random.Generator) -> None:
        coef, intercept = (np.asarray(array) for array in next(pairs, ((), ())))
        if coef.shape != weight.shape or intercept.shape != bias.shape:
            raise ModelError(
                f"the given weights must have the shapes {weight.shape} and {bias.shape}, "
                f"got {coef.shape} and {intercept.shape}"
            )
        weight[:], bias[:] = coef, intercept

    return initialize
