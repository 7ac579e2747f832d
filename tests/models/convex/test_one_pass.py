from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.exceptions import NotFittedError

from models import LinearClassifier, MLPClassifier, ModelError, ViewsClassifier

RNG = np.random.default_rng(0)
Y = np.arange(400) % 3
X = (RNG.normal(size=(400, 10)) + 1.5 * np.eye(3, 10)[Y]).astype(np.float32)


def passes(loss: Any, n: int, alpha: float = 0.1) -> LinearClassifier:
    made = LinearClassifier(loss=loss, alpha=alpha)
    order = np.random.default_rng(1)
    for _ in range(n):
        rows = order.permutation(len(X))
        for part in np.array_split(rows, 3):
            made.partial_fit(X[part], Y[part], classes=[0, 1, 2])
    return made


def objective(made: LinearClassifier, loss: str) -> float:
    """Return the objective at some weights, by a fit that may not go on from them."""
    from models.convex.names import LINEAR_LOSSES

    scores = X @ made.coef_.T + made.intercept_
    value = (
        LINEAR_LOSSES[loss]
        .in_turn[-1]()
        .forward(scores.astype(np.float64), np.eye(3)[Y], np.full(len(X), 1 / len(X)))
    )
    return value + 0.05 * float((made.coef_**2).sum())


@pytest.mark.parametrize("loss", ["softmax", "hinge", "squared"])
def test_many_passes_come_near_to_a_fit(loss: Any) -> None:
    whole = LinearClassifier(loss=loss, alpha=0.1).fit(X, Y)
    before, after = objective(passes(loss, 1), loss), objective(passes(loss, 40), loss)
    best = objective(whole, loss)
    assert best < after < before
    assert after - best < 0.02 * (before - best) + 0.005


def test_it_goes_on_from_a_fit_and_a_fit_begins_anew() -> None:
    made = LinearClassifier().fit(X, Y)
    there = made.coef_.copy()
    made.partial_fit(X[:64], Y[:64])
    assert 0 < np.abs(made.coef_ - there).max() < 0.1
    assert made.n_iter_ == 1
    assert made.partial_fit(X[:64], Y[:64]).n_iter_ == 2
    assert np.array_equal(made.fit(X, Y).coef_, there)
    assert "_memory" not in vars(made)


def test_rows_without_weight_do_not_count() -> None:
    weights = (np.arange(96) < 64).astype(float)
    some = LinearClassifier().partial_fit(X[:96], Y[:96], sample_weight=weights, classes=[0, 1, 2])
    alone = LinearClassifier().partial_fit(X[:64], Y[:64], classes=[0, 1, 2])
    assert np.array_equal(some.coef_, alone.coef_)


def test_what_some_rows_cannot_tell_is_refused() -> None:
    for made in (
        LinearClassifier(standardize=True),
        LinearClassifier(class_weight="balanced"),
        LinearClassifier(loss="squared", alpha=[1, 2]),
    ):
        assert not hasattr(made, "partial_fit")
    with pytest.raises(ModelError, match="classes must be passed"):
        LinearClassifier().partial_fit(X, Y)
    with pytest.raises(ModelError, match="labels must be among"):
        LinearClassifier().partial_fit(X, Y, classes=[0, 1])
    with pytest.raises(ModelError, match="not the same as on last call"):
        passes("softmax", 1).partial_fit(X, Y, classes=[0, 1])


def test_logarithms_are_those_of_the_probabilities() -> None:
    made = LinearClassifier().fit(X, Y)
    np.testing.assert_allclose(np.exp(made.predict_log_proba(X)), made.predict_proba(X), rtol=1e-5)
    assert np.isfinite(made.predict_log_proba(1e4 * X)).all()
    assert not hasattr(LinearClassifier(loss="hinge"), "predict_log_proba")
    views = ViewsClassifier(LinearClassifier(), n_views=2).fit(X, Y)
    np.testing.assert_allclose(
        np.exp(views.predict_log_proba(X)), views.predict_proba(X), rtol=1e-5
    )


@pytest.mark.parametrize("kind", [LinearClassifier, MLPClassifier])
def test_a_part_need_not_have_every_class_that_has_a_weight(kind: Any) -> None:
    X, y = np.eye(6, dtype=np.float32), np.array([1, 2, 1, 2, 1, 2])
    kind(class_weight={0: 5.0}).partial_fit(X, y, classes=[0, 1, 2])
    with pytest.raises(ModelError, match="classes 0, 1, 2 are not in it; it names 7"):
        kind(class_weight={7: 2.0}).partial_fit(X, y, classes=[0, 1, 2])


def test_a_part_whose_squares_overflow_is_refused() -> None:
    X = np.array([[1e25], [-1e25]] * 20, np.float32)
    with pytest.raises(ModelError, match="too large for float32"):
        LinearClassifier().partial_fit(X, [0, 1] * 20, classes=[0, 1])


def test_weights_count_between_steps_too() -> None:
    moved = {}
    for weight in (1.0, 1e-6):
        made = LinearClassifier().partial_fit(X[:320], Y[:320], classes=[0, 1, 2])
        before = made.coef_.copy()
        for _ in range(20):
            made.partial_fit(X[320:], Y[320:], sample_weight=np.full(80, weight))
        moved[weight] = np.abs(made.coef_ - before).mean()
    assert moved[1e-6] < 0.5 * moved[1.0]


def test_weights_and_classes_are_named() -> None:
    for given in ([0, 1, 2], np.ones(400)):
        with pytest.raises(TypeError, match="positional argument"):
            LinearClassifier().partial_fit(X, Y, given)


def learned(made: Any) -> list[Any]:
    return [*made.coefs_, *made.intercepts_] if hasattr(made, "coefs_") else [made.coef_]


@pytest.mark.parametrize(
    "made",
    [
        LinearClassifier(class_weight={1: 0.0}),
        MLPClassifier((4,), random_state=0, class_weight={1: 0.0}),
    ],
    ids=lambda made: type(made).__name__,
)
@pytest.mark.parametrize(
    "given",
    [{}, {"sample_weight": np.zeros(5)}, {"sample_weight": [0, 0, 0, 0, 0]}],
    ids=["by class", "by sample", "as a list"],
)
def test_a_part_that_weighs_nothing_changes_nothing(made: Any, given: dict[str, Any]) -> None:
    part = np.flatnonzero(Y == 1)[:5] if not given else np.arange(5)
    made = clone(made)
    # The first part says which classes there are, and how many columns the next may have is open.
    made.partial_fit(X[part, :3], Y[part], classes=[0, 1, 2], **given)
    with pytest.raises(NotFittedError):
        made.predict(X[:, :3])
    made.partial_fit(X[:64], Y[:64])
    alone = clone(made).partial_fit(X[:64], Y[:64], classes=[0, 1, 2])
    for found, expected in zip(learned(made), learned(alone), strict=True):
        np.testing.assert_array_equal(found, expected)
    before = vars(made).copy()
    made.partial_fit(X[part], Y[part], **given)
    assert all(vars(made)[name] is before[name] for name in vars(made).keys() | before.keys())
    with pytest.raises(ModelError, match="not the same as on last call"):
        made.partial_fit(X[part], Y[part], classes=[1, 2], **given)
    with pytest.raises(ModelError, match=r"must be among|has classes not in"):
        made.partial_fit(X[part], np.full(5, 7), **given)


def test_weights_of_a_part_are_checked() -> None:
    for kind in (LinearClassifier, MLPClassifier):
        for weights, says in ((np.zeros(4), "expected"), ([0, 0, 0, 0, -1], "[Nn]egative")):
            with pytest.raises(ValueError, match=says):
                kind().partial_fit(X[:5], Y[:5], sample_weight=weights, classes=[0, 1, 2])
