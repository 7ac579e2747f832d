"""A classifier that sees a sample several times: it learns each view, and predicts by the mean."""

from __future__ import annotations

from typing import Any, Self

import numpy as np
from sklearn.utils.validation import check_consistent_length, column_or_1d

from data.parameters.rules import whole
from models.errors import ModelError
from models.fitting.all_or_nothing import all_or_nothing
from models.fitting.inner_fit import CLASSIFIER, check_taken, fitted_clone, inner_has, keyword_of
from models.fitting.mean_of_views import MeanOfViews
from models.layers.layer import Array
from models.parameters.fitted_with import remember
from models.parameters.rules import check
from models.samples.held_out import held_out_mask
from models.samples.view_rows import as_samples

_RULES = {"classifier": CLASSIFIER, "n_views": whole(1)}


class ViewsClassifier(MeanOfViews):
    """A classifier that learns from every view of a sample, and predicts by the mean over them.

    A row holds the features of ``n_views`` views of one sample. Rows stay samples, so that a split
    of them never parts the views of one.

    Parameters
    ----------
    classifier : classifier
        What learns from single views. A clone of it is fitted, with n · n_views rows.
    n_views : int
        How many views a row holds, from 1 up.

    Attributes
    ----------
    classifier_ : classifier
        The fitted clone. What it has learned can be read here, too: ``history_``,
        ``refit_params_``, ``chosen_params_``, ``validation_score_``. Parameters among it are
        those of the classifier of single views.
    classes_ : ndarray (n_classes,)
        The labels, sorted.
    n_features_in_ : int
        Values of a row, all views together.

    See Also
    --------
    features.Views : The features of several views, in the layout that is taken here.

    Notes
    -----
    Samples are rows (n, d · n_views) in which the view is the fastest axis: column
    f · n_views + v is feature f of view v. `features.Views` returns such rows, and a union of
    them has the same layout. Or they are arrays (n, n_views, d); these are not copied where they
    are C-contiguous.

    A classifier that splits its rows itself, to stop early, to search or to calibrate, parts the
    views of a sample, unless its ``fit`` takes ``n_views`` as those of this package do. It then
    judges by images whose mirror images it has learned from. So put a search or a calibration
    around `ViewsClassifier`, and not into it.

    Examples
    --------
    >>> import numpy as np
    >>> from models import LinearClassifier
    >>> X = np.array([[0.0, 0.2], [0.1, 0.3], [0.9, 0.7], [0.6, 1.0]])
    >>> two = ViewsClassifier(LinearClassifier(loss="squared"), n_views=2).fit(X, list("aabb"))
    >>> two.predict([[0.4, 0.9], [0.4, 0.3]])
    array(['b', 'a'], dtype='<U1')
    """

    def __init__(self, classifier: Any, *, n_views: int) -> None:
        self.classifier = classifier
        self.n_views = n_views

    @all_or_nothing
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        held_out: Any = None,
        **fit_params: Any,
    ) -> Self:
        """Fit the classifier to all views of the samples.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Finite samples, float32 or float64.
        y : array-like (n,)
            A label for each sample, which its views share.
        sample_weight : array-like (n,) or None, default None
            How much each sample counts, where the classifier takes weights.
        X_val : like X, or None, default None
            A validation part, where the classifier takes one.
        y_val : array-like (m,) or None, default None
            Its labels.
        held_out : array-like or None, default None
            Indices or a mask (n,) of samples to choose by, where the classifier chooses.
        **fit_params : dict
            Passed on to the classifier's ``fit`` as they are.

        Returns
        -------
        Self
            The fitted classifier itself.

        Raises
        ------
        ModelError
            If ``n_views`` is no count, or the samples are not rows of so many views.
        """
        self._check_parameters()
        X, y = self._samples(X, y)
        if sample_weight is not None:
            check_taken(self.classifier, "sample_weight")
            check_consistent_length(X, sample_weight)
            fit_params["sample_weight"] = np.repeat(np.asarray(sample_weight), self._n_views)
        if X_val is not None or y_val is not None:
            if X_val is None or y_val is None:
                raise ModelError("X_val and y_val belong together: one of them is missing")
            check_taken(self.classifier, "X_val")
            X_val = self._checked(X_val, dtype=X.dtype)
            fit_params |= {"X_val": as_samples(X_val), "y_val": self._repeated(X_val, y_val)}
        if held_out is not None:
            check_taken(self.classifier, "held_out")
            fit_params["held_out"] = np.repeat(held_out_mask(held_out, len(X)), self._n_views)
        return self._fitted("fit", X, y, **fit_params)

    @inner_has("fit_validated")
    @all_or_nothing
    def fit_validated(self, X: Any, y: Any, X_val: Any, y_val: Any) -> Self:
        """Fit to all views of X, and measure on those of X_val after every epoch.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Samples to learn from, as in `fit`.
        y : array-like (n,)
            Their labels.
        X_val : array-like (m, d · n_views) or ndarray (m, n_views, d)
            Samples to measure on.
        y_val : array-like (m,)
            Their labels.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        self._check_parameters()
        X, y = self._samples(X, y)
        X_val = self._checked(X_val, dtype=X.dtype)
        views, labels = as_samples(X_val), self._repeated(X_val, y_val)
        return self._fitted("fit_validated", X, y, X_val=views, y_val=labels)

    @inner_has("fit_choosing")
    @all_or_nothing
    def fit_choosing(self, X: Any, y: Any, held_out: Any) -> Self:
        """Fit to all views of all samples, with what is best on the held-out samples.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Samples, as in `fit`.
        y : array-like (n,)
            Their labels.
        held_out : array-like
            Indices or a mask (n,) of samples. They are held out with all of their views.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        self._check_parameters()
        X, y = self._samples(X, y)
        mask = np.repeat(held_out_mask(held_out, len(X)), self._n_views)
        return self._fitted("fit_choosing", X, y, held_out=mask)

    @inner_has("fit_sharing")
    @all_or_nothing
    def fit_sharing(self, X: Any, y: Any, shared: dict[Any, Any]) -> Self:
        """Fit as `fit` does, and share work with other fits to the same views.

        Parameters
        ----------
        X : array-like (n, d · n_views) or ndarray (n, n_views, d)
            Samples, as in `fit`.
        y : array-like (n,)
            Their labels.
        shared : dict
            What fits to these samples have in common; empty at first. They write it and read it.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        self._check_parameters()
        X, y = self._samples(X, y)
        return self._fitted("fit_sharing", X, y, shared=shared)

    @property
    def validation_decides(self) -> bool:
        """Whether a validation part decides anything, as the classifier of single views says."""
        return bool(self.classifier.validation_decides)

    def _check_parameters(self) -> None:
        check(vars(self), _RULES)

    def _fitted(self, method: str, X: Array, y: Array, **more: Any) -> Self:
        """Fit a clone with one of its methods."""
        if method != "fit_sharing" and keyword_of(self.classifier, "n_views") is not None:
            # It judges by the mean over so many rows that follow one another.
            more["n_views"] = self._n_views
        views, labels = as_samples(X), np.repeat(y, self._n_views)
        self.classifier_ = fitted_clone(self.classifier, method, views, labels, **more)
        self.classes_ = self.classifier_.classes_
        remember(self, "n_views")
        return self

    def _samples(self, X: Any, y: Any) -> tuple[Array, Array]:
        """Return samples and labels, checked."""
        y = column_or_1d(y, warn=True)
        X = self._checked(X, reset=True)
        check_consistent_length(X, y)
        return X, y

    def _repeated(self, X: Array, y: Any) -> Array:
        """Return labels of samples as labels of their views."""
        y = column_or_1d(y, warn=True)
        check_consistent_length(X, y)
        return np.repeat(y, self._n_views)
