"""What a classifier says of rows does not depend on the number of cores."""

from __future__ import annotations

from typing import Any

import joblib
import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC
from threadpoolctl import threadpool_limits

from models import KernelClassifier, LinearClassifier, MLPClassifier, ViewsClassifier
from pipelines.running.cells.predicting import by_rows, labels_and_scores, labels_of

rng = np.random.default_rng(0)
# Many distances are equal: which of them are the nearest is then a matter of their order.
X = np.round(rng.standard_normal((900, 6))).astype(np.float32)
y = rng.integers(0, 4, 900)
TEST = np.round(rng.standard_normal((600, 6))).astype(np.float32)
NEIGHBOURS = KNeighborsClassifier(5, algorithm="brute")


@pytest.mark.parametrize("n_openmp", [1, 2, 5])
@pytest.mark.parametrize("n_cores", [1, 3])
def test_equal_distances_are_taken_alike_on_any_number_of_threads(
    n_cores: int, n_openmp: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(joblib, "cpu_count", lambda: n_cores)
    monkeypatch.setenv("OMP_NUM_THREADS", str(n_openmp))
    with threadpool_limits(1):
        net = NEIGHBOURS.fit(X, y)
        wanted = np.concatenate([net.predict_proba(TEST[i : i + 256]) for i in (0, 256, 512)])
    with threadpool_limits(n_openmp, "openmp"):
        labels, scores, _ = labels_and_scores(net, TEST, 4)
    np.testing.assert_array_equal(scores, wanted.astype(np.float32))
    np.testing.assert_array_equal(labels, wanted.argmax(axis=1))


@pytest.mark.parametrize(
    "classifier",
    [
        NEIGHBOURS,
        KNeighborsClassifier(4, weights="distance"),
        make_pipeline(StandardScaler(), NEIGHBOURS),
        ViewsClassifier(NEIGHBOURS, n_views=2),
        LogisticRegression(),
    ],
    ids=str,
)
def test_labels_and_scores_are_those_of_the_classifier(classifier: Any) -> None:
    with threadpool_limits(1):
        net = classifier.fit(X + 0.01 * rng.standard_normal(X.shape), y)
        labels, scores, are_probabilities = labels_and_scores(net, TEST, 5)
        assert are_probabilities
        assert scores is not None
        np.testing.assert_array_equal(labels, net.predict(TEST))
        np.testing.assert_array_equal(labels, labels_of(net, TEST))
        np.testing.assert_allclose(scores[:, :4], net.predict_proba(TEST), rtol=1e-6)
        np.testing.assert_array_equal(scores[:, 4], 0)


SQUARES = LinearClassifier(loss="squared", alpha=0.1)
KERNEL = KernelClassifier(alpha=0.1)
NET = MLPClassifier((4,), max_iter=1, learning_rate="cosine")


@pytest.mark.parametrize("n_classes", [2, 4])
@pytest.mark.parametrize(
    ("classifier", "n_asked"),
    [
        (SQUARES, 1),
        (KERNEL, 1),
        (ViewsClassifier(KERNEL, n_views=2), 1),
        (ViewsClassifier(NET, n_views=2), 1),
        (NET, 2),
    ],
    ids=str,
)
def test_scores_are_computed_once_where_they_name_the_label(
    classifier: Any, n_asked: int, n_classes: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    net = classifier.fit(X, y % n_classes)
    predicted = net.predict(TEST)
    inner = type(getattr(net, "classifier_", net))
    asked, score = [], inner._scores

    def counted(self: Any, rows: Any) -> Any:
        asked.append(len(rows))
        return score(self, rows)

    monkeypatch.setattr(inner, "_scores", counted)
    labels, scores, _ = labels_and_scores(net, TEST, 4)
    assert len(asked) == n_asked
    assert scores is not None
    np.testing.assert_array_equal(labels, predicted)
    assert scores.shape == (600, 4)


@pytest.mark.parametrize("n_views", [None, 2])
@pytest.mark.parametrize("n_classes", [3, 4])
def test_scores_of_pairs_are_not_those_of_classes(n_classes: int, n_views: int | None) -> None:
    # Of three classes there are as many pairs.
    pairs: Any = SVC(decision_function_shape="ovo")
    net = (pairs if n_views is None else ViewsClassifier(pairs, n_views=n_views)).fit(
        X, y % n_classes
    )
    labels, scores, _ = labels_and_scores(net, TEST, n_classes)
    assert scores is None
    np.testing.assert_array_equal(labels, net.predict(TEST))


def test_nothing_else_is_asked_of_some_rows_at_a_time() -> None:
    class Counts:
        def predict(self, rows: Any) -> Any:
            return np.full(len(rows), len(rows))

    assert set(by_rows(Counts().predict, Counts(), TEST)) == {600}


class Says(KNeighborsClassifier):
    """Says the same of every row, as a user's own classifier may."""

    def __init__(self, said: Any) -> None:
        super().__init__()
        self.said = said

    def predict_proba(self, X: Any) -> Any:
        return np.tile(self.said, (len(X), 1))


class Decides(LogisticRegression):
    predict_proba = property()  # it has none

    def decision_function(self, X: Any) -> Any:
        return np.full((len(X), 4), 1e39)


def test_a_classifier_that_gives_no_class_any_probability_finds_them_equal() -> None:
    net = Says([0.0, 0.0, 0.0]).fit(X, y % 3 + 1)
    _, scores, are_probabilities = labels_and_scores(net, TEST, 5)
    assert are_probabilities
    assert scores is not None
    np.testing.assert_allclose(scores, np.tile([0, 1 / 3, 1 / 3, 1 / 3, 0], (600, 1)))


@pytest.mark.parametrize("said", [[0.5, 0.7, -0.2, 0], [np.nan, 0, 0, 1], [1e39, 0, 0, 1]])
def test_what_is_no_probability_is_refused(said: list[float]) -> None:
    with pytest.raises(ValueError, match=r"finite in float32|must not be negative, got -0\.2"):
        labels_and_scores(Says(said).fit(X, y), TEST, 4)


def test_scores_must_be_finite_in_the_numbers_that_are_kept() -> None:
    with pytest.raises(ValueError, match=r"finite in float32, \(600, 4\), got float64"):
        labels_and_scores(Decides().fit(X, y), TEST, 4)
