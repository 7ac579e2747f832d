"""Derivatives of derivatives: forward mode, applied to backpropagation."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array
from models.layers.network import Network
from models.losses.loss import Loss


def hessian_vector_product(
    network: Network,
    loss: Loss,
    x: Array,
    targets: Array,
    weights: Array,
    direction: Array,
    rng: np.random.Generator | None = None,
) -> Array:
    r"""Return the change of the gradient along a direction, without the Hessian.

    .. math:: Hv = \frac{d}{d\epsilon} \nabla L(\theta + \epsilon v)

    The two passes of backpropagation are a program, and forward mode differentiates it: that makes
    four passes, whatever the number of parameters. (Pearlmutter 1994.)

    Parameters
    ----------
    direction : ndarray (n_trainable,)
        The direction v.

    Returns
    -------
    ndarray (n_trainable,)
        The product Hv.
    """
    network.loss_and_gradient(loss, x, targets, weights, rng)
    return gradient_change(network, loss, direction)


def gradient_change(network: Network, loss: Loss, theta_dot: Array) -> Array:
    """Return the change of ∂L/∂θ along θ̇, after a forward and a backward pass of the batch."""
    network.direction[:] = theta_dot
    scores_dot = network.forward_tangent(np.zeros_like(network.latest_input))
    network.backward_tangent(loss.backward_tangent(scores_dot))
    return network.gradient_direction.copy()


def add_gradient_penalty(network: Network, loss: Loss, strength: float) -> float:
    """Add the gradient of ½λ‖g‖² to g, after a forward and a backward pass; return its value."""
    g = network.gradient.copy()
    network.gradient += strength * gradient_change(network, loss, g)
    return 0.5 * strength * float(g @ g)
