"""Rows that are gathered as they are read are learned from as a copy of them is, bit for bit."""

from __future__ import annotations

import tracemalloc
from typing import Any

import numpy as np
import pytest

from models import LinearClassifier, MLPClassifier, ViewsClassifier
from models.convex import solving
from models.samples import checked_rows as checking
from models.samples import chosen_rows as choosing
from models.samples.chosen_rows import ChosenRows, some_rows, take_rows

RNG = np.random.default_rng(0)
X = RNG.normal(size=(700, 12)).astype(np.float32) * np.linspace(0.1, 30, 12, dtype=np.float32) + 5
Y = (X[:, 0] * 40 + X[:, 11] > 10).astype(np.int64) + (X[:, 5] > 9)
INDEX = np.sort(RNG.permutation(700)[:600])
LEFT = np.setdiff1d(np.arange(700), INDEX)

LEARNERS: dict[str, Any] = {
    "softmax": LinearClassifier(standardize=True),
    "softmax as it is": LinearClassifier(max_iter=2000),
    "hinge": LinearClassifier(loss="hinge", standardize=True, alpha=0.01),
    "squared": LinearClassifier(loss="squared", alpha=[0.01, 0.1], standardize=True),
    "network": MLPClassifier((16,), standardize=True, max_iter=4, random_state=0),
    "stopped": MLPClassifier((16,), max_iter=4, random_state=0, early_stopping=True),
    "whitened": MLPClassifier((16,), whiten=6, max_iter=4, random_state=0),
    "augmented": MLPClassifier(
        (16,), max_iter=4, random_state=0, image_shape=(2, 2, 3), augment={"mirror": True}, views=2
    ),
    "full batch": MLPClassifier((8,), solver="lbfgs", max_iter=30, random_state=0),
}


def test_a_matrix_in_another_order_is_not_copied_whole() -> None:
    rows, whole = np.arange(0, 4000, 100), RNG.normal(size=(4000, 50))
    for X in (np.asfortranarray(whole), np.repeat(whole, 2, axis=1)[:, ::2]):
        out = np.empty((len(rows), 50))
        tracemalloc.start()
        try:
            take_rows(X, rows, out)
            assert tracemalloc.get_traced_memory()[1] < X.nbytes / 10
        finally:
            tracemalloc.stop()
        np.testing.assert_array_equal(out, whole[rows])


def learned(net: Any) -> list[np.ndarray[Any, Any]]:
    return [*net.coefs_, *net.intercepts_] if hasattr(net, "coefs_") else [net.coef_]


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
@pytest.mark.parametrize("name", LEARNERS)
def test_chosen_rows_are_learned_from_as_a_copy_is(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = LEARNERS[name]
    copied = type(net)(**net.get_params()).fit(X[INDEX], Y[INDEX])
    for module in (choosing, checking):
        monkeypatch.setattr(module, "LARGE_BYTES", 1)  # all is large
    monkeypatch.setattr(solving, "COPIED", 1)
    monkeypatch.setattr(solving, "_COPIED_ANYWAY", 1)
    monkeypatch.setattr(solving, "memory_left", lambda: 0)
    chosen = type(net)(**net.get_params()).fit(ChosenRows(X, INDEX), Y[INDEX])
    if name != "softmax as it is":  # there, rows may be centred in float64 at the end
        for one, other in zip(learned(copied), learned(chosen), strict=True):
            assert np.array_equal(one, other)
    assert np.array_equal(copied.predict(X[LEFT]), chosen.predict(ChosenRows(X, LEFT)))


def test_views_of_chosen_rows_stay_together() -> None:
    views = X[:600].reshape(300, 2, 12)
    labels, index = Y[:600:2], np.arange(0, 300, 2)
    net = ViewsClassifier(LinearClassifier(standardize=True), n_views=2)
    copied = net.fit(views[index], labels[index]).predict_proba(views[1::2])
    chosen = net.fit(ChosenRows(views, index), labels[index])
    assert np.array_equal(copied, chosen.predict_proba(ChosenRows(views, np.arange(1, 300, 2))))


def test_a_part_of_chosen_rows_is_read_like_a_part_of_an_array() -> None:
    rows, copy = ChosenRows(X, INDEX), X[INDEX]
    for key in (3, slice(5, 40), slice(None, None, 7), np.array([4, 1, 1]), copy[:, 0] > 5):
        assert np.array_equal(rows[key], copy[key])
        assert np.array_equal(rows[key, 2:5], copy[key][..., 2:5])
    assert np.array_equal(rows[:, np.array([3, 1])], copy[:, [3, 1]])
    assert np.array_equal(np.asarray(rows.rows(copy[:, 0] > 5)), copy[copy[:, 0] > 5])
    assert (rows.shape, rows.size, rows.nbytes) == (copy.shape, copy.size, copy.nbytes)


def test_few_rows_are_copied_and_many_are_not(monkeypatch: pytest.MonkeyPatch) -> None:
    assert isinstance(some_rows(X, INDEX), np.ndarray)
    monkeypatch.setattr(choosing, "LARGE_BYTES", 100)
    mask = np.isin(np.arange(700), INDEX)
    assert np.array_equal(np.asarray(some_rows(X, mask)), X[INDEX])
    assert isinstance(some_rows(X, mask), ChosenRows)


@pytest.mark.parametrize("wrong", [np.nan, np.inf, -np.inf, 1e30])
def test_what_is_wrong_with_many_rows_is_said_as_of_few(
    wrong: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = X.copy()
    bad[611, 3] = wrong
    with pytest.raises(ValueError, match=r"NaN|infinity|too large") as few:
        LinearClassifier().fit(bad, Y)
    monkeypatch.setattr(checking, "LARGE_BYTES", 1)
    with pytest.raises(type(few.value)) as many:
        LinearClassifier().fit(bad, Y)
    assert str(many.value) == str(few.value)
    good = LinearClassifier().fit(X, Y)
    with pytest.raises(ValueError, match="X has 11 features, but LinearClassifier is expecting 12"):
        good.predict(np.ascontiguousarray(X[:, :11]))
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        good.fit(X, Y[:-1])
