"""Optimisers: what to do with a gradient. They keep no state; the caller gives it to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from models.layers.layer import Array
from models.optimization.optimizer import Optimizer


@dataclass(frozen=True)
class Momentum(Optimizer):
    """Gradient descent with a velocity: v ← μ v − η g, θ ← θ + v.

    With ``nesterov`` the step goes ahead along the new velocity: θ ← θ + μ v − η g.

    Parameters
    ----------
    weight_decay : float, default 0
        Decoupled decay, as in `Optimizer`.
    momentum : float, default 0.9
        How much of the velocity a step keeps: μ, in [0, 1].
    nesterov : bool, default False
        Go ahead along the new velocity.

    References
    ----------
    Sutskever, Martens, Dahl and Hinton, "On the importance of initialization and momentum in deep
    learning", ICML 2013, equations 3 and 4, at the shifted point that scikit-learn keeps.

    Examples
    --------
    >>> rule, theta = Momentum(momentum=0.5), np.array([1.0])
    >>> state = rule.init(theta)
    >>> for step in (1, 2):
    ...     rule.update(theta, np.array([1.0]), state, 0.1, step, np.empty(1))
    >>> theta
    array([0.75])
    """

    slots: ClassVar[tuple[str, ...]] = ("velocity",)
    momentum: float = 0.9
    nesterov: bool = False

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        """Step to θ + v, or to θ + μ v − η g."""
        velocity = state["velocity"]
        gradient *= learning_rate
        velocity *= self.momentum
        velocity -= gradient
        if self.nesterov:
            np.multiply(velocity, self.momentum, out=scratch)
            scratch -= gradient
            theta += scratch
        else:
            theta += velocity


@dataclass(frozen=True)
class RMSProp(Optimizer):
    """Gradients divided by their size: s ← ρ s + (1 − ρ) g², θ ← θ − η g / (√s + ε).

    (Tieleman and Hinton 2012, lecture 6.5.)
    """

    slots: ClassVar[tuple[str, ...]] = ("square",)
    decay: float = 0.9
    epsilon: float = 1e-8

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        """Step to θ − η g / (√s + ε)."""
        square = state["square"]
        np.square(gradient, out=scratch)
        scratch *= 1 - self.decay
        square *= self.decay
        square += scratch
        np.sqrt(square, out=scratch)
        scratch += self.epsilon
        np.divide(gradient, scratch, out=scratch)
        scratch *= learning_rate
        theta -= scratch


@dataclass(frozen=True)
class Adam(Optimizer):
    r"""Running means of the gradient and of its square, each corrected for starting at zero.

    .. math:: m \leftarrow \beta_1 m + (1-\beta_1) g,\quad v \leftarrow \beta_2 v + (1-\beta_2) g^2,
              \quad \theta \leftarrow \theta - \eta \frac{\sqrt{1-\beta_2^t}}{1-\beta_1^t}
              \frac{m}{\sqrt v + \epsilon}

    The slots hold m/(1 − β₁) and v/(1 − β₂), which saves two passes over the parameters.

    Parameters
    ----------
    weight_decay : float, default 0
        Decoupled decay, as in `Optimizer`.
    beta_1 : float, default 0.9
        How much of the mean gradient a step keeps: β₁, in [0, 1).
    beta_2 : float, default 0.999
        How much of the mean square a step keeps: β₂, in [0, 1).
    epsilon : float, default 1e-8
        What is added to the root of the mean square: ε, above 0.

    References
    ----------
    Kingma and Ba, "Adam: a method for stochastic optimization", ICLR 2015, the faster form after
    algorithm 1.

    Examples
    --------
    >>> rule, theta = Adam(), np.array([1.0])
    >>> rule.update(theta, np.array([3.0]), rule.init(theta), 0.1, 1, np.empty(1))
    >>> theta.round(6)
    array([0.9])
    """

    slots: ClassVar[tuple[str, ...]] = ("mean", "square")
    beta_1: float = 0.9
    beta_2: float = 0.999
    epsilon: float = 1e-8

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        """Step to θ − η' m / (√v + ε)."""
        mean, square = state["mean"], state["square"]
        mean *= self.beta_1
        mean += gradient
        np.square(gradient, out=gradient)
        square *= self.beta_2
        square += gradient
        epsilon, rate = self.scaled(learning_rate, step)
        np.sqrt(square, out=scratch)
        scratch += epsilon
        np.divide(mean, scratch, out=scratch)
        scratch *= rate
        theta -= scratch

    def scaled(self, learning_rate: float, step: int) -> tuple[float, float]:
        """Compute ε and η' for slots that lack their factors of (1 − β).

        Parameters
        ----------
        learning_rate : float
            The learning rate η of the step.
        step : int
            Its number, from 1 up.

        Returns
        -------
        epsilon : float
            What is added to the root of the slot "square".
        rate : float
            What the slot "mean" is multiplied by.
        """
        corrected = learning_rate * sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        root = sqrt(1 - self.beta_2)
        return self.epsilon / root, corrected * (1 - self.beta_1) / root


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay. (Loshchilov and Hutter 2019.)"""

    weight_decay: float = 0.01


@dataclass(frozen=True)
class Lion(Optimizer):
    """Steps along signs: θ ← θ − η sign(β₁ m + (1 − β₁) g), m ← β₂ m + (1 − β₂) g.

    Its steps are larger than Adam's, and it needs about a tenth of Adam's learning rate.
    (Chen and others 2023.)
    """

    slots: ClassVar[tuple[str, ...]] = ("mean",)
    beta_1: float = 0.9
    beta_2: float = 0.99

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        """Step to θ − η sign(β₁ m + (1 − β₁) g)."""
        mean = state["mean"]
        gradient -= mean  # each mix is m + (1 − β)(g − m)
        np.multiply(gradient, 1 - self.beta_1, out=scratch)
        scratch += mean
        np.sign(scratch, out=scratch)
        scratch *= learning_rate
        theta -= scratch
        gradient *= 1 - self.beta_2
        mean += gradient
