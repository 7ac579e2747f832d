"""Whitening against scikit-learn's PCA, and as the first thing a network does."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.utils.extmath import randomized_range_finder

from data.system.threads import one_blas_thread
from models import MLPClassifier
from models.layers import whiten
from models.layers.layer import Array
from models.layers.products import shared_products
from models.layers.standardize import column_statistics
from models.layers.whiten import Whiten, whitening_matrix


def correlated(n: int = 400, d: int = 7, dtype: Any = np.float64) -> Array:
    rng = np.random.default_rng(0)
    mixed: Array = rng.standard_normal((n, d)) @ rng.standard_normal((d, d)) + 3
    return mixed.astype(dtype)


def whitened(X: Array, k: int, weights: Array | None = None) -> Array:
    mean, scale = column_statistics(X, weights)
    return Whiten(whitening_matrix(X, mean, scale, k, weights)).forward((X - mean) * scale)


@pytest.mark.parametrize(("dtype", "digits"), [(np.float32, 1e-3), (np.float64, 1e-9)])
def test_components_are_those_of_scikit_learn(dtype: Any, digits: float) -> None:
    X = correlated(dtype=dtype)
    Z = whitened(X, 5)
    assert Z.dtype == dtype
    np.testing.assert_allclose(Z.T @ Z / len(Z), np.eye(5), atol=digits)
    mean, scale = column_statistics(X.astype(np.float64))
    oracle = PCA(5, whiten=True, svd_solver="full").fit_transform((X - mean) * scale)
    oracle *= np.sqrt(len(X) / (len(X) - 1))
    np.testing.assert_allclose(np.abs(Z), np.abs(oracle), atol=20 * digits)


def test_of_many_columns_the_components_are_white_and_nearly_the_largest(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X = correlated(d=60) * np.float64(0.9) ** np.arange(60)
    mean, ones = X.mean(axis=0), np.ones(60)
    exact = whitening_matrix(X, mean, ones, 12)
    monkeypatch.setattr(whiten, "EXACT_UP_TO", 59)
    close = whitening_matrix(X, mean, ones, 12)
    Z = (X - mean) @ close
    np.testing.assert_allclose(Z.T @ Z / len(Z), np.eye(12), atol=1e-9)
    # W⁺ maps back: how much of the variance the components keep.
    kept = [np.square(np.linalg.pinv(W)).sum() for W in (close, exact)]
    assert 0.999 < kept[0] / kept[1] <= 1 + 1e-9
    np.testing.assert_array_equal(close, whitening_matrix(X, mean, ones, 12))


@pytest.mark.parametrize("d", [60, 900])
def test_the_subspace_is_that_of_scikit_learn(d: int) -> None:
    X = np.random.default_rng(0).standard_normal((d, d)) * np.float64(0.99) ** np.arange(d)
    symmetric = X.T @ X
    with one_blas_thread():
        expected = randomized_range_finder(
            symmetric, size=20, n_iter=3, power_iteration_normalizer="QR", random_state=0
        )
    found = whiten._range(symmetric, 20)
    np.testing.assert_allclose(found, expected, atol=1e-9)
    with shared_products():
        np.testing.assert_array_equal(whiten._range(symmetric, 20), found)


def test_epsilon_leaves_a_component_its_share_of_the_variance() -> None:
    X = correlated()
    mean, scale = column_statistics(X)
    plain, damped = (whitening_matrix(X, mean, scale, 7, epsilon=e) for e in (0.0, 0.5))
    variances = 1 / np.square(plain).sum(axis=0)  # the columns of V have length one
    np.testing.assert_allclose(damped, plain * np.sqrt(variances / (variances + 0.5)))
    Z = (X - mean) * scale @ damped
    np.testing.assert_allclose(Z.T @ Z / len(Z), np.diag(variances / (variances + 0.5)), atol=1e-9)


def test_with_epsilon_faint_components_stay_among_strong_ones() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((2000, 300)).astype(np.float32) * np.float32(0.01)
    X += rng.standard_normal((2000, 1)).astype(np.float32)
    mean, ones = X.mean(axis=0), np.ones(300, np.float32)
    W = whitening_matrix(X, mean, ones, 300, epsilon=10.0)
    assert np.linalg.norm(W, axis=0).min() == pytest.approx(1 / np.sqrt(10 + 300), rel=0.1)
    assert np.linalg.norm(W, axis=0)[1:] == pytest.approx(1 / np.sqrt(10), rel=0.01)


def test_blocks_of_rows_add_up() -> None:
    X = correlated(9000)
    np.testing.assert_allclose(np.cov(whitened(X, 7).T, bias=True), np.eye(7), atol=1e-9)


def test_a_weight_counts_like_as_many_rows() -> None:
    X = correlated(60)
    times = np.random.default_rng(1).integers(0, 4, 60)
    mean, scale = column_statistics(X, times)
    W = whitening_matrix(X, mean, scale, 7, times)
    repeated = np.repeat(X, times, axis=0)
    again = whitening_matrix(repeated, *column_statistics(repeated), 7)
    np.testing.assert_allclose(W, again, atol=1e-8)


def test_where_nothing_varies_there_is_nothing() -> None:
    X = correlated(d=4)
    flat = np.column_stack([X, X[:, 0] - X[:, 1], np.full(len(X), 2.0)])
    Z = whitened(flat, 6)
    np.testing.assert_allclose(Z[:, :4].T @ Z[:, :4] / len(Z), np.eye(4), atol=1e-9)
    assert not Z[:, 4:].any()


def train(X: Array, y: Array, **given: Any) -> MLPClassifier:
    settings = {"max_iter": 3, "n_iter_no_change": 3, "random_state": 0, **given}
    return MLPClassifier((9,), **settings).fit(X, y)


def test_a_network_that_whitens_is_one_on_whitened_columns() -> None:
    X, y = correlated(), np.arange(400) % 3
    inside, outside = train(X, y, whiten=5), train(whitened(X, 5), y)
    damped = train(X, y, whiten=5, whiten_epsilon=2.0)
    assert np.abs(damped.coefs_[0] - inside.coefs_[0]).max() > 1e-3
    assert inside.n_features_in_ == 7
    np.testing.assert_allclose(inside.coefs_[0], outside.coefs_[0], atol=1e-12)
    np.testing.assert_allclose(
        inside.predict_proba(X), outside.predict_proba(whitened(X, 5)), atol=1e-9
    )


def test_whitening_once_or_batch_by_batch_is_the_same() -> None:
    X, y = correlated(d=12), np.arange(400) % 3
    once = train(X, y, whiten=8)
    each = train(X, y, whiten=8, image_shape=(2, 2, 3), augment={"shift": 0})
    np.testing.assert_allclose(once.coefs_[0], each.coefs_[0], atol=1e-9)
    assert once.history_[-1]["loss"] == pytest.approx(each.history_[-1]["loss"])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("solver", ["lbfgs", "adam"])
def test_whitening_helps_where_columns_say_almost_the_same(solver: str) -> None:
    rng = np.random.default_rng(0)
    common, faint = rng.standard_normal((500, 1)), rng.standard_normal((500, 6))
    X, y = common + 0.02 * faint, (faint[:, 0] > faint[:, 1]).astype(int)
    epochs = {"lbfgs": 5, "adam": 60}[solver]
    given: dict[str, Any] = {"solver": solver, "max_iter": epochs, "n_iter_no_change": epochs}
    given |= {"standardize": True, "learning_rate_init": 0.005}
    helped, left = (train(X, y, whiten=k, **given).score(X, y) for k in (6, None))
    assert helped > 0.95
    assert helped > left + 0.1


def test_validation_images_are_whitened_alike() -> None:
    X, y = correlated(), np.arange(400) % 3
    net = MLPClassifier((9,), whiten=4, max_iter=4, early_stopping=True, random_state=0)
    net.set_params(n_iter_no_change=4).fit(X, y, X_val=X[:50], y_val=y[:50])
    assert net.history_[net.best_epoch_ - 1]["val_score"] == net.score(X[:50], y[:50])


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_going_on_keeps_the_components() -> None:
    X, y = correlated(), np.arange(400) % 3
    net = MLPClassifier((9,), whiten=4, max_iter=1, warm_start=True, random_state=0).fit(X, y)
    first = net.input_components_.copy()
    net.fit(X[:100] * 2, y[:100])
    np.testing.assert_array_equal(net.input_components_, first)
    batch = MLPClassifier((9,), whiten=4, max_iter=1, random_state=0).fit(X[:200], y[:200])
    batch.partial_fit(X[200:], y[200:])
    expected = whitening_matrix(X[:200], *column_statistics(X[:200]), 4)
    np.testing.assert_array_equal(batch.input_components_, expected)
    net.set_params(warm_start=False, whiten=3).fit(X[:, :5], y)
    assert net.input_components_.shape == (5, 3)


def test_more_components_than_columns_are_refused() -> None:
    with pytest.raises(ValueError, match="whiten is 8 components, but X has only 7 columns"):
        train(correlated(), np.arange(400) % 3, whiten=8)
    with pytest.raises(ValueError, match="whiten must be a whole number from 1 up, or None"):
        train(correlated(), np.arange(400) % 3, whiten=0)
    with pytest.raises(ValueError, match="whiten_epsilon must be a finite number from 0 up"):
        train(correlated(), np.arange(400) % 3, whiten=2, whiten_epsilon=-1)


def test_many_rows_are_whitened_by_some_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    X = correlated(4000)
    weights = np.where(np.arange(4000) % 4, 1.0, 0.0)  # as of views, of which some do not count
    exact = whitened(X, 3, weights)
    monkeypatch.setattr(whiten, "MOST_PRODUCTS", 1000 * 7**2)
    mean, scale = column_statistics(X, weights)
    W = whitening_matrix(X, mean, scale, 3, weights)
    np.testing.assert_array_equal(W, whitening_matrix(X, mean, scale, 3, weights))
    close = (X - mean) * scale @ W
    assert not np.array_equal(close, exact)
    np.testing.assert_allclose(np.cov(close.T, aweights=weights, bias=True), np.eye(3), atol=0.2)
    for one, other in zip(close.T, exact.T, strict=True):
        assert np.corrcoef(one, other)[0, 1] > 0.98


def test_faint_components_are_kept_in_float32() -> None:
    d, k = 512, 400
    rng = np.random.default_rng(0)
    turned = np.linalg.qr(rng.standard_normal((d, d)))[0]
    X = rng.standard_normal((4 * d, d)) * np.geomspace(1, 1e-3, d) @ turned  # variances to 1e-6
    mean, ones = X.mean(axis=0), np.ones(d)
    kept = []
    for dtype in (np.float32, np.float64):
        W = whitening_matrix(X.astype(dtype), mean.astype(dtype), ones.astype(dtype), k)
        kept.append(np.count_nonzero(W.any(axis=0)))
        Z = (X - mean) @ W
        np.testing.assert_allclose(Z.T @ Z / len(Z), np.eye(k), atol=0.05)
    assert kept == [k, k]
