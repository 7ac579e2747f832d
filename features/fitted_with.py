"""The parameters that an extractor was fitted with, so that others are refused until the next fit.

What `fit` derives from parameters and what `transform` reads of them must belong together: compiled
loops write as many columns as `fit` has counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklearn.base import BaseEstimator

from data.unchanged import check_same


def parameters_of(extractor: BaseEstimator) -> dict[str, Any]:
    """Return the parameters that decide features: all but the number of threads.

    Examples
    --------
    >>> from features import RawPixels, Views
    >>> parameters_of(RawPixels(n_jobs=2)), parameters_of(Views(RawPixels(), shift=1))
    ({}, {'extractor': RawPixels(), 'n_views': 10, 'shift': 1})
    """
    parameters: dict[str, Any] = extractor.get_params(deep=False)
    return {name: value for name, value in parameters.items() if name != "n_jobs"}


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
    now = {name: getattr(extractor, name) for name in fitted_with}
    check_same(type(extractor).__name__, fitted_with, now)
