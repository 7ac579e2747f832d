"""Extractors and classifiers of a user's own, well-behaved and otherwise."""

from __future__ import annotations

from typing import Any

import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin, TransformerMixin
from sklearn.neighbors import KNeighborsClassifier


class Flat(TransformerMixin, BaseEstimator):
    """Pixels as floats; counts how often it is fitted and run."""

    calls: list[str] = []  # noqa: RUF012 - shared on purpose: clones report to one place
    cache_key = "its parameters decide"

    def __init__(self, *, scale: float = 255.0) -> None:
        self.scale = scale

    def fit(self, X: Any, y: Any = None) -> Flat:
        assert y is None, "extractors are fitted without labels"
        self.calls.append("fit")
        return self

    def transform(self, X: Any) -> Any:
        self.calls.append(f"transform {len(X)}")
        return X.reshape(len(X), -1) / self.scale


class Noise(Flat):
    """Pixels times something random, learned in fit."""

    def __init__(self, *, scale: float = 255.0, random_state: int | None = None) -> None:
        super().__init__(scale=scale)
        self.random_state = random_state

    def fit(self, X: Any, y: Any = None) -> Noise:
        self.calls.append(f"fit {self.random_state}")
        rng = np.random.default_rng(self.random_state)
        self.factors_ = rng.random(X[0].size)
        return self

    def transform(self, X: Any) -> Any:
        return X.reshape(len(X), -1) / self.scale * self.factors_


class FailsToTransform(Flat):
    def transform(self, X: Any) -> Any:
        raise RuntimeError("no features\nto be had")


class GivesNaN(Flat):
    def transform(self, X: Any) -> Any:
        return np.full((len(X), 2), np.nan)


class WrongRows(Flat):
    def transform(self, X: Any) -> Any:
        return np.zeros((len(X) + 1, 2))


class FailsToFit(KNeighborsClassifier):
    def fit(self, X: Any, y: Any) -> FailsToFit:
        raise MemoryError


class Interrupts(KNeighborsClassifier):
    """Ctrl-C comes while it is fitted."""

    def fit(self, X: Any, y: Any) -> Interrupts:
        raise KeyboardInterrupt


class Grown(ClassifierMixin, BaseEstimator):
    """Takes a validation set and says for how long to be fitted again, as the network does."""

    fits: list[dict[str, Any]] = []  # noqa: RUF012 - shared on purpose

    cache_key = "its parameters decide"

    def __init__(self, *, max_iter: int = 100, early_stopping: bool = True) -> None:
        self.max_iter = max_iter
        self.early_stopping = early_stopping

    @property
    def validation_decides(self) -> bool:
        return self.early_stopping

    def fit(self, X: Any, y: Any) -> Grown:
        return self.fit_validated(X, y, X[:0], y[:0])

    def fit_validated(self, X: Any, y: Any, X_val: Any, y_val: Any) -> Grown:
        self.fits.append(self.get_params() | {"n": len(X), "n_val": len(X_val)})
        self.classes_ = np.unique(y)
        self.most_ = int(np.bincount(y).argmax())
        self.refit_params_ = {"max_iter": 7, "early_stopping": False}
        losses = (1.0, float("nan"))
        self.history_ = [
            {"epoch": i + 1, "loss": loss, "val_score": 0.5, "seconds": 0.1}
            for i, loss in enumerate(losses)
        ]
        return self

    def predict(self, X: Any) -> Any:
        return np.full(len(X), self.most_)
