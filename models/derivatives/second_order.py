"""Derivatives of derivatives: forward mode, applied to backpropagation."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array
from models.layers.network import Network
from models.losses.loss import Loss


def jacobian_vector_product(
    network: Network, x: Array, x_dot: Array, theta_dot: Array | None = None
) -> tuple[Array, Array]:
    r"""Return outputs y and their change along a direction of the input and the parameters.

    .. math:: \dot y = \frac{\partial y}{\partial x}\dot x +
              \frac{\partial y}{\partial\theta}\dot\theta

    This costs about two forward passes.
    """
    y = network.forward(x)
    network.direction[:] = 0.0 if theta_dot is None else theta_dot
    return y, network.forward_tangent(x_dot)


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
    return gradient_change(network, loss, np.zeros_like(x), direction)


def gradient_change(network: Network, loss: Loss, x_dot: Array, theta_dot: Array) -> Array:
    """Return the change of ∂L/∂θ along (ẋ, θ̇), after a forward and a backward pass of the batch."""
    network.direction[:] = theta_dot
    scores_dot = network.forward_tangent(x_dot)
    network.backward_tangent(loss.backward_tangent(scores_dot))
    return network.gradient_direction.copy()


def gradient_norm_gradient(
    network: Network, loss: Loss, x: Array, targets: Array, weights: Array
) -> tuple[float, Array]:
    r"""Return half the squared norm of :math:`g = \partial L/\partial\theta`, and its gradient.

    The gradient is :math:`\nabla\tfrac12\|g\|^2 = Hg`, a Hessian-vector product along g itself.
    """
    network.loss_and_gradient(loss, x, targets, weights)
    g = network.gradient.copy()
    return 0.5 * float(g @ g), gradient_change(network, loss, np.zeros_like(x), g)


def input_gradient_norm_gradient(
    network: Network, loss: Loss, x: Array, targets: Array, weights: Array
) -> tuple[float, Array]:
    r"""Return half the squared norm of :math:`u = \partial L/\partial x`, and its gradient by θ.

    :math:`\nabla_\theta\tfrac12\|u\|^2 = \frac{\partial^2 L}{\partial\theta\,\partial x}\,u`, the
    change of ∂L/∂θ as the input moves along u. (Double backpropagation, Drucker and Le Cun 1992.)
    """
    network.read_input_gradient(True)
    loss_gradient = _loss_gradient(network, loss, x, targets, weights)
    u = network.backward(loss_gradient).copy()
    change = gradient_change(network, loss, u, np.zeros_like(network.direction))
    network.read_input_gradient(False)
    return 0.5 * float(np.vdot(u, u)), change


def add_gradient_penalty(network: Network, loss: Loss, strength: float) -> float:
    """Add the gradient of ½λ‖g‖² to g, after a forward and a backward pass; return its value."""
    g = network.gradient.copy()
    x_dot = np.zeros_like(network.latest_input)
    network.gradient += strength * gradient_change(network, loss, x_dot, g)
    return 0.5 * strength * float(g @ g)


def _loss_gradient(network: Network, loss: Loss, x: Array, targets: Array, weights: Array) -> Array:
    loss.forward(network.forward(x), targets, weights)
    return loss.backward()
