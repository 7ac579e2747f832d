"""The linear classifier's objective: its value, its gradient, its curvature and its minimum."""

from __future__ import annotations

import copy
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
from scipy.sparse.linalg import LinearOperator, cg

from data.system.threads import crew, n_threads, one_blas_thread
from models.convex.preconditioner import Preconditioner, curvature
from models.layers.layer import Array
from models.losses.loss import Loss
from models.tiles.tiled_matrix import TiledMatrix

T = TypeVar("T")

ROWS = 512
"""Rows of a tile: fixed, so that sums are taken in one order whatever the machine."""

TILES = 64
"""Tiles that are worked on together, and whose gradients are held until they are added up."""


@dataclass(frozen=True)
class Descent:
    """Where a descent has ended.

    Attributes
    ----------
    theta : ndarray
        Weights and biases.
    value : float
        The objective there.
    n_iter : int
        Steps taken.
    cut_short : bool
        Whether the last loss was given no more steps.
    still : float
        About how far the objective may still fall, by its gradient in float64; 0 where no entry
        of it is above the tolerance.
    """

    theta: Array
    value: float
    n_iter: int
    cut_short: bool
    still: float

    @property
    def settled(self) -> bool:
        """Whether the end is the minimum to within a hundredth of the objective."""
        return not self.cut_short and self.still <= 0.01 * abs(self.value)


class LinearObjective:
    r"""The objective, :math:`F(W, b) = \sum_i w_i\,\ell(x_iW + b, t_i) + \tfrac\alpha2\|W\|^2`.

    W and b are in one float64 vector; products with X are in the dtype of X, tile by tile. With a
    centre c the rows are x − c, which are never all held. The bias is free of penalty, so the
    minimum is the same one, and without large means it is a short way off.

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
    centre : ndarray (d,) or None, default None
        What is taken off each row as it is read; None for nothing.
    scale : ndarray (d,) or None, default None
        What the centred rows are multiplied by as they are read; None for nothing.
    uneven : bool, default False
        Whether columns may differ in size by orders of magnitude.
    """

    def __init__(
        self,
        X: Array,
        labels: Array,
        weights: Array,
        n_classes: int,
        alpha: float,
        centre: Array | None = None,
        scale: Array | None = None,
        *,
        uneven: bool = False,
    ) -> None:
        self.X, self.labels, self.weights = X, labels, weights
        self.n_classes, self.alpha = n_classes, alpha
        self.centre, self.scale, self.uneven = centre, scale, uneven
        self.dtype: np.dtype[Any] = X.dtype
        self.shape = (X.shape[1], n_classes)
        self.size = (X.shape[1] + 1) * n_classes
        self._run: Callable[..., None] | None = None
        self._buffers = threading.local()

    def split(self, theta: Array) -> tuple[Array, Array]:
        """Return W (d, k) and b (k,), views of the vector."""
        k = self.shape[1]
        return theta[:-k].reshape(self.shape), theta[-k:]

    def rows(self, chosen: slice) -> Array:
        """Return at most `ROWS` rows of X, centred and scaled, in the dtype of the products.

        The next call of the same thread may overwrite them.
        """
        if (
            self.scale is not None and self.centre is not None
        ):  # as a copy of standardised rows would have them
            x = self.X[chosen]
            z = np.subtract(x, self.centre, out=self._buffer(len(x)))
            z *= self.scale
            return np.asarray(z.astype(self.dtype, copy=False))
        x = self.X[chosen].astype(self.dtype, copy=False)
        return x if self.centre is None else x - self.centre.astype(self.dtype)

    def _buffer(self, n_rows: int) -> Array:
        """Return memory of this thread, which its next rows overwrite: new memory takes long."""
        held: Array | None = getattr(self._buffers, "rows", None)
        if held is None:
            held = self._buffers.rows = np.empty((ROWS, self.shape[0]), self.X.dtype)
        return held[:n_rows]

    def in_float64(self) -> LinearObjective:
        """Return the same objective with all products in float64."""
        exact = copy.copy(self)
        exact.dtype = np.dtype(np.float64)
        return exact

    def value_and_gradient(self, theta: Array, loss: Loss) -> tuple[float, Array]:
        """Return F and ∂F/∂θ."""
        gradient = np.zeros(self.size)
        (W, _), (dW, db) = self.split(theta), self.split(gradient)

        def pulled_back(x: Array, value: float, loss: Loss) -> tuple[float, Array, Array]:
            dz = loss.backward()
            return value, (dz.T @ x).T, dz.sum(axis=0)

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
        V_, v_ = V.astype(self.dtype), v.astype(self.dtype)

        def pulled_back(x: Array, value: float, loss: Loss) -> tuple[Array, Array]:
            dz_dot = loss.backward_tangent(x @ V_ + v_)
            return x.T @ dz_dot, dz_dot.sum(axis=0)

        for dW_of_tile, db_of_tile in self._tiles(theta, loss, pulled_back):
            dW += dW_of_tile
            db += db_of_tile
        dW += self.alpha * V
        return change

    def minimize(
        self,
        losses: list[Loss],
        max_iter: int,
        tol: float,
        at_zero: list[TiledMatrix] | None = None,
    ) -> Descent:
        """Minimise with each loss in turn by L-BFGS, each from where the last one ended.

        L-BFGS also stops where rounding hides the slope. So the gradient at the end is taken once
        more in float64. The `curvature` of the samples may be given, where it is known.
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
            "ftol": 0.1 * np.finfo(self.dtype).eps,
        }
        if at_zero is None:
            at_zero = curvature(self.X, self.weights, self.n_classes, self.centre, self.scale)
        preconditioner = Preconditioner(at_zero, self.alpha, uneven=self.uneven)
        with crew(min(n_threads(None), len(range(0, len(self.X), ROWS)))) as run:
            self._run = run
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
            slopes = self.in_float64()._preconditioned(v, losses[-1], preconditioner)[1]
            self._run = None
            theta = self._weights_of(v, preconditioner)
        # In these variables the objective curves by about one: so much it may still fall.
        still = 0.5 * float(slopes @ slopes) if np.abs(slopes).max() > 2 * tol else 0.0
        return Descent(theta, float(found.fun), steps, bool(found.nit >= max_iter), still)

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
        with one_blas_thread():
            return self._polished(theta, loss, max_iter)

    def _polished(self, theta: Array, loss: Loss, max_iter: int) -> Array:
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
    ) -> Iterator[T]:
        """Yield what `work` makes of each tile and of a loss after its forward, in order."""
        W, b = (part.astype(self.dtype) for part in self.split(theta))
        targets, weights = np.eye(self.n_classes, dtype=self.dtype), self.weights.astype(self.dtype)

        def one(start: int) -> None:
            own = copy.copy(loss)
            rows = slice(start, start + ROWS)
            x = self.rows(rows)
            scores = x @ W
            scores += b
            value = own.forward(scores, targets[self.labels[rows]], weights[rows])
            found[start] = work(x, value, own)

        # Whichever thread is first, the caller adds the tiles up in their order.
        starts = range(0, len(self.X), ROWS)
        for first in range(0, len(starts), TILES):
            some, found = starts[first : first + TILES], dict[int, T]()
            self._share(one, some)
            yield from map(found.__getitem__, some)

    def _share(self, work: Callable[[int], None], jobs: Iterable[int]) -> None:
        """Do some jobs on the threads of a descent, or else on this one."""
        if self._run is not None:
            self._run(work, jobs)
            return
        with one_blas_thread():
            for job in jobs:
                work(job)
