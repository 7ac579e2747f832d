from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Ridge as ScikitRidge

from models import LinearClassifier
from models.convex import normal_equations, tiled_matrix

Data = tuple[Any, Any, Any]
ALPHAS = [1e-3, 3e-2, 1.0, 30.0]
SHAPES = [(90, 20), (40, 70)]  # one equation a column, and one a sample


@pytest.fixture(autouse=True, params=[2048, 16], ids=["one-tile", "tiles"])
def side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (normal_equations, tiled_matrix):
        monkeypatch.setattr(module, "SIDE", request.param)


def _data(shape: tuple[int, int], dtype: Any = np.float64) -> Data:
    rng = np.random.default_rng(0)
    X = rng.standard_normal(shape) * rng.uniform(0.1, 10, shape[1])
    y = (X[:, :3] / X[:, :3].std(axis=0) + rng.standard_normal((shape[0], 3))).argmax(axis=1)
    return (X + 5).astype(dtype), y, rng.uniform(0.1, 1, shape[0])


def _scikit(X: Any, y: Any, w: Any, alpha: float) -> Any:
    w = w / w.sum()
    mean = w @ X
    Z = (X - mean) / np.sqrt(w @ np.square(X - mean))
    return Z, ScikitRidge(alpha=alpha, solver="cholesky").fit(Z, np.eye(3)[y], sample_weight=w)


@pytest.mark.parametrize(("dtype", "rtol"), [(np.float64, 1e-7), (np.float32, 1e-2)])
@pytest.mark.parametrize("shape", SHAPES)
def test_equals_ridge_regression(shape: tuple[int, int], dtype: Any, rtol: float) -> None:
    X, y, w = _data(shape, dtype)
    net = LinearClassifier(loss="squared", alpha=0.03, standardize=True).fit(X, y, w)
    Z, ridge = _scikit(X.astype(np.float64), y, w, 0.03)
    expected = ridge.predict(Z)
    assert_allclose(net.decision_function(X), expected, rtol=rtol, atol=rtol)
    w = w / w.sum()
    value = 0.5 * w @ np.square(expected - np.eye(3)[y]).sum(axis=1)
    assert_allclose(net.loss_, value + 0.015 * np.square(ridge.coef_).sum(), rtol=rtol)


@pytest.mark.parametrize("shape", SHAPES)
def test_the_alpha_taken_is_the_best_on_what_was_held_out(shape: tuple[int, int]) -> None:
    X, y, w = _data(shape)
    held_out = np.arange(0, len(X), 3)
    rest = np.setdiff1d(np.arange(len(X)), held_out)
    net = LinearClassifier(loss="squared", alpha=ALPHAS)
    net.fit(X, y, w, held_out=held_out)
    accuracies = {}
    for alpha in ALPHAS:
        v = w[rest] / w[rest].sum()
        Z, T = X - w @ X / w.sum(), np.eye(3)[y]  # columns are centred on all samples
        ridge = ScikitRidge(alpha=alpha, solver="cholesky", fit_intercept=False)
        ridge.fit(Z[rest], T[rest] - v @ T[rest], sample_weight=v)
        found = (ridge.predict(Z[held_out]) + v @ T[rest]).argmax(axis=1)
        accuracies[alpha] = float(np.average(found == y[held_out], weights=w[held_out]))
    assert len(set(accuracies.values())) > 1
    assert net.validation_score_ == pytest.approx(max(accuracies.values()))
    assert accuracies[net.alpha_] == pytest.approx(max(accuracies.values()))


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES)
def test_choosing_ends_in_the_same_weights_as_being_told(
    shape: tuple[int, int], dtype: Any
) -> None:
    X, y, w = _data(shape, dtype)
    chosen = LinearClassifier(loss="squared", alpha=ALPHAS, standardize=True).fit(X, y, w)
    told = LinearClassifier(loss="squared", alpha=chosen.alpha_, standardize=True).fit(X, y, w)
    assert_array_equal(chosen.coef_, told.coef_)
    assert_array_equal(chosen.intercept_, told.intercept_)


def test_rows_mapped_from_a_file_are_read_in_place(tmp_path: Any) -> None:
    X, y, w = _data((40, 70), np.float32)
    np.save(tmp_path / "X.npy", X)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    net = LinearClassifier(loss="squared", alpha=ALPHAS)
    assert_array_equal(net.fit(mapped, y, w).coef_, net.fit(X, y, w).coef_)


def test_columns_that_repeat_are_solved_by_least_squares_or_refused() -> None:
    X, y, _ = _data((90, 20))
    X = np.hstack([X, X])
    net = LinearClassifier(loss="squared", alpha=0.0)
    if tiled_matrix.SIDE == 2048:
        assert net.fit(X, y).score(X, y) > 0.5
    else:
        with pytest.raises(ValueError, match="alpha=0 is too small for 40 equations"):
            net.fit(X.astype(np.float32), y)


@pytest.mark.parametrize(
    ("alpha", "held_out", "says"),
    [
        ([], None, "alpha must be a finite number from 0 up, or several such"),
        ([0.1, -1.0], None, "alpha must be a finite number from 0 up, or several such"),
        ([0.1, 1.0], np.arange(90), "held_out must name some of the 90 samples and not all"),
        ([0.1, 1.0], np.arange(0), "held_out must name some of the 90 samples and not all"),
    ],
)
def test_nonsense_is_refused(alpha: Any, held_out: Any, says: str) -> None:
    X, y, _ = _data((90, 20))
    with pytest.raises(ValueError, match=says):
        LinearClassifier(loss="squared", alpha=alpha).fit(X, y, held_out=held_out)


def test_several_alpha_are_for_squared_error() -> None:
    X, y, _ = _data((90, 20))
    with pytest.raises(ValueError, match="are for loss='squared'"):
        LinearClassifier(alpha=[0.1, 1.0]).fit(X, y)
    with pytest.raises(ValueError, match="ten samples of a class"):
        LinearClassifier(loss="squared", alpha=[0.1, 1.0]).fit(X[:9], y[:9])
