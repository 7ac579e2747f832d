"""Batch and layer normalisation: signals of a known size, whatever the weights before them."""

from __future__ import annotations

import numpy as np

from models.layers.layer import Array, Layer, Parameter
from models.layers.loops import loop, normalized, normalized_backward

LEAST_BATCH = 8
"""Samples that tell of a mean and a variance at all. A smaller rest of an epoch joins the batch
before it."""


class _Normalization(Layer):
    r"""Values shifted and scaled to mean 0 and variance 1 along an axis, then by learned figures.

    .. math:: \hat x = r\,(x - \bar x),\quad r = (\overline{(x-\bar x)^2} + \epsilon)^{-1/2},\quad
              y = \gamma\hat x + \beta.

    A change ẋ of x changes its mean and its variance as well:
    :math:`\dot{\hat x} = r\,(\dot x - \overline{\dot x} - \hat x\,\overline{\hat x\dot x}) =: P\dot
    x`. P removes the mean and the part along x̂; being symmetric, it is also the way back:
    :math:`dx = P(\gamma\,dy)`, beside :math:`d\gamma = \sum dy\,\hat x` and
    :math:`d\beta = \sum dy`.
    """

    axis: int

    def __init__(self, epsilon: float = 1e-5) -> None:
        self.epsilon = epsilon

    def build(self, n_in: int) -> int:
        """Create γ and β (n_in,)."""
        self.scale = Parameter((n_in,), role="bias")
        self.shift = Parameter((n_in,), role="bias")
        return n_in

    def initialize(self, rng: np.random.Generator) -> None:
        """Set γ = 1 and β = 0."""
        self.scale.value[:] = 1.0
        self.shift.value[:] = 0.0

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Normalise, scale and shift."""
        self.fixed = False
        shape = (1, x.shape[1]) if self.axis == 0 else (len(x), 1)
        mean = np.mean(x, axis=self.axis, keepdims=True, out=self.buffer("mean", shape, x.dtype))
        self.x_hat = np.subtract(x, mean, out=self.buffer("x_hat", x.shape, x.dtype))
        y = np.square(self.x_hat, out=self.buffer("y", x.shape, x.dtype))
        variance = self.buffer("variance", shape, x.dtype)
        np.mean(y, axis=self.axis, keepdims=True, out=variance)
        self.mean, self.variance = mean, variance
        self._set_rate(variance)
        self.x_hat *= self.rate
        return self._affine(y)

    def backward(self, dy: Array) -> Array:
        """Compute dx = P(γ dy)."""
        self.dy = dy
        u = self.buffer("u", dy.shape, dy.dtype)
        np.multiply(dy, self.x_hat, out=u)
        np.sum(u, axis=0, out=self.scale.gradient)
        np.sum(dy, axis=0, out=self.shift.gradient)
        np.multiply(dy, self.scale.value, out=u)
        return self._project(u, self.buffer("dx", dy.shape, dy.dtype))

    def forward_tangent(self, x_dot: Array) -> Array:
        """Compute ẏ = γ̇ x̂ + γ Pẋ + β̇."""
        self.x_dot = x_dot
        self.x_hat_dot = self._project(x_dot.copy(), np.empty_like(x_dot))
        return np.asarray(
            self.scale.direction * self.x_hat
            + self.scale.value * self.x_hat_dot
            + self.shift.direction
        )

    def backward_tangent(self, dy_dot: Array) -> Array:
        """Apply the product rule to P(u), with u = γ dy and ṙ = −r²·mean(x̂ẋ)."""
        u = self.dy * self.scale.value
        u_dot = dy_dot * self.scale.value + self.dy * self.scale.direction
        self.scale.gradient_direction[:] = (dy_dot * self.x_hat + self.dy * self.x_hat_dot).sum(0)
        self.shift.gradient_direction[:] = dy_dot.sum(axis=0)
        change = self._project(u_dot.copy(), np.empty_like(u))
        if self.fixed:
            return change
        dx = self._project(u.copy(), np.empty_like(u))
        along, along_dot = self._mean(self.x_hat * u), self._mean(self.x_hat_dot * u)
        relative_rate = -self.rate * self._mean(self.x_hat * self.x_dot)
        return np.asarray(
            change
            + relative_rate * dx
            - self.rate * (self.x_hat_dot * along + self.x_hat * along_dot)
        )

    def _set_rate(self, variance: Array) -> None:
        self.rate = self.buffer("rate", variance.shape, variance.dtype)
        np.add(variance, self.epsilon, out=self.rate)
        np.sqrt(self.rate, out=self.rate)
        np.reciprocal(self.rate, out=self.rate)

    def _affine(self, y: Array) -> Array:
        np.multiply(self.x_hat, self.scale.value, out=y)
        y += self.shift.value
        return y

    def _project(self, u: Array, out: Array) -> Array:
        """Compute P(u); u is used as scratch."""
        if self.fixed:
            return np.multiply(u, self.rate, out=out)
        np.multiply(u, self.x_hat, out=out)
        along = self._mean(out)
        np.subtract(u, self._mean(u), out=u)
        np.multiply(self.x_hat, along, out=out)
        np.subtract(u, out, out=out)
        out *= self.rate
        return out

    def _mean(self, u: Array) -> Array:
        return np.asarray(u.mean(axis=self.axis, keepdims=True))


class LayerNorm(_Normalization):
    """Normalisation of every sample over its columns, in training and prediction alike.

    (Ba, Kiros and Hinton 2016.)
    """

    axis = 1


class BatchNorm(_Normalization):
    """Normalisation of every column over the batch; in prediction with running statistics.

    In prediction the mean and variance are constants, and P is the division by the deviation alone.
    A batch of one sample has no variance. It is normalised by the running statistics, too, which
    take in its distance from the running mean. (Ioffe and Szegedy 2015.)

    Parameters
    ----------
    momentum : float, default 0.9
        How much of the running statistics each step keeps, in [0, 1].
    epsilon : float, default 1e-5
        What is added to the variance ahead of the root.
    """

    axis = 0

    def __init__(self, momentum: float = 0.9, epsilon: float = 1e-5) -> None:
        super().__init__(epsilon)
        self.momentum = momentum

    def build(self, n_in: int) -> int:
        """Create γ, β and the running statistics (n_in,)."""
        self.running_mean = Parameter((n_in,), role="statistic")
        self.running_variance = Parameter((n_in,), role="statistic")
        return super().build(n_in)

    def initialize(self, rng: np.random.Generator) -> None:
        """Set γ = 1, β = 0 and the statistics of a standard normal input."""
        super().initialize(rng)
        self.running_mean.value[:] = 0.0
        self.running_variance.value[:] = 1.0

    def forward(self, x: Array, rng: np.random.Generator | None = None) -> Array:
        """Normalise: in training by the statistics of the batch, else by the running ones."""
        if rng is not None and len(x) == 1:
            away = x[0] - self.running_mean.value
            self.running_mean.value += (1 - self.momentum) * away
            self.running_variance.value += (1 - self.momentum) * np.square(away)
            self.running_variance.value *= self.momentum
        elif rng is not None:
            y = self._compiled_forward(x)
            if y is None:
                y = super().forward(x, rng)
            unbiased = len(x) / (len(x) - 1)
            for running, batch, factor in (
                (self.running_mean.value, self.mean[0], 1.0),
                (self.running_variance.value, self.variance[0], unbiased),
            ):
                running *= self.momentum
                running += (1 - self.momentum) * factor * batch
            return y
        self.fixed = True
        self._set_rate(self.running_variance.value[None])
        self.x_hat = self.buffer("x_hat", x.shape, x.dtype)
        np.subtract(x, self.running_mean.value, out=self.x_hat)
        self.x_hat *= self.rate
        return self._affine(self.buffer("y", x.shape, x.dtype))

    def backward(self, dy: Array) -> Array:
        """Compute dx = P(γ dy)."""
        if self.fixed:
            return super().backward(dy)
        dx = self.buffer("dx", dy.shape, dy.dtype)
        scale, d_scale, d_shift = self.scale.value, self.scale.gradient, self.shift.gradient
        compiled = loop(normalized_backward, dy, self.x_hat, dx)
        self.dy = dy
        if compiled is not None:
            compiled(dy, self.x_hat, scale, self.rate[0], d_scale, d_shift, dx)
            return dx
        # Means of γ dy and γ dy x̂ by columns are γ times sums that are wanted anyway.
        np.multiply(dy, self.x_hat, out=dx)
        np.sum(dx, axis=0, out=d_scale)
        np.sum(dy, axis=0, out=d_shift)
        u = np.multiply(dy, scale, out=self.buffer("u", dy.shape, dy.dtype))
        u -= d_shift / len(dy) * scale
        np.multiply(self.x_hat, d_scale / len(dy) * scale, out=dx)
        np.subtract(u, dx, out=dx)
        dx *= self.rate
        return dx

    def _compiled_forward(self, x: Array) -> Array | None:
        """Normalise by the statistics of the batch in compiled code, where that pays."""
        x_hat, y = (self.buffer(name, x.shape, x.dtype) for name in ("x_hat", "y"))
        compiled = loop(normalized, x, x_hat, y)
        if compiled is None:
            return None
        mean, variance = (self.buffer(n, (1, x.shape[1]), x.dtype) for n in ("mean", "variance"))
        epsilon = x.dtype.type(self.epsilon)
        scale, shift = self.scale.value, self.shift.value
        compiled(x, scale, shift, epsilon, mean[0], variance[0], x_hat, y)
        self.fixed, self.mean, self.variance, self.x_hat = False, mean, variance, x_hat
        self._set_rate(variance)
        return y
