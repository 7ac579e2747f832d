"""Optimisers: what to do with a gradient. They own no state; the trainer hands it to them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

import numpy as np

from models.layers.layer import Array


@dataclass(frozen=True)
class Optimizer:
    """A rule that changes θ in place, given the gradient g and the rule's memory.

    Every rule works element by element, so the trainer may cut the vectors into pieces that fit
    the cache and share them between threads without changing a bit. A rule of one's own names its
    memory in ``slots`` (arrays like θ, zero at first) and writes ``update``.

    Attributes
    ----------
    weight_decay
        Decoupled decay λ: before each update the trainer shrinks the weights, not the biases, by
        the factor 1 − ηλ. (Loshchilov and Hutter 2019.)
    """

    slots: ClassVar[tuple[str, ...]] = ()
    weight_decay: float = 0.0

    def init(self, theta: Array) -> dict[str, Array]:
        """Return the memory for θ before the first step."""
        return {name: np.zeros_like(theta) for name in self.slots}

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        """Change θ and the memory in place; g may be spent, scratch is free, steps count from 1."""
        raise NotImplementedError


@dataclass(frozen=True)
class SGD(Optimizer):
    """Gradient descent, θ ← θ − η g."""

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        """Θ − η g."""
        np.multiply(gradient, learning_rate, out=scratch)
        theta -= scratch


@dataclass(frozen=True)
class Momentum(Optimizer):
    """A heavy ball: v ← μ v − η g, θ ← θ + v.

    With ``nesterov`` the step looks ahead along the new velocity: θ ← θ + μ v − η g.
    (Sutskever and others 2013, eqs. 3-4, at the shifted point that scikit-learn keeps.)
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
        """Θ + v, or θ + μ v − η g."""
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
    """A step of like size in every direction: s ← ρ s + (1 − ρ) g², θ ← θ − η g / (√s + ε)."""

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
        """Θ − η g / (√s + ε)."""
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

    (Kingma and Ba 2015, the faster form after algorithm 1.) The slots hold m/(1 − β₁) and
    v/(1 − β₂), which saves two passes over the parameters.
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
        """Θ − η' m / (√v + ε)."""
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
        """Ε and η' for slots that lack their factors of (1 − β)."""
        corrected = learning_rate * sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step)
        root = sqrt(1 - self.beta_2)
        return self.epsilon / root, corrected * (1 - self.beta_1) / root


@dataclass(frozen=True)
class AdamW(Adam):
    """Adam with decoupled weight decay."""

    weight_decay: float = 0.01


@dataclass(frozen=True)
class Lion(Optimizer):
    """The sign of a mean: θ ← θ − η sign(β₁ m + (1 − β₁) g), m ← β₂ m + (1 − β₂) g.

    Its steps are larger than Adam's: a tenth of its learning rate. (Chen and others 2023.)
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
        """Θ − η sign(β₁ m + (1 − β₁) g)."""
        mean = state["mean"]
        gradient -= mean  # each mix is m + (1 − β)(g − m)
        np.multiply(gradient, 1 - self.beta_1, out=scratch)
        scratch += mean
        np.sign(scratch, out=scratch)
        scratch *= learning_rate
        theta -= scratch
        gradient *= 1 - self.beta_2
        mean += gradient
