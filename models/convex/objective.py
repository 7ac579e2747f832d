"""The linear classifier's objective: its value, its gradient, its curvature and its minimum."""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any, TypeVar

import numpy as np
from joblib import cpu_count
from scipy.sparse.linalg import LinearOperator, cg
from threadpoolctl import threadpool_limits

from models.convex.preconditioner import Preconditioner
from models.layers.layer import Array
from models.losses.loss import Loss

T = TypeVar("T")

ROWS = 1024
"""Rows of a tile: fixed, so that sums are taken in one order whatever the machine."""


class LinearObjective:
    r"""The objective, :math:`F(W, b) = \sum_i w_i\,\ell(x_iW + b, t_i) + \tfrac\alpha2\|W\|^2`.

    W and b are in one float64 vector; products with X are in the dtype of X, tile by tile.

    Parameters
    ----------
    X : ndarray (n, d)
        Samples.
    labels : ndarray (n,)
        Class indices.
    weights : ndarray (n,)
        How much each sample counts; they sum to one.
    n_classes, alpha : int, float
        The figures k and α.
    """

    def __init__(
        self, X: Array, labels: Array, weights: Array, n_classes: int, alpha: float
    ) -> None:
        self.X, self.labels = X, labels
        self.weights = weights.astype(X.dtype)
        self.targets = np.eye(n_classes, dtype=X.dtype)
        self.alpha = alpha
        self.shape = (X.shape[1], n_classes)
        self.size = (X.shape[1] + 1) * n_classes
        self._map: Callable[..., Iterable[Any]] = map

    def split(self, theta: Array) -> tuple[Array, Array]:
        """Return W (d, k) and b (k,), views of the vector."""
        k = self.shape[1]
        return theta[:-k].reshape(self.shape), theta[-k:]

    def value_and_gradient(self, theta: Array, loss: Loss) -> tuple[float, Array]:
        """Return F and ∂F/∂θ."""
        gradient = np.zeros(self.size)
        (W, _), (dW, db) = self.split(theta), self.split(gradient)

        def pulled_back(x: Array, value: float, loss: Loss) -> tuple[float, Array, Array]:
            dz = loss.backward()
            return value, x.T @ dz, dz.sum(axis=0)

        value = 0.0
        for value_of_tile, dW_of_tile, db_of_tile in self._tiles(theta, loss, pulled_back):
            value += value_of_tile
            dW += dW_of_tile
            db += db_of_tile
        dW += self.alpha * W
        return value + 0.5 * self.alpha * float(np.vdot(W, W)), gradient

    def curvature(self, theta: Array, loss: Loss, direction: Array) -> Array:
        """Return the change of ∂F/∂θ along a direction: the Hessian times it."""
        change = np.zeros(self.size)
        (V, v), (dW, db) = self.split(direction), self.split(change)
        V_, v_ = V.astype(self.X.dtype), v.astype(self.X.dtype)

        def pulled_back(x: Array, value: float, loss: Loss) -> tuple[Array, Array]:
            dz_dot = loss.backward_tangent(x @ V_ + v_)
            return x.T @ dz_dot, dz_dot.sum(axis=0)

        for dW_of_tile, db_of_tile in self._tiles(theta, loss, pulled_back):
            dW += dW_of_tile
            db += db_of_tile
        dW += self.alpha * V
        return change

    def minimize(
        self, losses: list[Loss], max_iter: int, tol: float
    ) -> tuple[Array, float, int, bool]:
        """Minimise with each loss in turn by L-BFGS, each from where the last one ended.

        Returns
        -------
        theta : ndarray
            The minimum.
        value : float
            F there.
        steps : int
            Steps taken.
        converged : bool
            Whether the last loss needed fewer than `max_iter`.
        """
        from scipy.optimize import minimize  # heavy

        v = np.zeros(self.size)
        steps = 0
        # A change of the value that the products' dtype cannot resolve is no reason to go on.
        options = {
            "maxiter": max_iter,
            "maxfun": 10 * max_iter,
            "maxcor": 20,
            "gtol": tol,
            "ftol": 0.1 * np.finfo(self.X.dtype).eps,
        }
        with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(cpu_count()) as pool:
            self._map = pool.map
            preconditioner = Preconditioner(self.X, self.weights, self.shape[1], self.alpha)
            for loss in losses:
                found = minimize(
                    self._preconditioned,
                    v,
                    (loss, preconditioner),
                    method="L-BFGS-B",
                    jac=True,
                    options=options,
                )
                v = found.x
                steps += int(found.nit)
            self._map = map
            theta = self._weights_of(v, preconditioner)
        return theta, float(found.fun), steps, bool(found.nit < max_iter)

    def _preconditioned(
        self, v: Array, loss: Loss, preconditioner: Preconditioner
    ) -> tuple[float, Array]:
        """Return F and its gradient in the variables of the preconditioner."""
        value, gradient = self.value_and_gradient(self._weights_of(v, preconditioner), loss)
        dW, _ = self.split(gradient)
        dW[:] = preconditioner.to_gradient(dW)
        return value, gradient

    def _weights_of(self, v: Array, preconditioner: Preconditioner) -> Array:
        theta = v.copy()
        W, _ = self.split(theta)
        W[:] = preconditioner.to_weights(W)
        return theta

    def polish(self, theta: Array, loss: Loss, max_iter: int = 50) -> Array:
        """Go on with Newton's method from near the minimum, to the last digits.

        L-BFGS compares values. These are flat around a minimum, and locate it only to the square
        root of the rounding error; the gradient locates it more closely.
        """
        value, gradient = self.value_and_gradient(theta, loss)
        for _ in range(max_iter):
            # The Hessian is singular where biases do not matter (the same added to all of them):
            # a part of the identity that shrinks with the gradient makes it definite.
            damping = float(np.abs(gradient).max())
            hessian = LinearOperator(
                (self.size, self.size),
                matvec=lambda v, at=theta, d=damping: self.curvature(at, loss, v) + d * v,
                dtype=np.float64,
            )
            step = cg(hessian, -gradient, rtol=1e-8, maxiter=100)[0]
            biases = self.split(step)[1]
            biases -= biases.mean()
            slope = float(gradient @ step)
            for halvings in range(20):
                moved = theta + 0.5**halvings * step
                new_value, new_gradient = self.value_and_gradient(moved, loss)
                flatter = abs(float(new_gradient @ step)) <= 0.5 * abs(slope)
                if new_value <= value - 1e-4 * abs(slope) * 0.5**halvings or (
                    flatter and new_value <= value + 1e-13 * abs(value)
                ):
                    break
            else:
                break
            theta, value, gradient = moved, new_value, new_gradient
            if np.abs(gradient).max() < 1e-13:
                break
        return theta

    def _tiles(
        self, theta: Array, loss: Loss, work: Callable[[Array, float, Loss], T]
    ) -> Iterable[T]:
        """Return what `work` makes of each tile and of a loss after its forward, in order."""
        W, b = (part.astype(self.X.dtype) for part in self.split(theta))

        def one(start: int) -> T:
            own = copy.copy(loss)
            rows = slice(start, start + ROWS)
            x = self.X[rows]
            scores = x @ W
            scores += b
            value = own.forward(scores, self.targets[self.labels[rows]], self.weights[rows])
            return work(x, value, own)

        # Whichever thread is first, the caller adds the tiles up in their order.
        return self._map(one, range(0, len(self.X), ROWS))
