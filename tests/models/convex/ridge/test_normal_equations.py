from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.linear_model import Ridge as ScikitRidge

from models import LinearClassifier, ModelError
from models.convex.ridge import scaled_rows, systems
from models.convex.ridge.left_out import left_out
from models.convex.ridge.normal_equations import Ridge
from models.convex.ridge.scaled_rows import ScaledRows
from models.layers.standardize import column_moments
from models.tiles import tiled_matrix

Data = tuple[Any, Any, Any]
ALPHAS = [1e-3, 3e-2, 1.0, 30.0]
SHAPES = [(90, 20), (40, 70)]  # one equation a column, and one a sample


@pytest.fixture(autouse=True, params=[2048, 16], ids=["one-tile", "tiles"])
def side(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (scaled_rows, systems, tiled_matrix):
        monkeypatch.setattr(module, "SIDE", request.param)


def _data(shape: tuple[int, int], dtype: Any = np.float64) -> Data:
    rng = np.random.default_rng(0)
    X = rng.standard_normal(shape) * rng.uniform(0.1, 10, shape[1])
    y = (X[:, :3] / X[:, :3].std(axis=0) + rng.standard_normal((shape[0], 3))).argmax(axis=1)
    return (X + 5).astype(dtype), y, rng.uniform(0.1, 1, shape[0])


def left_out_of(ridge: Ridge, held_out: Any) -> Any:
    moments = column_moments(ridge.X, ridge.weights)
    rows = ridge._rows(ridge.weights, *moments)
    return rows, left_out(rows, held_out, *moments, standardized=ridge.standardize)


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


def _drifted(shape: tuple[int, int], dtype: Any) -> Data:
    """Samples of which the last third have other means, and other deviations, than the rest."""
    X, y, w = _data(shape)
    X[-shape[0] // 3 :] = X[-shape[0] // 3 :] * np.geomspace(0.3, 10, shape[1]) + 20
    return X.astype(dtype), y, w


@pytest.mark.parametrize("standardize", [False, True])
@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize("data", [_data, _drifted])
def test_held_out_scores_are_those_of_a_fit_without_them(
    data: Any, shape: tuple[int, int], dtype: Any, standardize: bool, monkeypatch: Any
) -> None:
    monkeypatch.setattr(systems, "CLOSE", 0.0)
    X, y, w = data(shape, dtype)
    X[:, 3] = np.where(np.arange(len(X)) >= 2 * len(X) // 3, X[:, 3], 7.0)  # constant in the rest
    held_out = np.arange(len(X)) >= 2 * len(X) // 3
    ridge = Ridge(X, w / w.sum(), np.eye(3)[y], standardize)
    seen: dict[float, Any] = {}
    original = Ridge._held_out_scores

    def recorded(*args: Any) -> Any:
        scores_of = original(*args)

        def score(alpha: float) -> Any:
            seen[alpha] = scores_of(alpha)
            return seen[alpha]

        return score

    monkeypatch.setattr(Ridge, "_held_out_scores", recorded)
    ridge.fit(ALPHAS, y, held_out)
    assert list(seen) == ALPHAS
    tolerance = 1e-8 if dtype == np.float64 else 2e-3
    for alpha, scores in seen.items():
        net = LinearClassifier(loss="squared", alpha=alpha, standardize=standardize)
        net.fit(X[~held_out].astype(np.float64), y[~held_out], w[~held_out])
        assert_allclose(
            scores,
            net.decision_function(X[held_out].astype(np.float64)),
            atol=tolerance * max(1, np.abs(scores).max()),
        )


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
        ridge = ScikitRidge(alpha=alpha, solver="cholesky")
        found = ridge.fit(X[rest], np.eye(3)[y[rest]], sample_weight=v).predict(X[held_out])
        hit = found.argmax(axis=1) == y[held_out]
        accuracies[alpha] = float(np.average(hit, weights=w[held_out]))
    assert len(set(accuracies.values())) > 1
    assert net.validation_score_ == pytest.approx(max(accuracies.values()))
    assert accuracies[net.alpha_] == pytest.approx(max(accuracies.values()))


@pytest.mark.parametrize("wide", [False, True])
def test_what_is_held_out_lends_nothing_to_what_is_kept(wide: bool) -> None:
    """A column tells the classes apart among the held-out samples only, by its mean over all."""
    rng = np.random.default_rng(0)
    y = np.repeat([0, 1], 30)
    X = rng.standard_normal((60, 80 if wide else 4))
    held_out = np.arange(60) % 3 == 0
    X[:, 0] = np.where(held_out, 100.0 * (2 * y - 1) + 50, 1e-3 * (1 - 2 * y))
    net = LinearClassifier(loss="squared", alpha=[1e-3, 1e-2], standardize=True)
    net.fit(X, y, held_out=held_out)
    alone = LinearClassifier(loss="squared", alpha=net.alpha_, standardize=True)
    alone.fit(X[~held_out], y[~held_out])
    assert net.validation_score_ == alone.score(X[held_out], y[held_out]) < 0.1


def test_a_large_system_is_close_without_a_correction(monkeypatch: Any) -> None:
    """Columns whose own penalty is within `CLOSE` are left as they are: scores hardly move."""
    X, y, w = _data((90, 120))
    held_out = np.arange(90) % 9 == 0
    found = []
    for close in (0.0, 0.5):
        monkeypatch.setattr(systems, "CLOSE", close)
        ridge = Ridge(X, w / w.sum(), np.eye(3)[y], True)
        left = left_out_of(ridge, held_out)
        targets = ridge._centred(np.where(held_out, 0.0, ridge.weights))[0]
        found.append(systems.Dual(left[0], [targets]).held_out_scores(0.1, targets, left[1]))
    if tiled_matrix.SIDE > 90:  # small ones are exact
        assert_array_equal(found[0], found[1])
    else:
        assert 0 < np.abs(found[0] - found[1]).max() < 0.1 * np.abs(found[0]).max()


def test_weights_of_nothing_cannot_choose() -> None:
    X, y, w = _data((90, 20))
    held_out = np.arange(90) % 9 == 0
    net = LinearClassifier(loss="squared", alpha=ALPHAS)
    for part, says in ((held_out, "held-out samples"), (~held_out, "samples that are kept")):
        with pytest.raises(ModelError, match=f"the {says} all weigh nothing"):
            net.fit(X, y, np.where(part, 0.0, w), held_out=held_out)


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


@pytest.mark.parametrize("n_kept", [20, 1])
def test_a_penalty_that_cannot_be_solved_is_not_taken_where_another_can(n_kept: int) -> None:
    X, y, _ = _data((90, 20), np.float32)
    X = np.hstack([X, X])
    held_out = np.arange(n_kept, 90)
    several = LinearClassifier(loss="squared", alpha=[0.0, 0.1]).fit(X, y, held_out=held_out)
    alone = LinearClassifier(loss="squared", alpha=0.1).fit(X, y)
    if tiled_matrix.SIDE != 2048:
        assert several.alpha_ == 0.1
        assert_array_equal(several.coef_, alone.coef_)


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


@pytest.mark.parametrize("alphas", [[0.1], [0.1, 1.0]])
def test_all_rows_are_read_once_for_both_sides_of_the_equations(
    alphas: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y, w = _data((90, 12))
    heard, original = list[bool](), ScaledRows.blocks

    def blocks(rows: ScaledRows, chosen: Any = None, *span: slice) -> Any:
        heard.append(chosen is None)
        return original(rows, chosen, *span)

    monkeypatch.setattr(ScaledRows, "blocks", blocks)
    held_out = np.arange(90) % 9 == 0 if len(alphas) > 1 else None
    Ridge(X, w / w.sum(), np.eye(3)[y], True).fit(alphas, y, held_out)
    assert heard.count(True) == 1
