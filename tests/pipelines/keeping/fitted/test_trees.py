from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.ensemble import ExtraTreesClassifier, RandomForestClassifier
from sklearn.tree import DecisionTreeClassifier, ExtraTreeClassifier

from pipelines.errors import PackingError
from pipelines.keeping.fitted.trees import depth_of
from pipelines.keeping.packing import pack, unpack
from tests.pipelines.keeping.fitted.round_trip import (
    SAMPLES,
    check_round_trip,
    edited,
    fitted,
    place_in,
)

FOREST = RandomForestClassifier(3, random_state=0)


@pytest.mark.parametrize("n_classes", [2, 3])
@pytest.mark.parametrize(
    "classifier",
    [
        DecisionTreeClassifier(random_state=0),
        DecisionTreeClassifier(max_leaf_nodes=9, criterion="entropy", random_state=0),
        DecisionTreeClassifier(max_depth=1, class_weight={0: 9.0}),
        ExtraTreeClassifier(random_state=0),
        FOREST,
        RandomForestClassifier(2, max_samples=5, oob_score=True, random_state=0),
        ExtraTreesClassifier(3, class_weight="balanced", random_state=0),
    ],
    ids=repr,
)
def test_what_is_read_again_answers_as_before(classifier: Any, n_classes: int) -> None:
    after = check_round_trip(classifier, n_classes)
    before = fitted(classifier, n_classes)
    np.testing.assert_array_equal(after.feature_importances_, before.feature_importances_)
    path, there = (each.decision_path(SAMPLES[n_classes][0]) for each in (after, before))
    if not isinstance(path, tuple):
        assert (path != there).nnz == 0


def test_a_tree_that_is_only_a_leaf_is_kept() -> None:
    check_round_trip(DecisionTreeClassifier(min_samples_leaf=50), 3)


def at(place: int, value: Any) -> Any:
    def change(array: Any) -> Any:
        changed = array.copy()
        changed[place] = value
        return changed

    return change


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("left_child", at(0, 0)),
        ("left_child", at(0, 10**9)),
        ("left_child", at(0, -5)),
        ("left_child", at(0, -1)),
        ("right_child", at(0, 1)),
        ("right_child", at(0, -(2**63))),
        ("right_child", at(-1, 1)),
        ("left_child", lambda a: a[:-1]),
        ("left_child", lambda a: a.astype(np.int32)),
        ("left_child", lambda a: a.astype(np.float64)),
        ("feature", at(0, 6)),
        ("feature", at(0, -1)),
        ("feature", at(0, -2)),
        ("feature", at(-1, 0)),
        ("threshold", at(0, np.nan)),
        ("threshold", at(0, np.inf)),
        ("missing_go_to_left", at(0, 2)),
        ("value", at(0, np.nan)),
        ("value", lambda a: a[:, :, :-1]),
        ("value", lambda a: a[:-1]),
        ("value", lambda a: a[:, 0]),
        ("counts", at(0, 0)),
        ("counts", at(0, -1)),
        ("counts", at(0, 2**62)),
        ("counts", lambda a: a[::-1]),
        ("counts", lambda a: a[:-1]),
        ("counts", lambda a: a.astype(np.float64)),
        ("classes_", lambda a: np.arange(4)),
    ],
)
def test_an_edited_node_is_refused(name: str, change: Any) -> None:
    def edit(index: Any, arrays: list[Any]) -> None:
        place = place_in(index, name)
        arrays[place] = change(arrays[place])

    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(FOREST, 3)), edit))


@pytest.mark.parametrize(
    "edit",
    [
        lambda index, _: index["learned"].update(n_features_in_=1),
        lambda index, _: index["learned"].update(trees=[]),
        lambda index, _: index["learned"]["trees"]["dict"].pop(),
        lambda index, _: index["learned"]["trees"]["dict"].append(["more", 1]),
        lambda index, _: index["learned"].update(tree_=1),
        lambda index, _: index["parameters"].update(n_estimators=-1),
        lambda index, _: index["parameters"].update(max_depth="deep"),
        lambda index, _: index.update(classifier="DecisionTreeClassifier"),
    ],
)
def test_an_edited_file_is_refused(edit: Any) -> None:
    with pytest.raises(PackingError):
        unpack(edited(pack(fitted(FOREST, 3)), edit))


def test_a_file_has_no_more_trees_than_are_kept() -> None:
    def edit(index: Any, arrays: list[Any]) -> None:
        for name in dict(index["learned"]["trees"]["dict"]):
            place = place_in(index, name)
            leaf = arrays[place][-1:]
            arrays[place] = np.repeat(leaf, 200_000, axis=0)
            if name == "counts":
                arrays[place] = np.ones(200_000, np.uint8)

    with pytest.raises(PackingError, match="it has 200,000 trees; at most 131,072 are kept"):
        unpack(edited(pack(fitted(FOREST, 3)), edit))


def test_no_walk_ends_anywhere_but_in_a_leaf() -> None:
    leaf = -1
    chain = np.array([1, 3, leaf, leaf, leaf])
    other = np.array([2, 4, leaf, leaf, leaf])
    assert depth_of(chain, other, chain == leaf, leaf) == 2
    for left, right in (
        ([1, 0, leaf], [2, 2, leaf]),  # back to the root
        ([1, leaf, leaf], [1, leaf, leaf]),  # one node twice
        ([1, leaf, leaf, leaf, leaf], [2, leaf, leaf, leaf, leaf]),  # nodes that nobody reaches
        ([3, leaf, leaf], [4, leaf, leaf]),  # beyond the end
    ):
        with pytest.raises(PackingError, match="no tree"):
            depth_of(np.array(left), np.array(right), np.array(left) == leaf, leaf)


def test_a_tree_of_any_depth_is_walked_in_bounded_time() -> None:
    n = 40_001
    left, right = np.full(n, -1), np.full(n, -1)
    left[: n - 2 : 2], right[: n - 2 : 2] = np.arange(1, n - 1, 2), np.arange(2, n, 2)
    with pytest.raises(PackingError, match="deeper than"):
        depth_of(left, right, left == -1, -1)
