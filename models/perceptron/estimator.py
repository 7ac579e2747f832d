"""The methods of MLPClassifier: fitting, fitting on, predicting."""

from __future__ import annotations

from numbers import Integral
from typing import Any, Self

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import _check_sample_weight, check_is_fitted

from data.pixels.views import views_of
from models.errors import ModelError
from models.fitting.all_or_nothing import all_or_nothing
from models.layers.layer import Array
from models.losses.names import models_probabilities
from models.parameters.fitted_with import check_fitted, remember
from models.perceptron.architecture import network_of
from models.perceptron.checked import checked_recipe
from models.perceptron.fitting import fit, fit_an_epoch_more
from models.perceptron.recipe import Recipe
from models.perceptron.record import REMOVED, Record
from models.perceptron.rules import FULL_BATCH
from models.perceptron.samples import Samples, checked_n_views, weighted_samples
from models.samples.checked_rows import checked_rows
from models.samples.labels import check_labels, classes_in_parts, classes_of
from models.training.evaluation import chosen_class

_IMAGES_AT_ONCE, _ROWS_AT_ONCE = 8192, 4096
"""Images whose views are made together, and rows that are whitened together for several networks:
multiples of the rows that a network takes at a time."""

_READ = (
    "hidden_layer_sizes",
    "activation",
    "norm",
    "residual",
    "network",
    "whiten",
    "loss",
    "receptive_fields",
)
"""The parameters that say what weights mean. How many ``views`` are averaged may change."""


def _takes_batches(net: Any) -> bool:
    if net.solver == FULL_BATCH:
        raise AttributeError(f"solver={FULL_BATCH!r} has no epochs")
    return True


def _goes_on(net: Any) -> bool:
    if isinstance(net.n_networks, Integral) and int(net.n_networks) > 1:
        raise AttributeError(f"partial_fit fits one network, not n_networks={net.n_networks}")
    return _takes_batches(net)


def _models_probabilities(net: Any) -> bool:
    if not models_probabilities(net.loss):
        raise AttributeError(f"loss={net.loss!r} models no probabilities")
    return True


class Perceptron(ClassifierMixin, BaseEstimator):
    """A network with scikit-learn's methods; its parameters are those of `MLPClassifier`.

    Examples
    --------
    >>> from models import MLPClassifier
    >>> net = MLPClassifier((8,), solver="lbfgs", random_state=0)
    >>> isinstance(net, Perceptron)
    True
    >>> net.fit(np.array([[0.0], [1.0], [5.0], [6.0]]), [0, 0, 1, 1]).predict(np.array([[5.5]]))
    array([1])
    """

    solver: Any
    loss: Any
    n_networks: int
    early_stopping: bool

    @all_or_nothing
    def fit(
        self,
        X: Any,
        y: Any,
        sample_weight: Any = None,
        *,
        X_val: Any = None,
        y_val: Any = None,
        n_views: int = 1,
        soft_targets: Any = None,
    ) -> Self:
        """Fit the network to labelled rows.

        A validation part is measured after every epoch; with ``early_stopping`` it also decides
        which epoch is kept. All is computed in the dtype of X.

        Parameters
        ----------
        X : array-like (n, n_features)
            Finite rows, float32 or float64; other numbers become float64.
        y : array-like (n,)
            A label for each row: an integer, a boolean or a text. There are two classes or more.
        sample_weight : array-like (n,) or None, default None
            How much each row counts, from 0 up; None for all alike.
        X_val : array-like (m, n_features) or None, default None
            Rows of a validation part, which count alike whatever the class weights. Solver "lbfgs"
            has no epochs, and leaves it aside.
        y_val : array-like (m,) or None, default None
            Its labels, of classes that are in `y`.
        n_views : int, default 1
            So many rows that follow one another are views of one sample, as those that
            `ViewsClassifier` hands on. They are held out together or not at all, and with
            ``draw_views`` an epoch sees one of them.
        soft_targets : array-like (n, n_classes) or None, default None
            How probable each class of each row is, in the order of the sorted labels: what is
            learned in place of the labels, as from a teacher. The labels still say which classes
            there are, which part is held out, and what is right there.

        Returns
        -------
        Self
            The fitted classifier itself.

        Raises
        ------
        ModelError
            If a parameter is not allowed, the samples are not what a network can learn from, the
            weights become infinite, or a ``warm_start`` asks for other classes, ``standardize`` or
            ``whiten`` than the last fit had.
        """
        recipe = self._recipe()
        start = self._record() if recipe.warm_start and hasattr(self, "coefs_") else None
        X, y = checked_rows(self, X, y, reset=start is None)
        classes, _ = classes_of(y)
        if start is not None and set(classes) != set(start.classes):
            raise ModelError(
                "warm_start can only be used where `y` has the same classes as in the previous "
                f"call to fit. Previously got {start.classes}, `y` has {classes}"
            )
        samples = weighted_samples(
            X,
            y,
            classes,
            sample_weight,
            recipe.class_weight,
            checked_n_views(n_views),
            soft_targets,
            draws=recipe.draw_views,
        )
        held_out = None if recipe.full_batch else self._held_out(X_val, y_val, classes, X.dtype)
        self._show(fit(recipe, classes, samples, held_out, start))
        return self

    @available_if(_takes_batches)
    def fit_validated(self, X: Any, y: Any, X_val: Any, y_val: Any, *, n_views: int = 1) -> Self:
        """Fit to X and y, and measure on X_val and y_val after every epoch.

        Afterwards ``history_`` has a record of each epoch, and ``refit_params_`` the parameters
        that make a clone learn from other samples for as long as was found best here.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows to learn from, as in `fit`.
        y : array-like (n,)
            Their labels.
        X_val : array-like (m, n_features)
            Rows to measure on.
        y_val : array-like (m,)
            Their labels, of classes that are in `y`.
        n_views : int, default 1
            How many rows are views of one sample, as in `fit`.

        Returns
        -------
        Self
            The fitted classifier itself.
        """
        return self.fit(X, y, X_val=X_val, y_val=y_val, n_views=n_views)

    @property
    def validation_decides(self) -> bool:
        """Whether a validation part decides anything, which it does with ``early_stopping``."""
        return bool(self.early_stopping)

    @available_if(_goes_on)
    @all_or_nothing
    def partial_fit(self, X: Any, y: Any, sample_weight: Any = None, classes: Any = None) -> Self:
        """Fit one more epoch, on these samples.

        After `fit` it goes on with the optimiser's memory, as in scikit-learn. Samples that all
        weigh nothing change nothing, but the first call still says which classes there are.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows to learn from, as in `fit`.
        y : array-like (n,)
            Their labels.
        sample_weight : array-like (n,) or None, default None
            How much each row counts, from 0 up; None for all alike.
        classes : array-like (n_classes,) or None, default None
            All labels that will ever be seen. The first call needs them.

        Returns
        -------
        Self
            The fitted classifier itself.

        Raises
        ------
        ModelError
            If a parameter is not allowed, ``early_stopping`` or ``class_weight="balanced"`` is
            asked for, ``standardize`` or ``whiten`` without a `fit` before that had them, the
            learning rate has come down to 0, or `classes` are missing in the first call or others
            than in an earlier one.
        """
        recipe = self._recipe()
        if recipe.early_stopping:
            raise ModelError("partial_fit does not support early_stopping=True")
        if isinstance(recipe.class_weight, str):
            raise ModelError(
                f"partial_fit does not support class_weight={recipe.class_weight!r}: one part of "
                "the samples does not say how rare a class is; give a dictionary of weights"
            )
        known = classes_in_parts(getattr(self, "classes_", None), classes)
        start = self._record() if hasattr(self, "coefs_") else None
        if start is None and (recipe.standardize or recipe.whiten):
            raise ModelError(
                "partial_fit cannot begin with standardize or whiten: one part of the samples does "
                "not tell what all are like; call fit on one that does, and go on with partial_fit"
            )
        X, y = checked_rows(self, X, y, reset=start is None)
        check_labels(y)
        samples = weighted_samples(X, y, known, sample_weight, recipe.class_weight, part=True)
        if not len(samples):
            self.classes_ = known  # the next part need not name them
            return self
        self._show(fit_an_epoch_more(recipe, known, samples, start))
        return self

    def forget(self) -> Self:
        """Drop what only a further `partial_fit` needs: the optimiser's memory.

        It is up to twice as large as the weights.

        Returns
        -------
        Self
            The classifier itself, which predicts as before.
        """
        check_is_fitted(self)
        self.__dict__.pop("_memory", None)
        return self

    def predict(self, X: Any) -> Array:
        """Predict the labels of rows.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n,)
            A label of ``classes_`` for each row.
        """
        scores = self._scores(X)
        if len(scores) > 1 and models_probabilities(self.loss):
            return np.asarray(self.classes_[self._probabilities(scores).argmax(axis=1)])
        chosen = chosen_class(scores[0] if len(scores) == 1 else np.mean(scores, axis=0))
        return np.asarray(self.classes_[chosen.astype(np.intp)])

    @available_if(_models_probabilities)
    def predict_proba(self, X: Any) -> Array:
        """Predict the probability of each class, where the loss models probabilities.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes)
            In the order of ``classes_``. Each row sums to 1.
        """
        return self._probabilities(self._scores(X))

    @available_if(_models_probabilities)
    def predict_log_proba(self, X: Any) -> Array:
        """Predict the logarithm of each probability, where the loss models probabilities.

        Parameters
        ----------
        X : array-like (n, n_features)
            Rows like those that were fitted.

        Returns
        -------
        ndarray (n, n_classes)
            In the order of ``classes_``; −∞ for a probability of 0.
        """
        probabilities = self.predict_proba(X)
        with np.errstate(divide="ignore"):
            return np.asarray(np.log(probabilities))

    def __sklearn_is_fitted__(self) -> bool:
        """Return whether there are weights: parts that weigh nothing leave classes alone."""
        return hasattr(self, "coefs_")

    def _probabilities(self, outputs: list[Array]) -> Array:
        """Return the mean of the probabilities that outputs stand for."""
        loss = checked_recipe(vars(self)).objective(len(self.classes_)).loss
        seen = [loss.probabilities(scores) for scores in outputs]
        return seen[0] if len(seen) == 1 else np.mean(seen, axis=0)

    def _recipe(self) -> Recipe:
        return Recipe.of(vars(self))

    def _record(self) -> Record:
        return Record.from_attributes(vars(self))

    def _show(self, record: Record) -> None:
        """Set all that was learned: the one place where a fit changes the estimator."""
        for name, value in record.attributes().items():
            if value is not REMOVED:
                setattr(self, name, value)
            elif hasattr(self, name):
                delattr(self, name)
        remember(self, *_READ, *(("image_shape",) if self.receptive_fields is not None else ()))

    def _held_out(self, X_val: Any, y_val: Any, classes: Array, dtype: Any) -> Samples | None:
        """Return a validation part that was given, checked."""
        if (X_val is None) != (y_val is None):
            raise ModelError("X_val and y_val belong together: one of them is missing")
        if X_val is None:
            return None
        X_val, y_val = checked_rows(self, X_val, y_val, dtype=dtype, reset=False, learned=False)
        unknown = np.setdiff1d(y_val, classes)
        if len(unknown):
            raise ModelError(f"y_val has classes that y has not: {unknown}")
        weights = _check_sample_weight(None, X_val, dtype=dtype)
        return Samples(X_val, np.searchsorted(classes, y_val), weights)

    def _scores(self, X: Any) -> list[Array]:
        """Return outputs (n, n_outputs), of each network for each view."""
        check_fitted(self)
        X = checked_rows(self, X, reset=False)
        recipe, record = checked_recipe(vars(self)), self._record()
        front, dtype = record.front(recipe), record.coefs[0].dtype.type
        n_outputs = recipe.objective(len(record.classes)).n_outputs
        networks = []
        # Built anew for each prediction, so that threads can predict side by side.
        for weights in record.networks:
            rng = np.random.default_rng(0)
            network = network_of(recipe, X.shape[1], n_outputs, dtype, None, rng)
            for parameter, array in weights.pairs(network):
                parameter.value = np.asarray(array)
            networks.append(network)
        is_seen_once = len(networks) > 1 and bool(front.layers())
        if not is_seen_once:
            networks[0].layers[:0] = front.layers()

        def outputs(rows: Array) -> list[Array]:
            if is_seen_once:
                rows = front.applied(rows.astype(dtype, copy=False))
            return [network.scores(rows) for network in networks]

        found: list[list[Array]] = []
        if recipe.image_shape is None or recipe.views == 1:
            if not is_seen_once:
                return outputs(X)
            for first in range(0, len(X), _ROWS_AT_ONCE):
                found.append(outputs(np.asarray(X[first : first + _ROWS_AT_ONCE])))
            return [np.concatenate(each) for each in zip(*found, strict=True)]
        shift = (recipe.augment or {}).get("shift", 0) or 2
        for first in range(0, len(X), _IMAGES_AT_ONCE):
            some = np.asarray(X[first : first + _IMAGES_AT_ONCE])
            seen = views_of(some.reshape(len(some), *recipe.image_shape), recipe.views, shift)
            found.append([each for view in seen for each in outputs(view.reshape(some.shape))])
        return [np.concatenate(each) for each in zip(*found, strict=True)]
