"""What a fitted kernel classifier says of rows: scores and labels."""

from __future__ import annotations

from typing import Any

import numpy as np

from models.errors import ModelError
from models.fitting.largest_score import LargestScore
from models.kernels.front import KernelFront
from models.kernels.names import Shape
from models.kernels.rows import KernelRows
from models.kernels.solution import scores
from models.layers.layer import Array
from models.parameters.fitted_with import check_fitted
from models.samples.checked_rows import checked_rows


class KernelScores(LargestScore):
    """A classifier whose scores are sums of kernels, with scikit-learn's methods that predict.

    Examples
    --------
    >>> from models import KernelClassifier
    >>> net = KernelClassifier(alpha=1e-3).fit([[0.0], [1.0], [2.0], [3.0]], list("abba"))
    >>> isinstance(net, KernelScores), net.predict([[1.4], [2.9]])
    (True, array(['b', 'a'], dtype='<U1'))
    """

    kernel: Any
    degree: Any
    coef0: Any
    n_cells: Any
    classes_: Array
    gamma_: float
    rows_: Array
    dual_coef_: Array
    intercept_: Array
    input_mean_: Array
    input_scale_: Array

    def _scores(self, X: Any) -> Array:
        check_fitted(self)
        dtype = self.rows_.dtype
        X = checked_rows(self, X, dtype=dtype.type, reset=False)
        front = KernelFront(
            self.input_mean_, self.input_scale_, vars(self).get("input_components_")
        )
        shape = Shape(float(self.gamma_), int(self.degree), float(self.coef0))
        known = KernelRows(self.rows_, self.kernel, shape, int(self.n_cells))
        rows = KernelRows(front.applied(X), self.kernel, shape, int(self.n_cells))
        found = scores(rows, known, self.dual_coef_, self.intercept_)
        if len(beyond := np.flatnonzero(~np.isfinite(found).all(axis=1))):
            raise ModelError(
                f"row {beyond[0]} is too far from those of the fit: {dtype} does not hold its "
                "scores. Look at that row, or fit again with a lower degree or gamma, or in float64"
            )
        return found
