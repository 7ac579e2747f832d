"""Threads change no bit of a fit or a prediction, whatever is fitted."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pytest
from numpy.testing import assert_array_equal
from threadpoolctl import threadpool_limits

from models import MLPClassifier, ViewsClassifier
from models.layers import products
from models.layers.layer import Array
from models.layers.local import receptive_fields
from models.optimization import update

PIXELS = {"image_shape": (6, 6, 3), "views": 2}
SQUARES = {
    "image_shape": (6, 6, 3),
    "receptive_fields": [(4, 2), (2, 1)],
    "hidden_layer_sizes": (8, 12, 20),
}
NETWORKS: dict[str, dict[str, Any]] = {
    "plain": {"hidden_layer_sizes": (60, 40), "early_stopping": True},
    "dropout and batch norm": {"dropout": 0.3, "input_dropout": 0.1, "norm": "batch"},
    "residual": {"hidden_layer_sizes": (48, 48), "residual": True, "norm": "layer"},
    "clipped and averaged": {"clip_norm": 0.5, "average_decay": 0.9, "weight_decay": 0.1},
    "momentum": {"solver": "sgd", "activation": "gelu"},
    "gradient penalty": {"gradient_penalty": 0.1, "activation": "tanh"},
    "whitened": {"whiten": 40, "standardize": True},
    "several": {"n_networks": 2, "whiten": 40, "norm": "batch"},
    "mixed": {"mixup": 0.5},
    "lbfgs": {"solver": "lbfgs"},
    "augmented": {**PIXELS, "augment": {"mirror": True, "shift": 1, "mixup": 0.3}},
    "augmented and whitened": {**PIXELS, "augment": {"mirror": True}, "whiten": 40},
    "squares": {**SQUARES, "norm": "batch"},
    "squares, whitened and augmented": {
        **SQUARES,
        "whiten": 12,
        "views": 2,
        "augment": {"mirror": True, "shift": 1},
        "norm": "batch",
    },
    "several, augmented and mixed": {
        **PIXELS,
        "augment": {"mirror": True},
        "mixup": 0.5,
        "n_networks": 2,
        "whiten": 40,
    },
}


@pytest.fixture(autouse=True)
def small_tiles(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"ROWS": 32, "COLUMNS": (16, 32), "TERMS": 32, "SHARED_FROM": 1000}.items():
        monkeypatch.setattr(products, name, value)
    # Named in its own module, they are other names for the same numbers.
    monkeypatch.setattr(receptive_fields, "SHARED_FROM", 1000)
    monkeypatch.setattr(receptive_fields, "SUMMED_FROM", 100)
    monkeypatch.setattr(products, "SUMMED_FROM", 100)
    for name in ("TILE", "SHARED_FROM", "COMPILED_FROM"):
        monkeypatch.setattr(update, name, 1024)
    monkeypatch.setattr(update, "LEAST_ROWS", 16)


def samples() -> tuple[Array, Array]:
    rng = np.random.default_rng(0)
    return rng.random((170, 108), np.float32), np.arange(170) % 3


def outputs(model: Any, X: Array, y: Array, n_threads: int, patch: pytest.MonkeyPatch) -> Array:
    patch.setattr(joblib, "cpu_count", lambda: n_threads)
    with threadpool_limits(n_threads, user_api="blas"):
        return np.asarray(model.fit(X, y).predict_proba(X))


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", NETWORKS)
def test_threads_change_no_bit_of_a_network(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = samples()
    options = {"hidden_layer_sizes": (60,), "max_iter": 3, "batch_size": 50, **NETWORKS[name]}
    net = MLPClassifier(random_state=0, **options)
    alone = outputs(net, X, y, 1, monkeypatch)
    weights = [coef.copy() for coef in net.coefs_]
    for n_threads in (2, 4, 16):
        assert_array_equal(outputs(net, X, y, n_threads, monkeypatch), alone)
        for coef, weight in zip(net.coefs_, weights, strict=True):
            assert_array_equal(coef, weight)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_threads_change_no_bit_of_views(monkeypatch: pytest.MonkeyPatch) -> None:
    X, y = samples()
    model = ViewsClassifier(MLPClassifier((40,), max_iter=2, random_state=0), n_views=2)
    alone = outputs(model, X, y, 1, monkeypatch)
    for n_threads in (2, 16):
        assert_array_equal(outputs(model, X, y, n_threads, monkeypatch), alone)


def test_blas_has_its_threads_again_after_a_fit() -> None:
    from threadpoolctl import threadpool_info

    X, y = samples()
    with threadpool_limits(2, user_api="blas"):
        MLPClassifier((40,), max_iter=1, n_iter_no_change=1, random_state=0).fit(X, y).predict(X)
        held = {each["num_threads"] for each in threadpool_info() if each["user_api"] == "blas"}
    assert held == {2}
