from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from pipelines.comparison.making import made_classifiers
from pipelines.comparison.spec import Comparison
from pipelines.comparison.tables.ladder import Search, ladder_of, searched_names
from pipelines.running.cells.choosing import choose


def walked(best_at: float, choices: list[dict[str, float]]) -> tuple[list[dict[str, float]], float]:
    """Return what is tried, and what is found, where a value is as good as it is near."""
    search, tried, best = Search(choices), [], None

    def good(choice: dict[str, float]) -> Any:
        return -abs(np.log10(choice["alpha"]) - np.log10(best_at)) - choice.get("other", 0)

    while (place := search.next(best)) is not None:
        tried.append(choices[place])
        if best is None or good(choices[place]) > good(choices[best]):
            best = place
    assert best is not None
    return tried, choices[best]["alpha"]


@pytest.mark.parametrize(("best_at", "n_tried"), [(1e-2, 3), (1e-3, 4), (1e-5, 6), (1e3, 8)])
def test_a_search_ends_where_the_best_lies_inside(best_at: float, n_tried: int) -> None:
    tried, found = walked(best_at, [{"alpha": value} for value in ladder_of("alpha")])
    assert found == best_at
    assert len(tried) == n_tried


def test_a_search_ends_with_the_ladder() -> None:
    assert walked(1e-20, [{"alpha": value} for value in ladder_of("alpha")])[1] == 1e-8


def test_only_the_best_of_a_grid_is_searched_on() -> None:
    choices = [{"other": o, "alpha": a} for o in (0.0, 9.0) for a in ladder_of("alpha")]
    tried, found = walked(1e-5, choices)
    assert found == 1e-5
    assert len(tried) == 3 + 6


def test_what_is_not_searched_is_tried_in_turn() -> None:
    search = Search([{"p": 1}, {}, {"p": 3}])
    assert [search.next(0) for _ in range(4)] == [0, 1, 2, None]


def test_auto_is_searched_on_the_held_out_images() -> None:
    linear = {"classifier": "LinearClassifier", "alpha": "auto"}
    spec = Comparison.from_dict({"models": {"m": linear}})
    found = made_classifiers(spec.models, "m", "any", None)
    assert searched_names([choice for choice, _ in found]) == ["alpha"]
    assert all(type(each.alpha) is float for _, each in found)
    rng = np.random.default_rng(0)
    y = np.arange(80) % 2
    X = (rng.normal(size=(80, 30)) + 0.3 * y[:, None]).astype(np.float32)
    choice = choose(X, y.astype(np.int64), found, 0)
    assert choice.chosen.keys() == {"alpha"}
