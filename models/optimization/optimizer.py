"""What an optimiser is: a rule that says what to do with a gradient."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from models.layers.layer import Array


@dataclass(frozen=True)
class Optimizer:
    """A rule that changes θ in place, given the gradient g and the rule's memory.

    Every rule works element by element. So the caller may cut the vectors into pieces that fit the
    cache, and share them between threads, without changing a bit. A rule of one's own names its
    memory in ``slots`` (arrays like θ, zero at first) and writes ``update``.

    Parameters
    ----------
    weight_decay : float, default 0
        Decoupled decay λ (Loshchilov and Hutter 2019): before each update the caller multiplies
        the weights, not the biases, by 1 − ηλ.

    Examples
    --------
    >>> from dataclasses import dataclass
    >>> @dataclass(frozen=True)
    ... class SignDescent(Optimizer):
    ...     def update(self, theta, gradient, state, learning_rate, step, scratch):
    ...         theta -= learning_rate * np.sign(gradient)
    >>> theta = np.array([1.0, 2.0])
    >>> SignDescent().update(theta, np.array([5.0, -5.0]), {}, 0.1, 1, np.empty(2))
    >>> theta
    array([0.9, 2.1])
    """

    slots: ClassVar[tuple[str, ...]] = ()
    weight_decay: float = 0.0

    def init(self, theta: Array) -> dict[str, Array]:
        """Make the memory for θ before the first step.

        Parameters
        ----------
        theta : ndarray
            The parameters.

        Returns
        -------
        dict of ndarray
            An array of zeros like θ for each of ``slots``.
        """
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
        """Change θ and the memory in place.

        Parameters
        ----------
        theta : ndarray (p,)
            The parameters θ.
        gradient : ndarray (p,)
            The gradient g, which may be overwritten.
        state : mapping of str to ndarray
            The memory, as `init` makes it.
        learning_rate : float
            The learning rate η of this step.
        step : int
            The number of the step, from 1 up.
        scratch : ndarray (p,)
            An array that may be overwritten.
        """
        raise NotImplementedError
