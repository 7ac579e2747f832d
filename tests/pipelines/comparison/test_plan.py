from __future__ import annotations

from typing import Any

import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.neighbors import KNeighborsClassifier
from sklearn.pipeline import make_pipeline

from pipelines.comparison.plan import is_random, make_plan, seeded
from pipelines.comparison.spec import Comparison
from pipelines.errors import SpecError
from tests.pipelines.own import Flat, Noise

RAW = {"extractor": "RawPixels"}


def plan_of(model: dict[str, Any], **own: Any) -> Any:
    spec = Comparison.from_dict(
        {
            "features": {"a": RAW, "b": RAW, "a+b": {"union": ["a", "b"]}},
            "models": {"m": {"classifier": "KNeighborsClassifier", **model}},
        }
    )
    return make_plan(spec, **own)


def test_rows_columns_and_cells() -> None:
    plan = plan_of(
        {}, extractors={"mine": Flat()}, classifiers={"forest": RandomForestClassifier()}
    )
    assert dict(plan.rows) == {"a": ("a",), "b": ("b",), "a+b": ("a", "b"), "mine": ("mine",)}
    assert plan.cells[:3] == [("a", "m"), ("a", "forest"), ("b", "m")]
    assert len(plan.cells) == 8


def test_a_grid_has_every_combination_in_order() -> None:
    plan = plan_of({"choose": {"n_neighbors": [3, 1], "p": [1, 2]}, "weights": "distance"})
    candidates = plan.candidates(("a", "m"), 0)
    assert [chosen for chosen, _ in candidates] == [
        {"n_neighbors": 3, "p": 1},
        {"n_neighbors": 3, "p": 2},
        {"n_neighbors": 1, "p": 1},
        {"n_neighbors": 1, "p": 2},
    ]
    for chosen, classifier in candidates:
        assert {name: getattr(classifier, name) for name in chosen} == chosen
        assert classifier.weights == "distance"


def test_a_row_can_have_other_parameters() -> None:
    plan = plan_of(
        {"p": 1, "choose": {"n_neighbors": [3, 1]}, "on": {"b": {"p": 3, "n_neighbors": 9}}}
    )
    assert [(c, k.p) for c, k in plan.candidates(("a", "m"), 0)] == [
        ({"n_neighbors": 3}, 1),
        ({"n_neighbors": 1}, 1),
    ]
    ((chosen, classifier),) = plan.candidates(("b", "m"), 0)
    assert chosen == {}
    assert (classifier.p, classifier.n_neighbors) == (3, 9)


def test_neighbours_are_kept_without_a_tree_unless_asked_for() -> None:
    assert plan_of({}).candidates(("a", "m"), 0)[0][1].algorithm == "brute"
    tree = plan_of({"algorithm": "kd_tree"}).candidates(("a", "m"), 0)[0][1]
    assert tree.algorithm == "kd_tree"
    chosen = plan_of({"choose": {"algorithm": ["auto"]}}).candidates(("a", "m"), 0)
    assert chosen[0][1].algorithm == "auto"


def test_the_seed_goes_to_everything_random_however_deep() -> None:
    deep = make_pipeline(Noise(random_state=5), RandomForestClassifier())
    copy = seeded(deep, 7)
    assert copy.get_params()["noise__random_state"] == 7
    assert copy.get_params()["randomforestclassifier__random_state"] == 7
    assert deep.get_params()["noise__random_state"] == 5
    assert is_random(deep)
    assert not is_random(Flat())


@pytest.mark.parametrize(
    ("own", "says"),
    [
        ({"extractors": {"a": Flat()}}, "extractor 'a': the spec has that name already"),
        ({"classifiers": {"m": KNeighborsClassifier()}}, "classifier 'm': the spec has that name"),
        ({"extractors": {"a b/c": Flat()}}, "a name is letters, digits"),
        ({"extractors": {"mine": Flat}}, "must be an instance with fit, transform, get_params"),
        ({"extractors": {"mine": object()}}, "must be an instance with fit, transform"),
        ({"classifiers": {"mine": Flat()}}, "must be an instance with fit, predict, get_params"),
    ],
)
def test_what_cannot_join_is_refused(own: dict[str, Any], says: str) -> None:
    with pytest.raises(SpecError, match=says):
        plan_of({}, **own)


def test_a_union_of_parts_that_leave_too_much_to_choose_is_refused() -> None:
    """Ten parts with 100 values each would be 10²⁰ unions."""
    words = {"extractor": "BagOfVisualWords", "choose": {"n_words": [*range(10, 110)]}}
    parts = {f"w{i}": words for i in range(10)}
    union = {"union": [*parts]}
    models = {"linear": {"classifier": "LinearClassifier"}}
    spec = Comparison.from_dict({"features": parts | {"all": union}, "models": models})
    with pytest.raises(SpecError, match=r"features\.all: its parts leave more than 1,000 choices"):
        make_plan(spec)


def test_more_cells_than_a_report_can_hold_are_refused_before_anything_runs() -> None:
    rows = {f"row{k}": {"extractor": "ColorHistogram"} for k in range(101)}
    columns = {f"column{k}": {"classifier": "LinearClassifier"} for k in range(100)}
    with pytest.raises(SpecError, match="10,100 cells; a comparison has at most 10,000: run it in"):
        make_plan(Comparison.from_dict({"schema": 1, "features": rows, "models": columns}))
