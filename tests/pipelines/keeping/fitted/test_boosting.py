from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import GradientBoostingClassifier, HistGradientBoostingClassifier
from sklearn.linear_model import LogisticRegression

from pipelines.errors import PackingError
from pipelines.keeping.packing import pack, unpack
from tests.pipelines.keeping.fitted.round_trip import check_round_trip, edited, fitted, place_in

BOOSTED = GradientBoostingClassifier(n_estimators=2, random_state=0)
HISTOGRAMS = HistGradientBoostingClassifier(max_iter=2, min_samples_leaf=5, random_state=0)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "classifier",
    [
        BOOSTED,
        GradientBoostingClassifier(n_estimators=2, init="zero", subsample=0.5, random_state=0),
        HISTOGRAMS,
        HistGradientBoostingClassifier(max_iter=3, early_stopping=True, random_state=0),
    ],
    ids=repr,
)
def test_what_is_read_again_answers_as_before(classifier: Any, n_classes: int) -> None:
    check_round_trip(classifier, n_classes)


def test_two_classes_can_be_boosted_by_the_exponential_loss() -> None:
    check_round_trip(GradientBoostingClassifier(n_estimators=2, loss="exponential"), 2)


def test_what_starts_from_another_model_is_not_kept() -> None:
    boosted = fitted(GradientBoostingClassifier(n_estimators=1, init=LogisticRegression()), 3)
    with pytest.raises(PackingError):
        pack(boosted)


def at(place: int, value: Any) -> Any:
    def change(array: Any) -> Any:
        changed = array.copy()
        changed[place] = value
        return changed

    return change


@pytest.mark.parametrize(
    ("classifier", "name", "change"),
    [
        (BOOSTED, "left_child", at(0, 0)),
        (BOOSTED, "feature", at(0, 6)),
        (BOOSTED, "value", at(0, np.nan)),
        (BOOSTED, "counts", lambda a: a[:-1]),
        (BOOSTED, "prior", lambda a: a[:-1]),
        (BOOSTED, "prior", lambda a: 0 * a),
        (HISTOGRAMS, "left", at(0, 0)),
        (HISTOGRAMS, "left", at(0, 2**32 - 1)),
        (HISTOGRAMS, "right", at(0, 1)),
        (HISTOGRAMS, "right", lambda a: a.astype(np.int64)),
        (HISTOGRAMS, "is_leaf", at(0, 1)),
        (HISTOGRAMS, "is_leaf", at(-1, 0)),
        (HISTOGRAMS, "is_leaf", at(0, 2)),
        (HISTOGRAMS, "is_categorical", at(0, 1)),
        (HISTOGRAMS, "feature_idx", at(0, 6)),
        (HISTOGRAMS, "feature_idx", at(0, -1)),
        (HISTOGRAMS, "num_threshold", at(0, np.nan)),
        (HISTOGRAMS, "value", at(0, np.inf)),
        (HISTOGRAMS, "counts", at(0, 0)),
        (HISTOGRAMS, "counts", at(0, 2**62)),
        (HISTOGRAMS, "counts", lambda a: a[:-1]),
        (HISTOGRAMS, "counts", lambda a: np.array([a[0] - 1, 1 + a[1], *a[2:]])),
        (HISTOGRAMS, "start", lambda a: a[:, :-1]),
        (HISTOGRAMS, "start", lambda a: a * np.nan),
    ],
)
def test_an_edited_node_is_refused(classifier: Any, name: str, change: Any) -> None:
    def edit(index: Any, arrays: list[Any]) -> None:
        place = place_in(index, name)
        arrays[place] = change(arrays[place])

    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(classifier, 3)), edit))
