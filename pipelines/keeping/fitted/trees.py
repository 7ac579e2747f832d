"""Decision trees and forests: every node is checked before compiled code walks along it.

A compiled loop follows children and looks up columns without a check of its own. So children come
behind their parent, each node but the root has one parent, and columns are among those that there
are. Then every walk ends in a leaf.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib import import_module
from typing import Any

import numpy as np

from pipelines.errors import PackingError
from pipelines.keeping.fitted.checks import (
    Array,
    Learned,
    check_keys,
    checked_array,
    classes_in,
    count_in,
    heads_of,
)

_LEAF, _NO_COLUMN = -1, -2
_DEEPEST = 10_000
_MOST_NODES = 1 << 27
_MOST_TREES = 1 << 17

TREES = ("tree.DecisionTreeClassifier", "tree.ExtraTreeClassifier")
FORESTS = {
    "ensemble.RandomForestClassifier": "sklearn.tree.DecisionTreeClassifier",
    "ensemble.ExtraTreesClassifier": "sklearn.tree.ExtraTreeClassifier",
}
"""Forest → the class of its trees."""


def taken_of_tree(classifier: Any) -> Learned:
    """Return the nodes of a fitted tree."""
    return _heads(classifier) | {"trees": arrays_of([classifier.tree_])}


def give_tree(classifier: Any, learned: Learned) -> None:
    """Check the nodes, and make a tree of them."""
    _, n_columns, trees = _checked(learned)
    if len(trees) != 1:
        raise PackingError(f"a tree is one tree, got {len(trees)}")
    _make_tree(classifier, trees[0], learned["classes_"], n_columns)


def taken_of_forest(classifier: Any) -> Learned:
    """Return the nodes of all trees of a fitted forest."""
    return _heads(classifier) | {"trees": arrays_of([t.tree_ for t in classifier.estimators_])}


def give_forest(classifier: Any, learned: Learned, tree: str) -> None:
    """Check the nodes, and make a forest of them."""
    n_classes, n_columns, trees = _checked(learned)
    kind = class_of(tree)
    classifier.estimators_ = []
    for each in trees:
        made = kind()
        _make_tree(made, each, np.arange(n_classes, dtype=np.float64), n_columns)
        classifier.estimators_.append(made)
    classifier.classes_, classifier.n_features_in_ = learned["classes_"], n_columns
    classifier.n_classes_, classifier.n_outputs_ = n_classes, 1


def class_of(path: str) -> Any:
    """Return a class by its path, which is one of this module."""
    module, _, name = path.rpartition(".")
    return getattr(import_module(module), name)


def arrays_of(trees: Sequence[Any]) -> dict[str, Array]:
    """Return the nodes of trees one behind the other: an array for each field, and how many."""
    _check_number(len(trees))
    states = [tree.__getstate__() for tree in trees]
    counts = [int(state["node_count"]) for state in states]
    nodes = [state["nodes"][:n] for state, n in zip(states, counts, strict=True)]
    values = [state["values"][:n] for state, n in zip(states, counts, strict=True)]
    fields = {
        name: np.concatenate([np.ascontiguousarray(each[name]) for each in nodes])
        for name in nodes[0].dtype.names
    }
    return fields | {"counts": np.array(counts, np.int64), "value": np.concatenate(values)}


def trees_of(arrays: Mapping[str, Array], n_columns: int, n_values: int) -> list[Any]:
    """Return trees that are made of nodes, each with some values, after all checks.

    Raises
    ------
    PackingError
        If a walk along the nodes could leave them, or never end.
    """
    from sklearn.tree._tree import NODE_DTYPE, Tree

    if not isinstance(arrays, dict) or arrays.keys() != {*NODE_DTYPE.names, "counts", "value"}:
        raise PackingError("the nodes of its trees have other fields than those of this version")
    counts = counts_in(arrays["counts"])
    n_nodes = sum(counts)
    value = checked_array(arrays["value"], "value", (n_nodes, 1, n_values))
    nodes = np.zeros(n_nodes, NODE_DTYPE)
    for name in NODE_DTYPE.names:
        kinds = "f" if NODE_DTYPE[name].kind == "f" else "iu"
        field = checked_array(arrays[name], name, (n_nodes,), kinds=kinds)
        if field.dtype != NODE_DTYPE[name]:
            raise PackingError(f"{name} must be {NODE_DTYPE[name]}, got {field.dtype}")
        nodes[name] = field
    found, first = [], 0
    for n in counts:
        own = nodes[first : first + n]
        _check_columns(own, n_columns)
        depth = depth_of(own["left_child"], own["right_child"], own["left_child"] == _LEAF, _LEAF)
        tree = Tree(n_columns, np.array([n_values], dtype=np.intp), 1)
        tree.__setstate__(
            {
                "max_depth": depth,
                "node_count": n,
                "nodes": np.ascontiguousarray(own),
                "values": np.ascontiguousarray(value[first : first + n], dtype=np.float64),
            }
        )
        found.append(tree)
        first += n
    return found


def counts_in(given: Any) -> list[int]:
    """Return how many nodes each tree has, from 1 up."""
    counts = checked_array(given, "counts", (None,), kinds="iu")
    if counts.min() < 1 or counts.max() > _MOST_NODES:
        raise PackingError("its trees have impossible counts of nodes")
    _check_number(len(counts))
    return [int(n) for n in counts]


def _check_number(n_trees: int) -> None:
    """Raise PackingError for more trees than are kept: one takes far more memory than its nodes."""
    if n_trees > _MOST_TREES:
        raise PackingError(f"it has {n_trees:,} trees; at most {_MOST_TREES:,} are kept")


def depth_of(left: Array, right: Array, is_leaf: Array, of_a_leaf: int) -> int:
    """Return the depth of a tree; raise PackingError unless it is one.

    Parameters
    ----------
    left, right : integer array (n,)
        The places of the children; those of a leaf are `of_a_leaf`.
    is_leaf : bool array (n,)
    of_a_leaf : int
    """
    n, places = len(left), np.arange(len(left))
    inner = ~is_leaf
    if not ((left[is_leaf] == of_a_leaf).all() and (right[is_leaf] == of_a_leaf).all()):
        raise PackingError("a leaf of its trees has children")
    children = np.concatenate([left[inner], right[inner]]).astype(np.int64)
    if (children <= np.tile(places[inner], 2)).any() or not np.array_equal(
        np.sort(children), places[1:]
    ):
        raise PackingError("the nodes of its trees are no tree: children must follow, each once")
    level, depth = np.zeros(1, np.int64) if n > 1 else np.zeros(0, np.int64), 0
    while len(level):
        depth += 1
        if depth > _DEEPEST:
            raise PackingError(f"its trees are deeper than {_DEEPEST:,}")
        below = np.concatenate([left[level], right[level]]).astype(np.int64)
        level = below[inner[below]]
    return depth


def _check_columns(nodes: Array, n_columns: int) -> None:
    is_leaf = nodes["left_child"] == _LEAF
    column = nodes["feature"]
    if (column[is_leaf] != _NO_COLUMN).any() or not (
        (column[~is_leaf] >= 0) & (column[~is_leaf] < n_columns)
    ).all():
        raise PackingError(f"its trees look up columns that are not among the {n_columns}")
    if (nodes["missing_go_to_left"] > 1).any():
        raise PackingError("missing_go_to_left must be 0 or 1")


def _heads(classifier: Any) -> Learned:
    if classifier.n_outputs_ != 1:
        raise PackingError("trees are kept with one label a row")
    return heads_of(classifier)


def _checked(learned: Learned) -> tuple[int, int, list[Any]]:
    check_keys(learned, {"classes_", "n_features_in_", "trees"})
    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    return n_classes, n_columns, trees_of(learned["trees"], n_columns, n_classes)


def _make_tree(estimator: Any, tree: Any, classes: Array, n_columns: int) -> None:
    estimator.tree_, estimator.classes_ = tree, classes
    estimator.n_classes_, estimator.n_outputs_ = np.int64(len(classes)), 1
    estimator.n_features_in_ = estimator.max_features_ = n_columns
