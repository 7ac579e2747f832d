"""Boosted trees: their nodes are checked as those of forests are."""

from __future__ import annotations

from typing import Any

import numpy as np

from pipelines.errors import PackingError
from pipelines.keeping.fitted.checks import (
    Array,
    Learned,
    array_in,
    check_keys,
    classes_in,
    count_in,
    heads_of,
)
from pipelines.keeping.fitted.trees import arrays_of, counts_in, depth_of, trees_of

_HEADS = {"classes_", "n_features_in_"}


def taken_of_boosting(classifier: Any) -> Learned:
    """Return the nodes of all trees of a fitted gradient boosting, and where it starts."""
    from sklearn.dummy import DummyClassifier

    start = classifier.init_
    if isinstance(start, str) and start == "zero":
        prior: Any = None
    elif type(start) is DummyClassifier and start.strategy == "prior":
        prior = np.asarray(start.class_prior_)
    else:
        raise PackingError("gradient boosting is kept where it starts from the prior or from zero")
    trees = [tree.tree_ for stage in classifier.estimators_ for tree in stage]
    return heads_of(classifier) | {"trees": arrays_of(trees), "prior": prior}


def give_boosting(classifier: Any, learned: Learned) -> None:
    """Check the nodes, and make a gradient boosting of them."""
    from sklearn.dummy import DummyClassifier
    from sklearn.tree import DecisionTreeRegressor

    check_keys(learned, {*_HEADS, "trees", "prior"})
    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    n_a_stage = 1 if n_classes == 2 else n_classes
    trees = trees_of(learned["trees"], n_columns, 1)
    if len(trees) % n_a_stage:
        raise PackingError(f"{len(trees)} trees are no whole stages of {n_a_stage}")
    made = np.empty((len(trees) // n_a_stage, n_a_stage), dtype=object)
    for place, tree in zip(np.ndindex(made.shape), trees, strict=True):
        one: Any = DecisionTreeRegressor()
        one.tree_, one.n_outputs_ = tree, 1
        one.n_features_in_ = one.max_features_ = n_columns
        made[place] = one
    if learned["prior"] is None:
        classifier.init_ = "zero"
    else:
        prior = array_in(learned, "prior", (n_classes,))
        if not (prior > 0).all():
            raise PackingError("prior must be positive")
        labels = np.arange(n_classes, dtype=np.float64)
        classifier.init_ = DummyClassifier(strategy="prior").fit(labels[:, None], labels)
        classifier.init_.class_prior_ = prior
    classifier.classes_, classifier.n_features_in_ = learned["classes_"], n_columns
    classifier.n_classes_, classifier.n_trees_per_iteration_ = n_classes, n_a_stage
    classifier.estimators_, classifier.n_estimators_ = made, len(made)
    classifier.max_features_ = n_columns
    classifier._loss = classifier._get_loss(sample_weight=None)


def taken_of_histograms(classifier: Any) -> Learned:
    """Return the nodes of all trees of a fitted histogram boosting, and where it starts."""
    if classifier.is_categorical_ is not None:
        raise PackingError("histogram boosting is kept of columns that are numbers")
    nodes = [tree.nodes for stage in classifier._predictors for tree in stage]
    return heads_of(classifier) | {
        "start": np.asarray(classifier._baseline_prediction),
        "counts": np.array([len(each) for each in nodes], np.int64),
        "nodes": {
            name: np.concatenate([np.ascontiguousarray(each[name]) for each in nodes])
            for name in nodes[0].dtype.names
        },
    }


def give_histograms(classifier: Any, learned: Learned) -> None:
    """Check the nodes, and make a histogram boosting of them."""
    from sklearn.ensemble._hist_gradient_boosting.binning import _BinMapper
    from sklearn.ensemble._hist_gradient_boosting.predictor import TreePredictor

    check_keys(learned, {*_HEADS, "start", "counts", "nodes"})
    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    n_a_stage = 1 if n_classes == 2 else n_classes
    start = array_in(learned, "start", (1, n_a_stage))
    counts = counts_in(learned["counts"])
    if len(counts) % n_a_stage:
        raise PackingError(f"{len(counts)} trees are no whole stages of {n_a_stage}")
    trees, first = [], 0
    nodes = _nodes(learned["nodes"], sum(counts))
    no_sets = np.zeros((0, 8), np.uint32)
    for n in counts:
        own = np.ascontiguousarray(nodes[first : first + n])
        _check_nodes(own, n_columns)
        trees.append(TreePredictor(own, no_sets, no_sets))
        first += n
    mapper = _BinMapper()
    mapper.is_categorical_ = np.zeros(n_columns, np.uint8)
    mapper.bin_thresholds_ = []
    classifier._bin_mapper, classifier._preprocessor = mapper, None
    classifier.is_categorical_ = classifier._is_categorical_remapped = None
    classifier._predictors = [trees[i : i + n_a_stage] for i in range(0, len(trees), n_a_stage)]
    classifier._baseline_prediction = start
    classifier.n_trees_per_iteration_ = n_a_stage
    classifier.classes_, classifier.n_features_in_ = learned["classes_"], n_columns
    classifier._loss = classifier._get_loss(sample_weight=None)


def _nodes(given: Any, n_nodes: int) -> Array:
    from sklearn.ensemble._hist_gradient_boosting.common import PREDICTOR_RECORD_DTYPE as DTYPE

    if not isinstance(given, dict) or given.keys() != set(DTYPE.names):
        raise PackingError("the nodes of its trees have other fields than those of this version")
    checked = {}
    for name in DTYPE.names:
        array = given[name]
        if not isinstance(array, np.ndarray) or array.shape != (n_nodes,):
            raise PackingError(f"{name} must have {n_nodes:,} entries")
        if array.dtype != DTYPE[name]:
            raise PackingError(f"{name} must be {DTYPE[name]}, got {array.dtype}")
        checked[name] = array
    nodes = np.zeros(n_nodes, DTYPE)
    for name, array in checked.items():
        nodes[name] = array
    return nodes


def _check_nodes(nodes: Array, n_columns: int) -> None:
    if (nodes["is_leaf"] > 1).any() or (nodes["missing_go_to_left"] > 1).any():
        raise PackingError("is_leaf and missing_go_to_left must be 0 or 1")
    if nodes["is_categorical"].any():
        raise PackingError("histogram boosting is kept of columns that are numbers")
    is_leaf = nodes["is_leaf"] == 1
    depth_of(nodes["left"], nodes["right"], is_leaf, 0)
    column = nodes["feature_idx"][~is_leaf]
    if not ((column >= 0) & (column < n_columns)).all():
        raise PackingError(f"its trees look up columns that are not among the {n_columns}")
    # A threshold may be infinite: then it sends all but missing values to one side.
    if np.isnan(nodes["num_threshold"]).any() or not np.isfinite(nodes["value"]).all():
        raise PackingError("thresholds and values of its trees must be numbers")
