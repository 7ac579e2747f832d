"""A classifier of several views is its classifier on all of them, and the mean of what it says."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn import config_context
from sklearn.base import clone
from sklearn.exceptions import NotFittedError, UnsetMetadataPassedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.svm import SVC, LinearSVC, NuSVC
from sklearn.tree import DecisionTreeClassifier

from data.pixels.views import interleaved
from models import LinearClassifier, MLPClassifier, ModelError, ViewsClassifier
from models.layers.layer import Array
from models.perceptron import preparation
from models.perceptron.samples import parted
from models.training.stream import Stream

RNG = np.random.default_rng(0)
LABELS = RNG.integers(0, 3, 90)
VIEWS = (RNG.standard_normal((90, 4, 5)) + LABELS[:, None, None]).astype(np.float32)
X = interleaved([VIEWS[:, view] for view in range(4)])
APART, REPEATED = VIEWS.reshape(360, 5), np.repeat(LABELS, 4)


def net(**given: Any) -> MLPClassifier:
    settings: dict[str, Any] = {"learning_rate": "cosine", "learning_rate_init": 0.02}
    return MLPClassifier((6,), max_iter=8, batch_size=20, random_state=0, **settings | given)


@pytest.mark.parametrize("classifier", [KNeighborsClassifier(7), net()])
def test_probabilities_are_the_mean_over_the_views(classifier: Any) -> None:
    ours = ViewsClassifier(classifier, n_views=4).fit(X, LABELS)
    direct = clone(classifier).fit(APART, REPEATED)
    expected = direct.predict_proba(APART).reshape(90, 4, 3).mean(axis=1)
    assert_allclose(ours.predict_proba(X), expected, atol=1e-6)
    assert_array_equal(ours.predict(X), expected.argmax(axis=1))
    assert ours.score(X, LABELS) > direct.score(APART, REPEATED)
    assert ours.n_features_in_ == 20


@pytest.mark.parametrize("n_classes", [2, 3])
def test_scores_are_the_mean_over_the_views(n_classes: int) -> None:
    labels = LABELS % n_classes
    ours = ViewsClassifier(LinearSVC(random_state=0), n_views=4).fit(X, labels)
    direct = LinearSVC(random_state=0).fit(APART, np.repeat(labels, 4))
    found = direct.decision_function(APART)
    expected = found.reshape(90, 4, *found.shape[1:]).mean(axis=1)
    assert_allclose(ours.decision_function(X), expected, atol=1e-6)
    best = expected.argmax(axis=1) if n_classes == 3 else expected > 0
    assert_array_equal(ours.predict(X), best)
    assert not hasattr(ours, "predict_proba")


def test_without_scores_the_views_vote() -> None:
    class Silent(DecisionTreeClassifier):
        predict_proba = property()  # raises AttributeError

    names = np.array(["x", "y", "z"])
    ours = ViewsClassifier(Silent(max_depth=3, random_state=0), n_views=4).fit(X, names[LABELS])
    votes = ours.classifier_.predict(APART).reshape(90, 4)
    winners = [max("xyz", key=lambda name: (row == name).sum()) for row in votes]
    assert_array_equal(ours.predict(X), winners)


@pytest.mark.parametrize(
    "inner",
    [
        SVC(decision_function_shape="ovo"),
        make_pipeline(FunctionTransformer(), SVC(decision_function_shape="ovo")),
        GridSearchCV(NuSVC(decision_function_shape="ovo"), {"nu": [0.3]}, cv=2),
    ],
    ids=lambda inner: type(inner).__name__,
)
@pytest.mark.parametrize("n_classes", [3, 4])
def test_where_pairs_of_classes_have_scores_the_views_vote(inner: Any, n_classes: int) -> None:
    rng = np.random.default_rng(0)
    labels = np.arange(90) % n_classes
    views = rng.normal(size=(90, 4, 5)) + 1.5 * np.eye(4, 5)[labels, None]
    ours = ViewsClassifier(inner, n_views=4).fit(views, labels)
    votes = ours.classifier_.predict(views.reshape(360, 5)).reshape(90, 4)
    most = [np.bincount(row, minlength=n_classes).argmax() for row in votes]
    assert_array_equal(ours.predict(views), most)
    assert (np.array(most) == labels).mean() > 0.6
    assert not hasattr(ours, "decision_function")


def test_two_classes_are_one_pair() -> None:
    two = LABELS % 2
    pair, each = (
        ViewsClassifier(SVC(decision_function_shape=shape), n_views=4).fit(X, two)
        for shape in ("ovo", "ovr")
    )
    assert_array_equal(pair.decision_function(X), each.decision_function(X))
    assert_array_equal(pair.predict(X), each.predict(X))


def test_scores_that_are_not_one_a_class_do_not_decide() -> None:
    class Pairs(LinearSVC):
        def decision_function(self, X: Any) -> Array:
            return np.repeat(super().decision_function(X), 2, axis=1)

        def predict(self, X: Any) -> Array:
            return np.asarray(self.classes_[super().decision_function(X).argmax(axis=1)])

    pairs = ViewsClassifier(Pairs(random_state=0), n_views=4).fit(X, LABELS)
    direct = LinearSVC(random_state=0).fit(APART, REPEATED).predict(APART).reshape(90, 4)
    most = [np.bincount(row, minlength=3).argmax() for row in direct]
    assert_array_equal(pairs.predict(X), most)
    with pytest.raises(ModelError, match=r"Pairs\.decision_function gives 6 scores for 3 classes"):
        pairs.decision_function(X)


def test_held_out_samples_are_held_out_with_all_their_views_and_judged_by_their_mean() -> None:
    held_out, alphas = np.arange(0, 90, 3), (1e-3, 1.0, 30.0)
    ridge = LinearClassifier(loss="squared", alpha=alphas)
    ours = ViewsClassifier(ridge, n_views=4)
    ours.fit(X, LABELS, held_out=held_out)
    rest = np.setdiff1d(np.arange(90), held_out)
    scores = {
        alpha: ViewsClassifier(LinearClassifier(loss="squared", alpha=alpha), n_views=4)
        .fit(X[rest], LABELS[rest])
        .score(X[held_out], LABELS[held_out])
        for alpha in alphas
    }
    assert ours.validation_score_ == pytest.approx(max(scores.values()))
    views_held_out = np.add.outer(4 * held_out, np.arange(4)).ravel()
    single = clone(ridge).fit(APART, REPEATED, held_out=views_held_out)
    assert ours.validation_score_ != single.validation_score_
    assert ours.validation_score_ * 30 == pytest.approx(round(ours.validation_score_ * 30))
    assert ours.alpha_ in alphas
    # With nothing said, every tenth sample of a class with all of its views.
    alone = ViewsClassifier(ridge, n_views=4).fit(X, LABELS)
    tenth = np.sort(np.concatenate([np.flatnonzero(k == LABELS)[9::10] for k in range(3)]))
    told = ViewsClassifier(ridge, n_views=4).fit(X, LABELS, held_out=tenth)
    assert alone.validation_score_ == told.validation_score_


def test_a_validation_set_and_weights_are_of_samples() -> None:
    weights = RNG.random(90)
    ours = ViewsClassifier(net(), n_views=4)
    ours.fit(X, LABELS, weights, X_val=X[:30], y_val=LABELS[:30])
    direct = net().fit(
        APART, REPEATED, np.repeat(weights, 4), X_val=APART[:120], y_val=REPEATED[:120]
    )
    assert [e["val_loss"] for e in ours.history_] == [e["val_loss"] for e in direct.history_]
    assert ours.refit_params_["max_iter"] == 8


@pytest.mark.parametrize("method", ["fit", "fit_choosing"])
def test_held_out_may_be_a_mask(method: str) -> None:
    ridge = LinearClassifier(loss="squared", alpha=(1e-3, 1.0, 30.0))
    rows = np.arange(0, 90, 3)
    mask = np.isin(np.arange(90), rows)
    by_rows, by_mask = (
        getattr(ViewsClassifier(ridge, n_views=4), method)(X, LABELS, held_out=given)
        for given in (rows, mask)
    )
    assert by_rows.validation_score_ == by_mask.validation_score_
    assert by_rows.chosen_params_ == by_mask.chosen_params_ == {"alpha": by_mask.alpha_}
    assert_array_equal(by_rows.classifier_.coef_, by_mask.classifier_.coef_)
    with pytest.raises(ModelError, match="indices of the 90 samples, got 90"):
        getattr(ViewsClassifier(ridge, n_views=4), method)(X, LABELS, held_out=[90])


def test_it_offers_what_its_classifier_offers() -> None:
    choosing = LinearClassifier(loss="squared", alpha=(0.1, 1.0))
    for inner in (choosing, LinearClassifier(), net(), net(solver="lbfgs"), LinearSVC()):
        ours = ViewsClassifier(inner, n_views=4)
        for name in ("fit_choosing", "fit_validated", "validation_decides", "predict_proba"):
            assert hasattr(ours, name) == hasattr(inner, name), (inner, name)
    assert ViewsClassifier(net(early_stopping=True), n_views=4).validation_decides
    assert not ViewsClassifier(net(), n_views=4).validation_decides


def test_fit_validated_is_fit_with_a_validation_set() -> None:
    ours = ViewsClassifier(net(early_stopping=True), n_views=4)
    direct = clone(ours).fit(X, LABELS, X_val=X[:30], y_val=LABELS[:30])
    ours.fit_validated(X, LABELS, X[:30], LABELS[:30])
    assert_array_equal(ours.classifier_.coefs_[0], direct.classifier_.coefs_[0])
    assert ours.refit_params_ == direct.refit_params_
    assert len(ours.history_) == 8


def test_fits_to_the_same_views_share_work_and_give_the_same_bits() -> None:
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((60, 3, 5), np.float32), rng.integers(0, 3, 60)
    shared: dict[Any, Any] = {}
    for alpha in (0.1, 1.0):
        inner = LinearClassifier(alpha=alpha, standardize=True)
        sharing = ViewsClassifier(inner, n_views=3).fit_sharing(X, y, shared)
        alone = ViewsClassifier(inner, n_views=3).fit(X, y)
        np.testing.assert_array_equal(sharing.coef_, alone.coef_)
    assert len(shared) == 1
    assert not hasattr(ViewsClassifier(LinearClassifier(loss="squared"), n_views=3), "fit_sharing")


def test_views_that_are_apart_are_the_same_and_are_not_copied() -> None:
    class Watching(KNeighborsClassifier):
        def fit(self, X: Any, y: Any) -> Any:
            type(self).seen = X
            return super().fit(X, y)

        def predict_proba(self, X: Any) -> Array:
            type(self).asked = X
            return np.asarray(super().predict_proba(X))

        seen: Array
        asked: Array

    rows, apart = (ViewsClassifier(Watching(), n_views=4).fit(x, LABELS) for x in (X, VIEWS))
    assert_array_equal(rows.predict_proba(X), apart.predict_proba(VIEWS))
    assert_array_equal(apart.predict(X), apart.predict(VIEWS))
    assert rows.n_features_in_ == apart.n_features_in_ == 20
    apart.predict(VIEWS)
    assert np.shares_memory(Watching.asked, VIEWS)
    apart.fit(VIEWS, LABELS)
    assert np.shares_memory(Watching.seen, VIEWS)


def test_a_union_of_views_is_a_row_of_views() -> None:
    halves = [
        interleaved([VIEWS[:, view, part] for view in range(4)])
        for part in (slice(0, 2), slice(2, 5))
    ]
    ours = ViewsClassifier(LinearClassifier(), n_views=4).fit(np.hstack(halves), LABELS)
    direct = LinearClassifier().fit(APART, REPEATED)
    assert_array_equal(ours.classifier_.coef_, direct.coef_)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize("inner", [LinearClassifier(), LinearSVC(random_state=0)])
def test_the_largest_score_is_that_of_the_class_predicted(inner: Any, n_classes: int) -> None:
    labels = LABELS % n_classes
    noisy = X + 2 * np.random.default_rng(5).standard_normal(X.shape)
    ours = ViewsClassifier(inner, n_views=4).fit(noisy, labels)
    scores = ours.decision_function(noisy)
    assert scores.shape == ((90,) if n_classes == 2 else (90, 3))
    best = (scores > 0).astype(int) if n_classes == 2 else scores.argmax(axis=1)
    assert_array_equal(ours.predict(noisy), best)


def test_in_a_pipeline_with_weights() -> None:
    weights = np.where(LABELS == 0, 0.0, 1.0)
    steps = make_pipeline(FunctionTransformer(), ViewsClassifier(LinearClassifier(), n_views=4))
    steps.fit(X, LABELS, viewsclassifier__sample_weight=weights)
    assert 0 not in steps.predict(X)
    with config_context(enable_metadata_routing=True):
        weighed = ViewsClassifier(LinearClassifier(), n_views=4).set_fit_request(sample_weight=True)
        routed = make_pipeline(FunctionTransformer(), weighed)
        routed.fit(X, LABELS, sample_weight=weights)
        assert_array_equal(routed.predict_proba(X), steps.predict_proba(X))
        # A search asks for them by name, and says so where nobody has.
        grid = {"classifier__alpha": [1e-3, 1.0]}
        weighed.set_score_request(sample_weight=True)
        search = GridSearchCV(weighed, grid, cv=3).fit(X, LABELS, sample_weight=weights)
        assert 0 not in search.predict(X)
        silent = GridSearchCV(ViewsClassifier(LinearClassifier(), n_views=4), grid, cv=3)
        with pytest.raises(UnsetMetadataPassedError, match="sample_weight"):
            silent.fit(X, LABELS, sample_weight=weights)
    with pytest.raises(ModelError, match=r"KNeighborsClassifier\.fit takes no sample_weight"):
        ViewsClassifier(KNeighborsClassifier(), n_views=4).fit(X, LABELS, weights)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "decision_function"])
def test_unfitted_it_says_so(method: str) -> None:
    with pytest.raises(NotFittedError, match="not fitted yet"):
        getattr(ViewsClassifier(LinearClassifier(), n_views=4), method)(X)


def test_what_its_classifier_remembers_is_forgotten() -> None:
    ours = ViewsClassifier(net(), n_views=4)
    with pytest.raises(NotFittedError, match="not fitted yet"):
        ours.forget()
    before = ours.fit(X, LABELS).predict_proba(X)
    assert "_memory" in vars(ours.classifier_)
    assert_array_equal(ours.forget().predict_proba(X), before)
    assert "_memory" not in vars(ours.classifier_)
    assert not hasattr(ViewsClassifier(LinearClassifier(), n_views=4), "forget")


def test_it_is_an_estimator_like_others() -> None:
    ours = ViewsClassifier(net(), n_views=4)
    assert ours.get_params()["classifier__max_iter"] == 8
    with pytest.raises(AttributeError, match="history_"):
        _ = ours.history_
    assert cross_val_score(ours, X, LABELS, cv=3).mean() > 0.7
    fitted = ours.fit(X, LABELS)
    copy = pickle.loads(pickle.dumps(fitted))
    assert_array_equal(copy.predict(X), fitted.predict(X))
    assert not hasattr(clone(fitted), "classifier_")


def test_what_are_not_views_is_refused() -> None:
    with pytest.raises(ModelError, match="20 columns, which are not those of 3 views alike"):
        ViewsClassifier(net(), n_views=3).fit(X, LABELS)
    with pytest.raises(ModelError, match=r"X must be \(n, 5, d\), got \(90, 4, 5\)"):
        ViewsClassifier(net(), n_views=5).fit(VIEWS, LABELS)
    ours = ViewsClassifier(LinearClassifier(), n_views=4).fit(X, LABELS)
    with pytest.raises(ModelError, match=r"X must be \(n, 4, 5\), got \(90, 4, 4\)"):
        ours.predict(VIEWS[:, :, :4])
    with pytest.raises(ValueError, match=r"X has 16 features, but .* is expecting 20"):
        ours.predict(X[:, :16])
    with pytest.raises(ValueError, match="inconsistent numbers of samples"):
        ours.fit(VIEWS, LABELS[:80])
    with pytest.raises(ValueError, match="NaN"):
        ours.predict(np.full_like(VIEWS, np.nan))
    with pytest.raises(ModelError, match="X_val and y_val belong together"):
        ViewsClassifier(net(), n_views=4).fit(X, LABELS, X_val=X)
    with pytest.raises(ModelError, match=r"LinearClassifier\.fit takes no X_val"):
        ours.fit(X, LABELS, X_val=X, y_val=LABELS)


def test_an_epoch_sees_one_view_of_each_sample(monkeypatch: pytest.MonkeyPatch) -> None:
    drawn: list[Array] = []
    take = Stream.epoch

    def noted(stream: Stream, order: Any, rng: Any) -> Any:
        before = copy.deepcopy(rng)
        for batch in take(stream, order, rng):
            drawn.append(batch.x.copy())
            yield batch
        assert stream.n_views == 4
        assert before.bit_generator.state != rng.bit_generator.state

    monkeypatch.setattr(Stream, "epoch", noted)
    ours = ViewsClassifier(net(draw_views=True), n_views=4).fit(X, LABELS)
    assert ours.t_ == 8 * 90
    seen = np.concatenate(drawn).reshape(8, 90, 5)
    where = {row.tobytes(): divmod(i, 4) for i, row in enumerate(APART)}
    for epoch in seen:
        assert sorted(where[row.tobytes()][0] for row in epoch) == list(range(90))
    views = [where[row.tobytes()][1] for row in seen.reshape(-1, 5)]
    assert min(np.bincount(views, minlength=4)) > 8 * 90 / 8
    again = ViewsClassifier(net(draw_views=True), n_views=4).fit(X, LABELS)
    assert_array_equal(again.predict_proba(X), ours.predict_proba(X))


def test_a_drawn_view_is_held_out_with_the_others() -> None:
    stopped = net(draw_views=True, early_stopping=True, validation_fraction=0.2, whiten=4)
    ours = ViewsClassifier(stopped, n_views=4).fit(X, LABELS)
    assert ours.t_ == 8 * 72
    refit = clone(stopped).set_params(**ours.refit_params_)
    assert (
        ViewsClassifier(refit, n_views=4).fit(X, LABELS).t_ == ours.refit_params_["max_iter"] * 90
    )
    validated = ViewsClassifier(stopped, n_views=4).fit_validated(X[:60], LABELS[:60], X, LABELS)
    assert validated.t_ == 8 * 60


@pytest.mark.parametrize("draws", [False, True])
def test_views_are_held_out_together(draws: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    parts: list[Any] = []

    def watched(*given: Any) -> Any:
        parts.extend(parted(*given))
        return parts

    monkeypatch.setattr(preparation, "parted", watched)
    ViewsClassifier(net(early_stopping=True, draw_views=draws), n_views=4).fit(X, LABELS)
    for part in parts:
        of = [int(np.flatnonzero((row == APART).all(axis=1))[0]) // 4 for row in part.X]
        assert set(np.unique(of, return_counts=True)[1]) == {4}
    assert [len(part) for part in parts] == [81 * 4, 9 * 4]


def test_of_single_rows_no_view_is_drawn() -> None:
    alone = net(draw_views=True).fit(APART, REPEATED)
    assert_array_equal(alone.coefs_[0], net().fit(APART, REPEATED).coefs_[0])


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ({"n_views": 7}, "X has 360 rows, which are not 7 views of each thing"),
        ({"n_views": 0}, "n_views must be a whole number from 1 up, got 0"),
        ({"n_views": 8}, "alike in label and weight"),
        ({"n_views": 4, "sample_weight": np.arange(360)}, "alike in label and weight"),
    ],
)
def test_views_that_cannot_be_drawn_are_refused(given: dict[str, Any], says: str) -> None:
    with pytest.raises(ModelError, match=says):
        net(draw_views=True).fit(APART, REPEATED, **given)
    with pytest.raises(ModelError, match="draw_views needs epochs, and solver='lbfgs' has none"):
        net(draw_views=True, solver="lbfgs").fit(APART, REPEATED)
