"""The parameters that an extractor was fitted with, so that others are refused until the next fit.

What `fit` derives from parameters and what `transform` reads of them must belong together: compiled
loops write as many columns as `fit` has counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator

from data.parameters.unchanged import check_same, copied


def parameters_of(extractor: BaseEstimator) -> dict[str, Any]:
    """Return the parameters that decide features: all but numbers of threads.

    Those of an estimator inside come after it, by the names that `set_params` takes.

    Examples
    --------
    >>> from features import HOG, RawPixels, Views
    >>> parameters_of(RawPixels(n_jobs=2)), parameters_of(Views(RawPixels(), shift=1))
    ({}, {'extractor': RawPixels(), 'n_views': 10, 'shift': 1})
    >>> parameters_of(Views(HOG(orientations=8)))["extractor__orientations"]
    8
    """
    parameters: dict[str, Any] = extractor.get_params()
    names = [name for name in parameters if name.split("__")[-1] != "n_jobs"]
    # An estimator that was exchanged is named before the parameters that the new one lacks.
    return {name: copied(parameters[name]) for name in sorted(names, key=_depth)}


def check_unchanged(extractor: BaseEstimator, fitted_with: Mapping[str, Any]) -> None:
    """Raise ParameterError if a parameter is not what it was when the extractor was fitted.

    Examples
    --------
    >>> import numpy as np
    >>> from features import HOG
    >>> images = np.zeros((1, 32, 32, 3), np.uint8)
    >>> HOG().fit(images).set_params(orientations=8).transform(images)
    Traceback (most recent call last):
    ...
    data.errors.ParameterError: orientations was 9 when HOG was fitted and is 8 now; fit again
    """
    # Asking for all parameters takes as long as a small image, so only where some are inside.
    inside = extractor.get_params() if any(map(_depth, fitted_with)) else {}
    now = {
        name: inside.get(name) if _depth(name) else getattr(extractor, name) for name in fitted_with
    }
    check_same(type(extractor).__name__, fitted_with, now)


def _depth(name: str) -> int:
    """Return how many estimators lie around the one that has a parameter."""
    return name.count("__")
