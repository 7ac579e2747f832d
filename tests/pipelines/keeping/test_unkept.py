from __future__ import annotations

import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.ensemble import BaggingClassifier, StackingClassifier, VotingClassifier
from sklearn.gaussian_process import GaussianProcessClassifier
from sklearn.naive_bayes import GaussianNB
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.svm import SVC

from models import ViewsClassifier
from pipelines.comparison.named.sklearn_names import sklearn_classifiers
from pipelines.keeping.estimators import kept_estimators
from pipelines.keeping.unkept import why_not_kept
from tests.pipelines.own import Grown


@pytest.mark.parametrize(
    "classifier", [SVC(), make_pipeline(StandardScaler(), SVC()), ViewsClassifier(SVC(), n_views=2)]
)
def test_a_state_of_native_code_is_not_kept(classifier: object) -> None:
    assert why_not_kept(classifier).startswith("SVC: it is libsvm's state")


def test_every_classifier_is_kept_or_has_a_reason() -> None:
    kept = {each.entry.path for each in kept_estimators().values()}
    for name, entry in sklearn_classifiers().items():
        if name not in ("StackingClassifier", "VotingClassifier", "PassiveAggressiveClassifier"):
            try:
                reason = why_not_kept(entry.make())
            except TypeError:  # it wants another model
                reason = why_not_kept(entry.make(estimator=SVC()))
            assert bool(reason) != (entry.path in kept)
    assert "cannot be checked" in why_not_kept(GaussianProcessClassifier())


def test_a_model_of_models_is_not_kept_and_a_sentence_says_so() -> None:
    inside = GaussianNB()
    for classifier in (
        BaggingClassifier(inside),
        CalibratedClassifierCV(inside),
        StackingClassifier([("a", inside)]),
        VotingClassifier([("a", inside)]),
    ):
        assert why_not_kept(classifier) == (
            f"{type(classifier).__name__}: only single models are kept, and this one holds others"
        )


def test_what_is_of_a_users_own_is_tried() -> None:
    assert why_not_kept(Grown()) == ""
