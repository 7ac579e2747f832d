"""The kernel classifier: a sample is compared with every sample that was learned from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Literal, Self

import numpy as np
from sklearn.utils.metaestimators import available_if

from data.parameters.rules import (
    FLAG,
    SEED,
    all_of,
    either,
    is_several,
    number,
    one_of,
    optional,
    several,
    whole,
)
from data.system.threads import one_blas_thread
from models.fitting.all_or_nothing import all_or_nothing
from models.kernels.fitting import Learned, Recipe, Samples, learn
from models.kernels.names import KERNELS
from models.kernels.scores import KernelScores
from models.layers.layer import Array
from models.parameters.fitted_with import remember
from models.parameters.rules import CLASS_WEIGHT, check
from models.samples.checked_rows import checked_rows
from models.samples.held_out import held_out_mask, tenth_of_each
from models.samples.labels import classes_of
from models.samples.sample_weights import shares
from models.samples.view_rows import check_views

_ABOVE_ZERO = number(0, open_low=True)
_ONE_OR_SEVERAL = either(_ABOVE_ZERO, several(_ABOVE_ZERO, "several such", least=1))

RULES = {
    "kernel": one_of(KERNELS),
    "alpha": _ONE_OR_SEVERAL,
    "gamma": _ONE_OR_SEVERAL,
    "degree": whole(1, 16),
    "coef0": number(0),
    "n_cells": whole(1),
    "standardize": FLAG,
    "whiten": optional(whole(1)),
    "whiten_epsilon": number(0),
    "class_weight": optional(CLASS_WEIGHT),
    "n_landmarks": optional(whole(2)),
    "n_choosing": optional(whole(2)),
    "draw_views": optional(whole(1)),
    "random_state": SEED,
}


def _chooses(net: Any) -> bool:
    if not (is_several(net.alpha) or is_several(net.gamma)):
        raise AttributeError("nothing is chosen but among several alpha or gamma")
    return True


class KernelClassifier(KernelScores):
    r"""Kernel ridge classification: :math:`f(x) = \sum_i k(x, x_i)\,a_i + b` names the class.

    .. math:: \min_{f, b}\ \frac1n\sum_i \tfrac12\|f(x_i) - t_i\|^2
        + \frac{\alpha}{2}\|f - b\|_k^2

    The targets t are one-hot. With ``kernel="linear"`` this is `LinearClassifier` with its
    "squared" loss, the same ``alpha`` and the same ``standardize``.

    Parameters
    ----------
    kernel : {"rbf", "polynomial", "arc-cosine", "linear"}, default "rbf"
        exp(−γ‖x − y‖²); (c + γ⟨x, y⟩)^degree; that of a layer of infinitely many rectified units,
        γ‖x‖‖y‖(sin θ + (π − θ) cos θ)/π; ⟨x, y⟩.
    alpha : float or sequence of float, default 1e-5
        Strength α of the penalty, above 0, as a share of each sample: what is right for a part of
        the samples is about right for all. Of several the best on held-out samples is taken.
    gamma : float or sequence of float, default 1.0
        The factor γ as a multiple of one over the mean squared length of a row, or of a cell of
        it, above 0. 1 is what scikit-learn calls ``gamma="scale"``. "linear" has none. Of several
        the best is taken.
    degree : int, default 2
        Of the polynomial, 1 … 16.
    coef0 : float, default 1.0
        The constant c of the polynomial, from 0 up.
    n_cells : int, default 1
        Into how many blocks of equally many neighbouring columns a row falls. The kernel is the
        mean of that of each block. `BagOfVisualWords` has a block for each cell of its grid:
        with ``grid=(3, 3)`` and one ``patch_size`` there are nine. "polynomial" on cells is
        second-order pooling.
    standardize : bool, default True
        Give the columns variance 1 first. Their mean becomes 0 in any case.
    whiten : int or None, default None
        Turn the columns onto so many principal components first, each of variance 1. It cannot
        be had together with cells.
    whiten_epsilon : float, default 0.0
        What is added to the variances of the components before they are scaled, from 0 up:
        components of less variance stay faint.
    class_weight : dict, "balanced" or None, default None
        Weight of each class's samples; "balanced" is inverse to how often it occurs.
    n_landmarks : int or None, default None
        Compare with so many samples, drawn at random, in place of all. All samples are learned
        from, and memory grows with the landmarks alone.
    n_choosing : int or None, default None
        Samples on which each ``alpha`` and ``gamma`` is tried, drawn from all classes alike; None
        for all but the held-out ones. Up to 46,340, the time of a trial grows with their third
        power.
    draw_views : int or None, default None
        Of rows that are views of one sample, see ``n_views`` of `fit`, so many are learned from,
        drawn at random for each sample; None for all. Held-out samples count with all of their
        views in what is measured without labels: means, scales, components, the unit of ``gamma``.
    random_state : int, default 0
        Decides which samples are drawn, where some are.

    Attributes
    ----------
    classes_ : ndarray (n_classes,)
        The labels, sorted.
    rows_ : ndarray (m, p)
        The samples, or the landmarks, as the kernel sees them.
    dual_coef_ : ndarray (m, n_classes)
        What each of them adds to the scores.
    intercept_ : ndarray (n_classes,)
        The bias of each class, free of the penalty.
    input_mean_, input_scale_ : ndarray (n_features,)
        What is taken off each column, and what it is multiplied by.
    input_components_ : ndarray (n_features, whiten)
        What the rows are then multiplied by; only with ``whiten``.
    alpha_ : float
        The α that was taken.
    gamma_ : float
        The γ that was taken, as it stands in the kernel.
    chosen_params_ : dict
        ``alpha`` and ``gamma``, where they were chosen among several.
    validation_score_ : float
        The accuracy on the held-out samples, where there were any, after a fit without them. The
        means, deviations and components of the columns are those of all samples, without labels.
    n_features_in_ : int
        Columns of X.

    See Also
    --------
    LinearClassifier : The same for the linear kernel, with an equation for each column.

    Notes
    -----
    There is an equation for each sample. The lower triangle of the kernel's matrix is filled, and
    factorised in place by Cholesky's method, in tiles of a fixed size that threads share: any
    number of threads gives the same bits. It takes n²/2 numbers, twice where a copy is kept, and
    n³/6 multiplications for each α. Conjugate gradients in float64 then remove what rounding in
    float32 has left. From 46,341 samples on (32,769 in float64) the matrix is held alone, beside
    4,096 numbers a sample, and not factorised: conjugate gradients solve it, each step with the
    matrix through 4,096 of the samples in its place, whose inverse is quick. A step reads the
    whole matrix once; where a hundred are not enough, as for a very small α, it is factorised all
    the same. What does not fit into memory is refused before any work, with the bytes that it
    would take. With m landmarks the normal equations (m, m) are summed over blocks of samples.

    References
    ----------
    Saunders, Gammerman and Vovk, "Ridge regression learning algorithm in dual variables", ICML
    1998. Williams and Seeger, "Using the Nyström method to speed up kernel machines", NIPS 2000.
    Frangella, Tropp and Udell, "Randomized Nyström preconditioning", SIAM Journal on Matrix
    Analysis and Applications, 2023.

    Examples
    --------
    >>> import numpy as np
    >>> X = np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]])
    >>> KernelClassifier().fit(X, ["same", "other", "other", "same"]).predict([[0.9, 0.8]])
    array(['same'], dtype='<U5')
    """

    def __init__(
        self,
        *,
        kernel: Literal["rbf", "polynomial", "arc-cosine", "linear"] = "rbf",
        alpha: float | Sequence[float] = 1e-5,
        gamma: float | Sequence[float] = 1.0,
        degree: int = 2,
        coef0: float = 1.0,
        n_cells: int = 1,
        standardize: bool = True,
        whiten: int | None = None,
        whiten_epsilon: float = 0.0,
        class_weight: Mapping[Any, float] | Literal["balanced"] | None = None,
        n_landmarks: int | None = None,
        n_choosing: int | None = None,
        draw_views: int | None = None,
        random_state: int = 0,
    ) -> None:
        self.kernel = kernel
        self.alpha = alpha
        self.gamma = gamma
        self.degree = degree
        self.coef0 = coef0
        self.n_cells = n_cells
        self.standardize = standardize
        self.whiten = whiten
        self.whiten_epsilon = whiten_epsilon
        self.class_weight = class_weight
        self.n_landmarks = n_landmarks
        self.n_choosing = n_choosing
        self.draw_views = draw_views
        self.random_state = random_state

    @all_or_nothing
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        held_out: Any = None,
        n_views: int = 1,
    ) -> Self:
        """Find what each sample adds to the scores.

        Parameters
        ----------
        X : array-like (n, n_features)
            Finite rows, float32 or float64; other numbers become float64.
        y : array-like (n,)
            A label for each row: an integer, a boolean or a text. There are two classes or more.
        sample_weight : array-like (n,) or None, default None
            How much each row counts, from 0 up; None for all alike.
        held_out : array-like or None, default None
            Indices or a mask (n,) of the rows by which several ``alpha`` or ``gamma`` are judged.
            The best is then fitted to all rows. None stands for every tenth row of each class.
        n_views : int, default 1
            Where so many rows in a row are views of one thing, their mean score is judged, and
            ``draw_views`` of them are learned from.

        Returns
        -------
        Self
            The fitted classifier itself.

        Raises
        ------
        ModelError
            If a parameter is not allowed, the samples are not what can be learned from, or the
            matrix of the kernel does not fit into memory.
        """
        given = check(
            {**self.get_params(deep=False), "n_views": n_views}, {**RULES, "n_views": whole(1)}
        )
        X, y = checked_rows(self, X, y, order="C")
        classes, labels = classes_of(y)
        mask = None if held_out is None else held_out_mask(held_out, len(X))
        views = given["n_views"]
        weights = shares(X, y, sample_weight, self.class_weight)
        check_views(views, labels, weights, mask)
        if mask is None and (is_several(self.alpha) or is_several(self.gamma)):
            mask = np.repeat(tenth_of_each(labels[::views]), views)
        samples = Samples(X, labels, len(classes), weights, mask, views)
        recipe = Recipe(
            kernel=given["kernel"],
            alphas=all_of(given["alpha"]),
            gammas=all_of(given["gamma"]),
            degree=given["degree"],
            coef0=given["coef0"],
            n_cells=given["n_cells"],
            standardize=given["standardize"],
            whiten=given["whiten"],
            whiten_epsilon=given["whiten_epsilon"],
            n_landmarks=given["n_landmarks"],
            n_choosing=given["n_choosing"],
            draw_views=given["draw_views"],
            seed=given["random_state"],
        )
        with one_blas_thread():
            found = learn(recipe, samples)
        self._show(classes, found)
        return self

    @available_if(_chooses)
    def fit_choosing(self, X: Any, y: Any, held_out: Any, *, n_views: int = 1) -> Self:
        """Choose among several ``alpha`` or ``gamma`` by held-out rows, and fit to all rows.

        Afterwards ``chosen_params_`` has what was chosen, and ``validation_score_`` the accuracy.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows, as in `fit`.
        y : array-like (n,)
            Their labels.
        held_out : array-like
            Indices or a mask (n,) of some of the rows.
        n_views : int, default 1
            Where so many rows in a row are views of one thing, their mean score is judged.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        return self.fit(X, y, held_out=held_out, n_views=n_views)

    def _show(self, classes: Array, found: Learned) -> None:
        """Set all that was learned: the one place where a fit changes the estimator."""
        dtype = found.known.Z.dtype
        self.classes_ = classes
        self.rows_ = found.known.Z
        self.dual_coef_ = np.ascontiguousarray(found.solution.dual, dtype)
        self.intercept_ = found.solution.intercept.astype(dtype)
        self.input_mean_, self.input_scale_ = found.front.mean, found.front.scale
        self.alpha_, self.gamma_ = float(found.alpha), float(found.known.shape.gamma)
        remember(self, "kernel", "degree", "coef0", "n_cells")
        taken = {"alpha": float(found.alpha), "gamma": float(found.gamma)}
        chosen = {key: taken[key] for key in taken if is_several(getattr(self, key))}
        for name, value in (
            ("input_components_", found.front.components),
            ("chosen_params_", chosen or None),
            ("validation_score_", found.accuracy),
        ):
            self.__dict__.pop(name, None)
            if value is not None:
                setattr(self, name, value)
