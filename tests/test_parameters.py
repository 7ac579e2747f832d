"""Every class takes its parameters by the same rules: nonsense is refused, and by its name."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pytest

from features import (
    HOG,
    VLAD,
    BagOfVisualWords,
    ColorHistogram,
    CoOccurrence,
    FisherVector,
    LocalBinaryPatterns,
    RawPixels,
)
from models import LinearClassifier, MLPClassifier

RNG = np.random.default_rng(0)
IMAGES = RNG.integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
X, Y = RNG.standard_normal((40, 6)), np.arange(40) % 2

QUICK: dict[type, dict[str, Any]] = {
    RawPixels: {},
    ColorHistogram: {},
    HOG: {"cells_per_block": (1, 1)},
    BagOfVisualWords: {"n_words": 4, "patch_size": 4, "n_samples": 200, "n_iterations": 1},
    FisherVector: {"n_components": 2, "n_samples": 200, "n_iterations": 1, "patch_size": 4},
    VLAD: {"n_words": 2, "n_samples": 200, "n_iterations": 1, "patch_size": 4},
    LocalBinaryPatterns: {},
    CoOccurrence: {"levels": 4},
    LinearClassifier: {"loss": "squared"},
    MLPClassifier: {"hidden_layer_sizes": (3,), "max_iter": 1},
}

NONSENSE: tuple[Any, ...] = ("false", -5, math.nan, -math.inf, [math.nan], [1, -1], object())

PARAMETERS = [(kind, name) for kind in QUICK for name in kind().get_params(deep=False)]
SWITCHES = [
    (kind, name)
    for kind, name in PARAMETERS
    if isinstance(kind().get_params(deep=False)[name], bool)
]
COUNTS = [
    (kind, name)
    for kind, name in PARAMETERS
    if isinstance(value := (kind().get_params(deep=False) | QUICK[kind])[name], int)
    and not isinstance(value, bool)
]

pytestmark = pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")


def used(kind: Any, name: str, value: Any) -> None:
    estimator = kind(**QUICK[kind] | {name: value})
    if hasattr(estimator, "transform"):
        estimator.fit(IMAGES).transform(IMAGES[:2])
    else:
        estimator.fit(X, Y)


def allowed(name: str, value: Any) -> bool:
    """Return whether a value of the list is no nonsense for a parameter."""
    if name in {"n_jobs", "random_state"} and isinstance(value, list):
        return name == "random_state" and value == [1, -1]
    if name == "angles":
        return value in (-5, [1, -1])
    return name == "n_jobs" and value == -5  # all processors but four


@pytest.mark.parametrize(("kind", "name"), PARAMETERS, ids=str)
def test_nonsense_is_refused_by_its_name(kind: Any, name: str) -> None:
    for value in NONSENSE:
        if not allowed(name, value):
            with pytest.raises(ValueError, match=name):
                used(kind, name, value)


@pytest.mark.parametrize(("kind", "name"), SWITCHES, ids=str)
def test_a_switch_is_true_or_false(kind: Any, name: str) -> None:
    for value in (0, 1, 1.0, None, "true"):
        if name != "verbose" or value not in (0, 1):
            with pytest.raises(ValueError, match=f"{name} must be True or False"):
                used(kind, name, value)
    used(kind, name, np.False_)


@pytest.mark.parametrize(("kind", "name"), COUNTS, ids=str)
def test_a_number_may_be_one_of_numpy_and_is_no_switch(kind: Any, name: str) -> None:
    value = (kind().get_params(deep=False) | QUICK[kind])[name]
    used(kind, name, np.int32(value))
    for switch in (True, np.True_):
        with pytest.raises(ValueError, match=name):
            used(kind, name, switch)


def test_a_list_may_be_an_array() -> None:
    used(HOG, "pixels_per_cell", np.array([4, 4]))
    used(ColorHistogram, "grid", np.array([2, 2]))
    used(BagOfVisualWords, "grid", np.array([2, 1]))
    used(BagOfVisualWords, "patch_size", np.array([4]))
    used(LocalBinaryPatterns, "radius", np.array([1.0, 2.0], np.float32))
    used(CoOccurrence, "distances", np.array([1, 2]))
    used(LinearClassifier, "alpha", np.array([0.1, 1.0], np.float32))
    used(MLPClassifier, "hidden_layer_sizes", np.array([3, 2]))
    empty: list[Any] = [[], np.array([], int)]
    for nothing in empty:
        for name in ("grid", "patch_size", "random_state"):
            with pytest.raises(ValueError, match=name):
                used(BagOfVisualWords, name, nothing)
