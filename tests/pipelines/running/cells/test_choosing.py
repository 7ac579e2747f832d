from __future__ import annotations

import gc
import weakref
from types import SimpleNamespace
from typing import Any

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from sklearn.neighbors import KNeighborsClassifier

from models import LinearClassifier, MLPClassifier, ViewsClassifier
from pipelines.running.cells.choosing import (
    Judge,
    history_of,
    is_validated,
    needs_validation,
    validation_split,
)
from tests.pipelines.own import Grown

LABELS = np.random.default_rng(0).integers(0, 3, 200)


@given(
    st.lists(st.integers(1, 40), min_size=2, max_size=6),
    st.integers(0, 2**32 - 1),
)
def test_the_split_is_stratified_and_complete(counts: list[int], seed: int) -> None:
    labels = np.random.default_rng(1).permutation(np.repeat(np.arange(len(counts)), counts))
    fit_on, choose_by = validation_split(labels, seed)
    assert sorted([*fit_on, *choose_by]) == list(range(len(labels)))
    for label, n in enumerate(counts):
        n_validation = int((labels[choose_by] == label).sum())
        assert n_validation < n
        assert n_validation == (0 if n == 1 else max(1, round(n / 10)))


def test_the_split_follows_the_seed() -> None:
    one, again, other = (validation_split(LABELS, seed)[1] for seed in (0, 0, 1))
    assert np.array_equal(one, again)
    assert not np.array_equal(one, other)
    assert len(one) == sum(round(n / 10) for n in np.bincount(LABELS))


def test_what_leaves_something_open_is_known_before_any_fit() -> None:
    ridge = LinearClassifier(loss="squared", alpha=[0.1, 1.0])
    stopping = MLPClassifier(early_stopping=True)
    for classifier in (ridge, stopping, Grown()):
        assert needs_validation([({}, classifier)])
        assert needs_validation([({}, ViewsClassifier(classifier, n_views=2))])
    for classifier in (LinearClassifier(), MLPClassifier(), KNeighborsClassifier()):
        assert not needs_validation([({}, classifier)])
        assert needs_validation([({}, classifier)] * 2)


def test_a_cell_is_measured_on_held_out_images_where_it_is_wished_or_features_are_chosen() -> None:
    one: list[tuple[dict[str, Any], Any]] = [({}, KNeighborsClassifier())]
    assert not is_validated(one, 1, wished=False)
    assert is_validated(one, 1, wished=True)
    assert is_validated(one, 2, wished=False)
    assert not is_validated(2 * one, 2, wished=True), "they need it anyway"


def test_what_a_choice_held_is_freed_at_its_end() -> None:
    rows, labels = np.eye(40, dtype=np.float32), np.arange(40) % 2
    gc.disable()
    try:
        judge = Judge(rows, labels, [({}, LinearClassifier())], 0, 0)
        judge.judged(0)
        held = weakref.ref(judge)
        del judge
        assert held() is None
    finally:
        gc.enable()


def test_records_of_another_kind_are_no_curve() -> None:
    ours = [{"epoch": np.int64(1), "loss": np.float32(0.5), "seconds": 3.0}]
    (record,) = history_of(SimpleNamespace(history_=ours))
    assert (record, type(record["epoch"])) == ({"epoch": 1, "loss": 0.5}, int)
    theirs: list[Any]
    for theirs in ([{"epoch": 1, "train_loss": 0.5}], [0.5, 0.4], [{}]):
        assert history_of(SimpleNamespace(history_=theirs)) == []
