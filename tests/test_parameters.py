"""Every parameter of every public estimator: wrong values are refused, NumPy's numbers pass."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction
from inspect import signature
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.base import BaseEstimator, clone

import features
import models
from data import PreconvError
from features import (
    HOG,
    VLAD,
    BagOfVisualWords,
    ColorHistogram,
    ConvolutionalKernelNetwork,
    CoOccurrence,
    FisherVector,
    ImageExtractor,
    LocalBinaryPatterns,
    RawPixels,
    Resize,
    Views,
)
from models import (
    KernelClassifier,
    LinearClassifier,
    MLPClassifier,
    TaughtClassifier,
    ViewsClassifier,
)

IMAGES = np.random.default_rng(0).integers(0, 256, (12, 16, 16, 3), dtype=np.uint8)
ROWS = np.random.default_rng(1).normal(size=(40, 12)).astype(np.float32)
LABELS = np.arange(40) % 3

SMALL_WORDS: dict[str, Any] = {"n_words": 4, "patch_size": 4, "n_samples": 200, "n_iterations": 2}
SMALL_NETWORK: dict[str, Any] = {"hidden_layer_sizes": (4,), "max_iter": 2, "random_state": 0}

ESTIMATORS: dict[str, Any] = {
    "RawPixels": RawPixels(),
    "ColorHistogram": ColorHistogram(),
    "HOG": HOG(),
    "BagOfVisualWords": BagOfVisualWords(**SMALL_WORDS),
    "ConvolutionalKernelNetwork": ConvolutionalKernelNetwork(
        n_filters=(3, 4), whitening_size=3, n_samples=200, n_iterations=2
    ),
    "FisherVector": FisherVector(n_components=2, n_samples=200, n_iterations=2),
    "VLAD": VLAD(n_words=2, n_samples=200, n_iterations=2),
    "LocalBinaryPatterns": LocalBinaryPatterns(),
    "CoOccurrence": CoOccurrence(),
    "Views": Views(RawPixels()),
    "Resize": Resize(),
    "KernelClassifier": KernelClassifier(),
    "LinearClassifier": LinearClassifier(),
    "MLPClassifier": MLPClassifier(**SMALL_NETWORK),
    "TaughtClassifier": TaughtClassifier(MLPClassifier(**SMALL_NETWORK), LinearClassifier()),
    "ViewsClassifier": ViewsClassifier(LinearClassifier(), n_views=2),
}

WRONG: dict[str, Any] = {
    "True": True,
    "NumPy's True": np.True_,
    "text": "false",
    "no text": "",
    "bytes": b"1",
    "NaN": float("nan"),
    "infinity": float("inf"),
    "minus infinity": -np.inf,
    "NumPy's NaN": np.float32("nan"),
    "negative": -7,
    "a negative number": -0.5,
    "half": Fraction(1, 2),
    "more than float32": 1e39,
    "more than float64": 10**400,
    "negative and huge": -(10**400),
    "complex": 1j,
    "object": object(),
    "list": [],
    "list of a list": [[]],
    "list of text": ["1"],
    "list of NaN": [float("nan")],
    "list of True": [True],
    "mapping": {},
    "mapping of numbers": {1: -1},
    "array": np.zeros((2, 2)),
    "array of one": np.array(3),
    "class": int,
}

FLAGS = (
    "shuffle",
    "warm_start",
    "nesterovs_momentum",
    "early_stopping",
    "standardize",
    "residual",
    "verbose",
    "draw_views",
)

ALLOWED: dict[str, set[str]] = {
    "ColorHistogram.soft": {"True", "NumPy's True"},
    "HOG.transform_sqrt": {"True", "NumPy's True"},
    "BagOfVisualWords.mirror": {"True", "NumPy's True"},
    "BagOfVisualWords.encoding_options": {"mapping"},
    "BagOfVisualWords.random_state": {"more than float64"},
    "ConvolutionalKernelNetwork.mirror": {"True", "NumPy's True"},
    "ConvolutionalKernelNetwork.random_state": {"more than float64"},
    "FisherVector.random_state": {"more than float64"},
    "VLAD.random_state": {"more than float64"},
    "CoOccurrence.symmetric": {"True", "NumPy's True"},
    "CoOccurrence.normed": {"True", "NumPy's True"},
    "CoOccurrence.angles": {"negative", "a negative number"},
    "KernelClassifier.standardize": {"True", "NumPy's True"},
    "KernelClassifier.class_weight": {"mapping"},
    "KernelClassifier.random_state": {"more than float64"},
    "LinearClassifier.standardize": {"True", "NumPy's True"},
    "LinearClassifier.class_weight": {"mapping"},
    "MLPClassifier.hidden_layer_sizes": {"list"},
    **{f"MLPClassifier.{flag}": {"True", "NumPy's True"} for flag in FLAGS},
    "MLPClassifier.n_iter_no_change": {"infinity"},
    "MLPClassifier.class_weight": {"mapping"},
    "MLPClassifier.augment": {"mapping"},
    "MLPClassifier.checkpoint": {"text", "no text"},
    **{
        f"MLPClassifier.{function}": {"class"}  # it can be called
        for function in ["activation", "learning_rate", "norm", "initialization", "network"]
    },
}
"""What is right after all, where there is something."""

RIGHT: dict[str, list[Any]] = {
    "ColorHistogram.bins": [np.int8(8), np.uint8(2)],
    "ColorHistogram.grid": [(np.int8(2), np.uint8(1)), np.array([2, 1], np.int8), np.int8(2)],
    "ColorHistogram.soft": [np.True_, np.False_],
    "HOG.orientations": [np.uint8(9), np.int8(100)],
    "HOG.pixels_per_cell": [(np.int8(4), np.uint8(8)), np.array([4, 8], np.int8), np.uint8(8)],
    "HOG.cells_per_block": [(np.int8(1), np.uint8(2)), np.array([1, 2])],
    "HOG.transform_sqrt": [np.True_],
    "BagOfVisualWords.n_words": [np.int8(127), np.uint8(5)],
    "BagOfVisualWords.patch_size": [np.uint8(12), [np.int8(4), np.uint8(6)], np.array([4, 6])],
    "BagOfVisualWords.stride": [np.int8(2)],
    "BagOfVisualWords.contrast": [np.float64(10), np.float32(3), np.int8(5)],
    "BagOfVisualWords.whitening": [np.float64(0.1), np.float16(0.5), np.uint8(1)],
    "BagOfVisualWords.grid": [np.array([2, 1]), [(np.int8(1), 1), [np.int8(2), 2]]],
    "BagOfVisualWords.window": [np.int8(3)],
    "BagOfVisualWords.mirror": [np.True_],
    "BagOfVisualWords.power": [np.float32(0.5), np.int8(1)],
    "BagOfVisualWords.n_samples": [np.uint8(200), np.int64(150)],
    "BagOfVisualWords.n_iterations": [np.int8(2)],
    "BagOfVisualWords.random_state": [np.int8(3), np.uint64(2**40)],
    "ConvolutionalKernelNetwork.n_filters": [(np.int8(3), np.uint8(4)), np.array([3, 4])],
    "ConvolutionalKernelNetwork.patch_sizes": [np.int8(2), np.array([3, 2], np.uint8)],
    "ConvolutionalKernelNetwork.subsampling": [(np.int8(2), np.uint8(3))],
    "ConvolutionalKernelNetwork.sigmas": [np.float32(0.5), np.array([0.5, 1.0])],
    "ConvolutionalKernelNetwork.contrast": [np.float32(3), np.int8(5)],
    "ConvolutionalKernelNetwork.whitening": [np.float16(0.5)],
    "ConvolutionalKernelNetwork.whitening_size": [np.int8(5)],
    "ConvolutionalKernelNetwork.mirror": [np.True_],
    "ConvolutionalKernelNetwork.power": [np.float32(0.5)],
    "ConvolutionalKernelNetwork.n_samples": [np.uint8(150)],
    "FisherVector.n_components": [np.int8(3), np.uint8(2)],
    "FisherVector.patch_size": [np.uint8(8)],
    "FisherVector.stride": [np.int8(2)],
    "FisherVector.contrast": [np.float32(3)],
    "FisherVector.n_dimensions": [np.int8(30)],
    "FisherVector.power": [np.float32(0.5), np.float64(0.25), np.int8(1)],
    "FisherVector.grid": [np.array([2, 1], np.uint8)],
    "FisherVector.n_samples": [np.uint8(200)],
    "FisherVector.n_iterations": [np.int8(2)],
    "FisherVector.random_state": [np.int8(3)],
    "VLAD.n_words": [np.int8(3)],
    "VLAD.n_dimensions": [np.int8(30), np.uint8(5)],
    "VLAD.n_samples": [np.uint8(200)],
    "LocalBinaryPatterns.radius": [np.float32(1.5), np.array([1, 2], np.int8), [np.float16(2)]],
    "LocalBinaryPatterns.n_points": [np.uint8(12), np.int8(31)],
    "CoOccurrence.distances": [np.int8(2), np.array([1.0, 2.0], np.float32)],
    "CoOccurrence.angles": [np.float32(0.5), np.array([0, 1])],
    "CoOccurrence.levels": [np.uint8(200), np.int8(100)],
    "CoOccurrence.symmetric": [np.False_],
    "RawPixels.n_jobs": [np.int8(1), np.int64(-1)],
    "Views.n_views": [np.int8(2), np.uint8(10)],
    "Views.shift": [np.int8(2), np.uint8(2)],
    "KernelClassifier.alpha": [np.float64(0.1), np.float32(0.5), np.int8(1)],
    "KernelClassifier.gamma": [np.float64(0.1), np.float16(0.5), np.int8(1)],
    "KernelClassifier.degree": [np.int8(3)],
    "KernelClassifier.coef0": [np.float16(0.5), np.uint8(0)],
    "KernelClassifier.n_cells": [np.int8(4)],
    "KernelClassifier.standardize": [np.False_],
    "KernelClassifier.whiten": [np.int8(5)],
    "KernelClassifier.whiten_epsilon": [np.float16(0.5)],
    "KernelClassifier.n_landmarks": [np.int8(10)],
    "KernelClassifier.n_choosing": [np.uint8(200)],
    "KernelClassifier.random_state": [np.int8(3)],
    "LinearClassifier.alpha": [np.float64(0.1), np.float32(0.5), np.int8(1)],
    "LinearClassifier.standardize": [np.True_],
    "LinearClassifier.max_iter": [np.int8(100), np.uint8(200)],
    "LinearClassifier.tol": [np.float64(1e-3), np.float16(1e-3)],
    "MLPClassifier.hidden_layer_sizes": [np.uint8(200), (np.int8(100), np.uint8(3)), np.array([3])],
    "MLPClassifier.alpha": [np.float64(0.1), np.float32(0.1)],
    "MLPClassifier.batch_size": [np.int8(8), np.uint8(30)],
    "MLPClassifier.learning_rate": [np.array([1.0, 0.5])],
    "MLPClassifier.learning_rate_init": [np.float64(0.01), np.float16(0.01)],
    "MLPClassifier.max_iter": [np.int8(3)],
    "MLPClassifier.shuffle": [np.False_],
    "MLPClassifier.random_state": [np.int8(3)],
    "MLPClassifier.tol": [np.float64(1e-3)],
    "MLPClassifier.beta_1": [np.float64(0.8), np.float16(0.8)],
    "MLPClassifier.beta_2": [np.float64(0.8), np.float16(0.8)],
    "MLPClassifier.epsilon": [np.float64(1e-6), np.float16(1e-4)],
    "MLPClassifier.early_stopping": [np.False_],
    "MLPClassifier.n_iter_no_change": [np.int8(2), np.float64("inf")],
    "MLPClassifier.standardize": [np.True_],
    "MLPClassifier.whiten": [np.int8(5)],
    "MLPClassifier.dropout": [np.float64(0.2), np.float16(0.2), np.array([0.2])],
    "MLPClassifier.input_dropout": [np.float64(0.2)],
    "MLPClassifier.residual": [np.True_],
    "MLPClassifier.weight_decay": [np.float64(0.1)],
    "MLPClassifier.clip_norm": [np.float64(1.0), np.float16(1.0)],
    "MLPClassifier.warmup_epochs": [np.float64(0.5), np.int8(1)],
    "MLPClassifier.average_decay": [np.float64(0.5)],
    "MLPClassifier.gradient_penalty": [np.float64(0.5), np.float16(0.5)],
    "MLPClassifier.label_smoothing": [np.float64(0.1), np.float16(0.1)],
    "MLPClassifier.mixup": [np.float64(0.1), np.int8(1)],
    "MLPClassifier.n_networks": [np.int8(2)],
    "MLPClassifier.schedule_epochs": [np.int8(3)],
    "MLPClassifier.image_shape": [np.array([2, 2, 3], np.int8)],
    "TaughtClassifier.n_columns": [np.int8(5)],
    "TaughtClassifier.share": [np.float16(0.5), np.int8(1)],
    "TaughtClassifier.temperature": [np.float32(2.5)],
    "ViewsClassifier.n_views": [np.int8(2), np.uint8(3)],
}

BESIDE: dict[str, dict[str, Any]] = {
    "MLPClassifier.hidden_layer_sizes": {"alpha": 0.01},
    "BagOfVisualWords.contrast": {"codebook": "sampled"},
}
"""Other parameters that let a value act."""


def parameters() -> Iterator[str]:
    for name, estimator in ESTIMATORS.items():
        yield from (f"{name}.{parameter}" for parameter in signature(type(estimator)).parameters)


def with_value(parameter: str, value: Any) -> Any:
    name, key = parameter.split(".")
    estimator = clone(ESTIMATORS[name]).set_params(**BESIDE.get(parameter, {}))
    setattr(estimator, key, value)
    return estimator


def fitted(estimator: Any) -> Any:
    if isinstance(estimator, ImageExtractor):
        return estimator.fit(IMAGES)
    return estimator.fit(ROWS, LABELS)


def seen(estimator: Any) -> npt.NDArray[Any]:
    if isinstance(estimator, ImageExtractor):
        return np.asarray(estimator.transform(IMAGES))
    if hasattr(estimator, "predict_proba"):
        return np.asarray(estimator.predict_proba(ROWS))
    return np.asarray(estimator.decision_function(ROWS))


def as_python(value: Any) -> Any:
    if isinstance(value, np.ndarray):
        return tuple(value.tolist())
    if isinstance(value, list | tuple):
        return type(value)(as_python(each) for each in value)
    if isinstance(value, np.floating):
        return float(value)
    return value.item() if isinstance(value, np.generic) else value


def test_every_public_estimator_is_here() -> None:
    public = {
        value
        for package in (features, models)
        for value in (getattr(package, name) for name in package.__all__)
        if isinstance(value, type) and issubclass(value, BaseEstimator)
    }
    assert public - {ImageExtractor} == {type(each) for each in ESTIMATORS.values()}


@pytest.mark.parametrize("parameter", list(parameters()))
def test_wrong_values_are_refused_by_name(parameter: str) -> None:
    for what, value in WRONG.items():
        if what in ALLOWED.get(parameter, ()):
            continue
        with pytest.raises(PreconvError) as refused:
            fitted(with_value(parameter, value))
        assert isinstance(refused.value, ValueError)
        assert parameter.split(".")[1] in str(refused.value), what
        assert len(str(refused.value)) < 500


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("parameter", list(RIGHT))
def test_numbers_of_numpy_are_those_of_python(parameter: str) -> None:
    for value in RIGHT[parameter]:
        given = fitted(with_value(parameter, value))
        plain = fitted(with_value(parameter, as_python(value)))
        np.testing.assert_array_equal(seen(given), seen(plain))
        assert seen(given).dtype == seen(plain).dtype
