"""The kernel classifier against solutions that are written out, and against the linear one."""

from __future__ import annotations

import warnings
from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits
from sklearn.exceptions import ConvergenceWarning
from sklearn.gaussian_process.kernels import RBF
from threadpoolctl import threadpool_limits

from data.system.memory import MemoryLimit
from models import KernelClassifier, LinearClassifier, ModelError, ViewsClassifier
from models.kernels import fitting, landmarks, matrix, memory, through_landmarks
from models.kernels.choosing import part_of
from models.kernels.names import Shape
from models.kernels.rows import KernelRows
from models.layers.layer import Array


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    X, y = load_digits(return_X_y=True)
    return np.ascontiguousarray(X[:700] / 16), y[:700]


@pytest.fixture(scope="module")
def exact(digits: tuple[Array, Array]) -> Array:
    """Return the scores of a fit in float64, by a factor of the whole matrix."""
    X, y = digits
    scores: Array = KernelClassifier(alpha=1e-6).fit(X, y).decision_function(X)
    return scores


@pytest.mark.parametrize("weighted", [False, True])
def test_it_is_the_minimum_with_a_free_bias(digits: tuple[Array, Array], weighted: bool) -> None:
    X, y = digits[0][:200], digits[1][:200]
    w = np.random.default_rng(0).uniform(0.5, 2, 200) if weighted else np.ones(200)
    w /= w.sum()
    net = KernelClassifier(alpha=1e-3, gamma=0.7, standardize=False).fit(X, y, w)
    around = X - w @ X
    gamma = 0.7 / (w @ np.square(around).sum(axis=1))
    assert net.gamma_ == pytest.approx(gamma)
    K = RBF(np.sqrt(0.5 / gamma))(X)
    # Of (K + α W⁻¹) a + 1 b = T and 1ᵀ a = 0.
    system = np.block([[K + 1e-3 * np.diag(1 / w), np.ones((200, 1))], [np.ones((1, 200)), 0.0]])
    targets = np.vstack([np.eye(10)[y], np.zeros((1, 10))])
    expected = np.linalg.solve(system, targets)
    np.testing.assert_allclose(net.dual_coef_, expected[:-1], atol=1e-7)
    np.testing.assert_allclose(net.intercept_, expected[-1], atol=1e-8)


def test_a_linear_kernel_is_the_linear_classifier(digits: tuple[Array, Array]) -> None:
    X, y = digits
    weights = np.arange(len(X)) % 3
    linear = LinearClassifier(loss="squared", alpha=0.01, standardize=True).fit(X, y, weights)
    kernel = KernelClassifier(kernel="linear", alpha=0.01).fit(X, y, weights)
    np.testing.assert_allclose(kernel.decision_function(X), linear.decision_function(X), atol=1e-9)
    assert len(kernel.rows_) == np.count_nonzero(weights)


def test_all_samples_as_landmarks_are_the_kernel(digits: tuple[Array, Array]) -> None:
    X, y = digits[0][:300], digits[1][:300]
    exact = KernelClassifier(alpha=1e-3).fit(X, y)
    same = KernelClassifier(alpha=1e-3, n_landmarks=300).fit(X, y)
    np.testing.assert_array_equal(exact.decision_function(X), same.decision_function(X))
    near = KernelClassifier(alpha=1e-3, n_landmarks=299).fit(X, y)
    assert len(near.rows_) == 299
    away = np.abs(near.decision_function(X) - exact.decision_function(X))
    assert away.mean() < 1e-3
    assert np.count_nonzero(away.max(axis=1) > 0.02) <= 1  # the sample that is no landmark


@pytest.mark.parametrize("kept", [True, False])
def test_float32_is_refined(
    digits: tuple[Array, Array], exact: Array, kept: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    X, y = digits
    monkeypatch.setattr(matrix, "DOUBLE", 0)
    monkeypatch.setattr(matrix, "SIDE", 150)
    monkeypatch.setattr(matrix, "is_kept", lambda n, itemsize: kept)
    single = KernelClassifier(alpha=1e-6).fit(X.astype(np.float32), y)
    assert single.dual_coef_.dtype == np.float32
    np.testing.assert_allclose(single.decision_function(X), exact, atol=1e-3)


@pytest.fixture
def as_large(monkeypatch: pytest.MonkeyPatch) -> list[matrix.KernelMatrix]:
    """Make every matrix a large one, of many tiles in the dtype of its rows.

    The list gets each that is factorised all the same.
    """
    factorised: list[matrix.KernelMatrix] = []
    factor = matrix.KernelMatrix._factor

    def counted(self: matrix.KernelMatrix, alpha: float) -> Any:
        assert self._kept is None
        factorised.append(self)
        return factor(self, alpha)

    monkeypatch.setattr(matrix, "FACTORISED_UP_TO", 0)
    monkeypatch.setattr(matrix.KernelMatrix, "_factor", counted)
    for module in (matrix, landmarks):
        monkeypatch.setattr(module, "DOUBLE", 0)
    for module in (matrix, landmarks, through_landmarks):
        monkeypatch.setattr(module, "SIDE", 70)
    for module in (landmarks, through_landmarks):
        monkeypatch.setattr(module, "ROWS_AT_ONCE", 200)
    monkeypatch.setattr(through_landmarks, "N_LANDMARKS", 100)
    return factorised


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_a_large_matrix_is_solved_without_a_factor(
    digits: tuple[Array, Array], dtype: Any, request: pytest.FixtureRequest
) -> None:
    X, y = digits
    weights = 10.0 ** np.random.default_rng(0).uniform(-1, 1, len(y))
    exact = KernelClassifier(alpha=1e-4).fit(X, y, weights).decision_function(X)
    factorised = request.getfixturevalue("as_large")
    large = KernelClassifier(alpha=1e-4).fit(X.astype(dtype), y, weights)
    assert not factorised
    np.testing.assert_allclose(large.decision_function(X.astype(dtype)), exact, atol=2e-4)


def test_a_large_matrix_that_landmarks_do_not_solve_is_factorised(
    digits: tuple[Array, Array],
    exact: Array,
    as_large: list[matrix.KernelMatrix],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = digits
    monkeypatch.setattr(matrix, "_MOST_STEPS", 4)
    monkeypatch.setattr(through_landmarks, "N_LANDMARKS", 2)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = KernelClassifier(alpha=1e-6).fit(X, y)
    assert len(as_large) == 1
    np.testing.assert_allclose(found.decision_function(X), exact, atol=1e-6)


def test_a_small_penalty_is_solved_last(
    digits: tuple[Array, Array], as_large: list[matrix.KernelMatrix]
) -> None:
    X, y = digits[0].astype(np.float32), digits[1]
    rows = KernelRows(X, "rbf", Shape(1e-3, 2, 1.0), 1)
    whole = matrix.KernelMatrix(rows, np.full(len(y), 1 / len(y)))
    alphas = [1e-30, 1e-3, 1e-5]
    found = whole.solve(alphas, np.eye(10)[y])
    assert [each.is_close for each in found] == [False, True, True]
    assert as_large == [whole]
    for alpha, solution in zip(alphas[1:], found[1:], strict=True):
        (alone,) = whole.solve([alpha], np.eye(10)[y])
        np.testing.assert_array_equal(solution.dual, alone.dual)


def test_a_penalty_that_landmarks_cannot_solve_is_not_taken_where_another_can(
    digits: tuple[Array, Array],
) -> None:
    X, y = digits[0].astype(np.float32), digits[1]
    rows = KernelRows(X, "linear", Shape(1.0, 2, 1.0), 1)
    whole = landmarks.Landmarks(rows, rows.some(np.arange(0, len(y), 4)))
    whole.dtype = np.dtype(np.float32)
    weights, targets = np.full(len(y), 1 / len(y)), np.eye(10)[y]
    (alone,) = whole.solve(weights, [1.0], targets)
    instead, same = whole.solve(weights, [-1e9, 1.0], targets)
    np.testing.assert_array_equal(same.dual, alone.dual)
    np.testing.assert_array_equal(instead.dual, alone.dual)
    assert (same.is_close, instead.is_close) == (True, False)
    with pytest.raises(ModelError, match="alpha=-1e\\+09 is too small"):
        whole.solve(weights, [-1e9], targets)


@pytest.mark.parametrize(
    ("where", "error"),
    [
        ((through_landmarks.ThroughLandmarks, "plus"), np.linalg.LinAlgError),
        ((landmarks.Landmarks, "factor"), ModelError),
    ],
)
def test_landmarks_that_help_nothing_do_not_stop_a_large_matrix(
    digits: tuple[Array, Array],
    exact: Array,
    as_large: list[matrix.KernelMatrix],
    where: tuple[Any, str],
    error: type[Exception],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    X, y = digits

    def refused(*given: object) -> None:
        raise error

    monkeypatch.setattr(*where, refused)
    found = KernelClassifier(alpha=1e-6).fit(X, y).decision_function(X)
    assert len(as_large) == 1
    np.testing.assert_allclose(found, exact, atol=1e-6)


@pytest.mark.parametrize("alpha", [1e-3, [1e-3, 2e-3]])
def test_what_is_only_close_is_said_once_and_where_it_was_asked_for(
    alpha: float | list[float], digits: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(matrix, "CLOSE", 0.0)
    monkeypatch.setattr(matrix, "_MOST_STEPS", 2)
    with pytest.warns(ConvergenceWarning, match="only close to the minimum") as said:
        KernelClassifier(alpha=alpha).fit(*digits)
    assert [each.filename for each in said] == [__file__]


@pytest.mark.parametrize(("n_landmarks", "large"), [(None, False), (150, False), (None, True)])
def test_any_number_of_threads_gives_the_same_bits(
    digits: tuple[Array, Array],
    n_landmarks: int | None,
    large: bool,
    monkeypatch: pytest.MonkeyPatch,
    request: pytest.FixtureRequest,
) -> None:
    X, y = digits[0].astype(np.float32), digits[1]
    factorised = request.getfixturevalue("as_large") if large else []
    monkeypatch.setattr(matrix, "DOUBLE", 0)
    monkeypatch.setattr(matrix, "SIDE", 200)
    found = []
    for n_cores, n_blas in ((1, 1), (2, 2), (5, 1)):
        monkeypatch.setattr(joblib, "cpu_count", lambda n=n_cores: n)
        with threadpool_limits(n_blas, "blas"):
            net = KernelClassifier(alpha=[1e-5, 1e-3], whiten=30, n_landmarks=n_landmarks)
            found.append(net.fit(X, y).decision_function(X).tobytes())
    assert found[0] == found[1] == found[2]
    assert not factorised


def test_several_are_chosen_among(digits: tuple[Array, Array]) -> None:
    X, y = digits
    rows = np.arange(0, 700, 7)
    net = KernelClassifier(alpha=[1e-5, 10.0], gamma=[1e-6, 1.0]).fit_choosing(X, y, rows)
    assert net.chosen_params_ == {"alpha": 1e-5, "gamma": 1.0}
    kept = np.delete(np.arange(700), rows)
    told = KernelClassifier(**net.chosen_params_).fit(X, y)
    np.testing.assert_array_equal(told.dual_coef_, net.dual_coef_)
    without = KernelClassifier(**net.chosen_params_).fit(X[kept], y[kept])
    assert net.validation_score_ == pytest.approx(without.score(X[rows], y[rows]), abs=0.011)
    part = KernelClassifier(alpha=[1e-5, 10.0], n_choosing=300).fit_choosing(X, y, rows)
    assert part.chosen_params_ == {"alpha": 1e-5}
    np.testing.assert_array_equal(part.dual_coef_, net.dual_coef_)
    assert part.validation_score_ < net.validation_score_
    assert not hasattr(net.set_params(alpha=0.1, gamma=1.0).fit(X, y), "chosen_params_")


def test_views_of_a_thing_are_judged_together(digits: tuple[Array, Array]) -> None:
    X, y = digits[0][:300], digits[1][:300]
    many = X[:, None] + 0.7 * np.random.default_rng(0).normal(size=(300, 3, 64))
    rows, labels = many.reshape(900, 64), np.repeat(y, 3)
    net = ViewsClassifier(KernelClassifier(alpha=[1e-3, 10.0], n_choosing=300), n_views=3)
    net.fit(many, y, held_out=np.arange(200, 300))
    assert len(net.rows_) == 900
    part = part_of(labels, np.arange(900) < 600, 300, 3, 0)
    np.testing.assert_array_equal(part.reshape(-1, 3) % 3, np.tile([0, 1, 2], (100, 1)))
    alone = KernelClassifier(alpha=1e-3).fit(rows[part], labels[part])
    scores = alone.decision_function(rows[600:]).reshape(100, 3, -1)
    together = (scores.mean(axis=1).argmax(axis=1) == y[200:]).mean()
    apart = (scores.argmax(axis=2) == y[200:, None]).mean()
    assert net.chosen_params_ == {"alpha": 1e-3}
    assert abs(net.validation_score_ - together) < 0.05 < together - apart - 0.05


def test_some_views_of_each_thing_are_learned_from(digits: tuple[Array, Array]) -> None:
    X, y = digits[0][:300], digits[1][:300]
    many = X[:, None] + 0.5 * np.random.default_rng(0).normal(size=(300, 4, 64))
    rows, labels = many.reshape(1200, 64), np.repeat(y, 4)
    net = KernelClassifier(draw_views=2, standardize=False).fit(rows, labels, n_views=4)
    assert len(net.rows_) == 600
    seen = net.rows_ + net.input_mean_
    of = np.array([np.abs(rows - row).sum(axis=1).argmin() for row in seen])
    np.testing.assert_array_equal(of // 4, np.repeat(np.arange(300), 2))
    assert len(np.unique(of)) == 600
    assert set(np.unique(of % 4, return_counts=True)[1]) <= set(range(100, 200))
    direct = KernelClassifier(standardize=False).fit(rows[of], labels[of])
    np.testing.assert_array_equal(direct.dual_coef_, net.dual_coef_)
    again = KernelClassifier(draw_views=2, standardize=False).fit(rows, labels, n_views=4)
    np.testing.assert_array_equal(again.rows_, net.rows_)
    other = clone(net).set_params(random_state=1).fit(rows, labels, n_views=4)
    assert not np.array_equal(other.rows_, net.rows_)


def test_views_that_are_not_drawn_judge_all_the_same(digits: tuple[Array, Array]) -> None:
    X, y = digits[0][:300], digits[1][:300]
    many = X[:, None] + 0.7 * np.random.default_rng(0).normal(size=(300, 4, 64))
    rows, labels = many.reshape(1200, 64), np.repeat(y, 4)
    held_out = np.repeat(np.arange(300) % 3 == 0, 4)
    net = KernelClassifier(alpha=[1e-3, 10.0], draw_views=1, n_choosing=150)
    net.fit(rows, labels, held_out=held_out, n_views=4)
    assert len(net.rows_) == 300
    assert net.chosen_params_ == {"alpha": 1e-3}
    kept = ~held_out
    alone = KernelClassifier(alpha=1e-3, draw_views=1)
    alone.fit(rows[kept], labels[kept], n_views=4)
    scores = alone.decision_function(rows[held_out]).reshape(100, 4, -1)
    together = (scores.mean(axis=1).argmax(axis=1) == y[::3]).mean()
    one = (scores.argmax(axis=2) == y[::3, None]).mean()
    assert abs(net.validation_score_ - together) < 0.1
    assert net.validation_score_ > one


@pytest.mark.parametrize(
    "net", [KernelClassifier(alpha=[0.1, 1.0]), LinearClassifier(loss="squared", alpha=[0.1, 1.0])]
)
def test_rows_that_are_not_views_are_not_judged_together(
    net: Any, digits: tuple[Array, Array]
) -> None:
    X, y = digits[0][:100], digits[1][:100]
    with pytest.raises(ModelError, match="200 rows, which are not 2 views of each thing, alike"):
        net.fit(np.vstack([X, X]), np.tile(y, 2), held_out=np.arange(20), n_views=2)


def test_what_weighs_nothing_is_not_chosen_on(digits: tuple[Array, Array]) -> None:
    X, y = digits
    weights = (np.arange(len(X)) % 10 == 3).astype(float)
    rows = np.arange(3, 700, 20)
    net = KernelClassifier(alpha=[1e-5, 10.0], n_choosing=30)
    net.fit(X, y, weights, held_out=rows)
    alone = clone(net).fit(X[3::10], y[3::10], held_out=np.arange(0, 70, 2))
    assert net.validation_score_ == alone.validation_score_ > 0.3


def test_landmarks_that_are_not_needed_take_no_memory(
    digits: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(fitting, "check_memory", lambda *given: asked.append(given))
    KernelClassifier(n_landmarks=10**6).fit(digits[0][:50], digits[1][:50])
    assert asked == [(50, 64, digits[0].itemsize, None)]


def test_a_power_that_no_number_holds_is_refused() -> None:
    X = np.random.default_rng(0).normal(size=(2000, 5)).astype(np.float32)
    y = (X[:, 0] > 0).astype(int)
    X[7] *= 1e4
    with pytest.raises(ModelError, match="degree=16 is too much for row 7, whose squared length"):
        KernelClassifier(kernel="polynomial", degree=16).fit(X, y)
    KernelClassifier(kernel="polynomial", degree=16).fit(X.astype(float), y)


@pytest.mark.parametrize("kernel", ["polynomial", "rbf"])
def test_a_row_whose_scores_no_number_holds_is_refused(kernel: Any) -> None:
    X = np.random.default_rng(0).normal(size=(600, 5)).astype(np.float32)
    net = KernelClassifier(kernel=kernel, degree=16).fit(X, X[:, 0] > 0)
    X[550] = 1e4 if kernel == "polynomial" else 1e38
    with pytest.raises(ModelError, match="row 550 is too far from those of the fit: float32"):
        net.predict(X)


def test_cells_are_means_of_kernels(digits: tuple[Array, Array]) -> None:
    X, y = digits[0][:100], digits[1][:100]
    net = KernelClassifier(kernel="polynomial", n_cells=4, coef0=0.5, degree=3).fit(X, y)
    Z = ((X - net.input_mean_) * net.input_scale_).reshape(100, 4, 16)
    gram = np.einsum("ncd,mcd->cnm", Z, Z)
    K = ((net.gamma_ * gram + 0.5) ** 3).mean(axis=0)
    np.testing.assert_allclose(
        net.decision_function(X), K @ net.dual_coef_ + net.intercept_, rtol=1e-6
    )


def test_what_does_not_fit_into_memory_is_refused_first(
    digits: tuple[Array, Array], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(memory, "memory_limit", lambda: MemoryLimit(4_400_000, 9, "the machine"))
    monkeypatch.setattr(memory, "_SUGGESTED", 100)
    says = (
        r"700 samples takes 0.0 GB of memory, and the machine leaves 0.0 GB; n_landmarks=100 takes"
    )
    with pytest.raises(ModelError, match=says):
        KernelClassifier().fit(*digits)
    monkeypatch.setattr(memory, "memory_limit", lambda: MemoryLimit(400, 9, "a limit"))
    with pytest.raises(ModelError, match=r"20 landmarks .* take fewer n_landmarks"):
        KernelClassifier(n_landmarks=20).fit(*digits)


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"kernel": "sigmoid"}, "kernel must be one of 'rbf'|kernel must be one of 'linear'"),
        ({"alpha": 0.0}, "alpha must be a finite number above 0, or several such, got 0.0"),
        ({"gamma": []}, r"gamma must be .* got \[\]"),
        ({"n_cells": 7}, "X has 64 columns, which are not n_cells=7 blocks alike"),
        ({"whiten": 65}, "whiten is 65 components, but X has only 64 columns"),
        ({"whiten": 8, "n_cells": 2}, "whiten mixes the columns of all n_cells=2 cells"),
        ({"n_landmarks": 1}, "n_landmarks must be a whole number from 2 up"),
    ],
)
def test_what_is_refused(digits: tuple[Array, Array], given: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        KernelClassifier(**given).fit(*digits)


def test_samples_that_weigh_nothing_judge_nothing(digits: tuple[Array, Array]) -> None:
    X, y = digits
    weights = np.ones(700)
    weights[:50] = 0
    with pytest.raises(ModelError, match="held-out samples all weigh nothing"):
        KernelClassifier(alpha=[0.1, 1.0]).fit(X, y, weights, held_out=np.arange(50))
