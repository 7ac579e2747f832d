"""L-BFGS on the whole training set: for small data, where a step can see all of it."""

from __future__ import annotations

import warnings

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from models.layers.layer import Array
from models.layers.network import Network
from models.losses.loss import Loss

ROUNDING = 10.0
"""Where values are rounding, a gradient may still be so many roots of the dtype's precision."""


def minimize_full_batch(
    network: Network,
    loss: Loss,
    X: Array,
    targets: Array,
    weights: Array,
    *,
    l2: float,
    max_iter: int,
    max_fun: int,
    tol: float,
) -> tuple[float, int]:
    """Minimise the mean loss plus ½·l2·‖W‖²/Σw from the network's θ on.

    Dropout and batch statistics are as in prediction, since they need chance or batches.

    Returns
    -------
    value : float
        What was minimised, at the end.
    steps : int
        Steps taken.
    """
    from scipy.optimize import minimize  # heavy

    X = np.asarray(X)  # every step sees all of it
    total = float(weights.sum())
    w = (weights / total).astype(network.dtype)
    free, n_weights = network.n_trainable, network.n_weights

    def objective(theta: Array) -> tuple[float, Array]:
        network.theta[:free] = theta
        value = network.loss_and_gradient(loss, X, targets, w)
        decayed = network.theta[:n_weights]
        gradient = network.gradient.astype(np.float64)
        gradient[:n_weights] += l2 / total * decayed
        return value + 0.5 * l2 / total * float(decayed @ decayed), gradient

    found = minimize(
        objective,
        network.theta[:free].astype(np.float64),
        method="L-BFGS-B",
        jac=True,
        options={"maxiter": max_iter, "maxfun": max_fun, "gtol": tol},
    )
    network.theta[:free] = found.x
    # A line search that fails where the gradient is rounding has found the minimum.
    rounding = ROUNDING * np.sqrt(np.finfo(network.dtype).eps * max(1.0, abs(float(found.fun))))
    if found.status == 1 or (found.status == 2 and not np.abs(found.jac).max() <= rounding):
        limits = f" (max_iter={max_iter}, max_fun={max_fun})"
        way_out = ": scale the columns" + ", or take float64" * (network.dtype == np.float32)
        warnings.warn(
            f"lbfgs failed to converge after {found.nit} iteration(s)"
            + (limits if found.status == 1 else way_out),
            ConvergenceWarning,
            stacklevel=5,
        )
    return float(found.fun), int(found.nit)
