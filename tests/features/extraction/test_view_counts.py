"""How many views a transformer's rows hold is known, or the transformer is refused."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

from features import HOG, RawPixels, Views
from features.extraction.view_counts import n_views_of


class Mean(TransformerMixin, BaseEstimator):
    """A transformer of a user's own."""


def union(*parts: Any) -> FeatureUnion:
    return FeatureUnion([(f"part{i}", part) for i, part in enumerate(parts)])


@pytest.mark.parametrize(
    ("transformer", "n_views"),
    [
        (HOG(), 1),
        (Mean(), 1),
        (object(), 1),
        (Views(HOG()), 10),
        (Views(union(HOG(), RawPixels()), n_views=2), 2),
        (union(HOG(), RawPixels()), 1),
        (union(Views(HOG(), shift=2), Views(RawPixels(), shift=2)), 10),
        (union(Views(HOG(), n_views=2, shift=2), Views(RawPixels(), n_views=2)), 2),
        (union(Views(HOG()), "drop"), 10),
        (make_pipeline(HOG(), StandardScaler()), 1),
        (make_pipeline(FunctionTransformer(), Views(HOG()), "passthrough", None), 10),
        (make_pipeline(union(Views(HOG()), Views(RawPixels())), "passthrough"), 10),
        (make_pipeline(Views(HOG(), n_views=1), StandardScaler()), 1),
    ],
)
def test_the_number_of_views_is_known(transformer: Any, n_views: int) -> None:
    assert n_views_of(transformer) == n_views


@pytest.mark.parametrize(
    ("transformer", "says"),
    [
        (union(Views(HOG()), HOG()), r"got part0 10 \(shift 3\), part1 1; put one Views around"),
        (union(Views(HOG()), Views(HOG(), n_views=2)), "must hold the same views"),
        (union(Views(HOG()), Views(HOG(), shift=2)), r"10 \(shift 3\), part1 10 \(shift 2\)"),
        (make_pipeline(Views(HOG()), StandardScaler()), "the step 'standardscaler' comes after"),
        (
            make_pipeline(Views(HOG()), "passthrough", StandardScaler()),
            "put Views around the steps",
        ),
        (Pipeline([("a", union(Views(HOG()), "drop")), ("b", Mean())]), "the step 'b' comes after"),
        (FunctionTransformer(kw_args={}).set_params(func=Views(HOG())), "cannot be known"),
        (Views(HOG(), n_views=4), "n_views must be 1, 2, 5, 9, 10, 18, 25 or 50, got 4"),
    ],
)
def test_views_that_may_be_mixed_are_refused(transformer: Any, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        n_views_of(transformer)
