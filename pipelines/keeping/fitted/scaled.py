"""A scaler in front of a classifier, as `standardize = true` makes it."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.errors import PackingError
from pipelines.keeping.fitted.checks import Learned, array_in, check_keys


def is_scaled(value: Any) -> bool:
    """Return whether an estimator is a plain scaler and one classifier behind it."""
    from sklearn.pipeline import Pipeline
    from sklearn.preprocessing import StandardScaler

    if type(value) is not Pipeline or len(value.steps) != 2:
        return False
    scaler = value.steps[0][1]
    return type(scaler) is StandardScaler and scaler.get_params() == StandardScaler().get_params()


def make_scaled(*, classifier: Any) -> Any:
    """Return a classifier behind a scaler."""
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    return make_pipeline(StandardScaler(), classifier)


def parameters_of(pipeline: Any) -> dict[str, Any]:
    """Return what `make_scaled` makes the same from."""
    return {"classifier": pipeline.steps[1][1]}


def taken(pipeline: Any) -> Learned:
    """Return the mean and the variance of each column."""
    scaler = pipeline.steps[0][1]
    return {
        "mean_": scaler.mean_,
        "var_": scaler.var_,
        "scale_": scaler.scale_,
        "n_samples_seen_": int(np.max(scaler.n_samples_seen_)),
    }


def give(pipeline: Any, learned: Learned) -> None:
    """Check them, and make the scaler fitted; the classifier is fitted already."""
    scaler, classifier = (step for _, step in pipeline.steps)
    check_keys(learned, {"mean_", "var_", "scale_", "n_samples_seen_"})
    n_columns = getattr(classifier, "n_features_in_", None)
    if type(n_columns) is not int:
        raise PackingError("a scaler stands in front of a fitted classifier")
    for name in ("mean_", "var_", "scale_"):
        array_in(learned, name, (n_columns,))
    if not (learned["scale_"] > 0).all() or type(learned["n_samples_seen_"]) is not int:
        raise PackingError("scale_ must be positive, and n_samples_seen_ a count")
    vars(scaler).update(learned)
    scaler.n_features_in_ = n_columns
