from __future__ import annotations

from collections import OrderedDict
from pathlib import Path
from typing import Any

import pytest

from tests.sharing import LONGEST_FIRST, TOGETHER, WholeRooms, room


@pytest.mark.parametrize(
    ("nodeid", "together"),
    [
        ("tests/pipelines/studies/convexity/test_loss.py::test_it[a::b]", "convexity"),
        ("tests/pipelines/studies/test_kept.py::test_it", "test_kept.py"),
        ("tests/features/words/descriptors/test_patches.py::test_it", "test_patches.py"),
        ("features/hog.py::features.hog.HOG", "hog.py"),
    ],
)
def test_only_studies_are_kept_together(nodeid: str, together: str) -> None:
    assert nodeid.startswith(room(nodeid))
    assert room(nodeid).endswith(f"/{together}")


def test_what_shares_pages_goes_together() -> None:
    for path, other in TOGETHER.items():
        assert room(f"{path}::test_it") == room(f"{other}::test_it") == other
        assert (Path(__file__).parents[1] / path).exists()


def test_the_longest_begin_first() -> None:
    short, second, first = "tests/a.py", LONGEST_FIRST[1], LONGEST_FIRST[0]
    scheduler: Any = object.__new__(WholeRooms)
    scheduler.workqueue = OrderedDict.fromkeys([short, second, first], {})
    scheduler.assigned_work = {}
    begun: list[str] = []
    node: Any = type("Node", (), {"send_runtest_some": lambda self, tests: None})()
    scheduler.registered_collections = {node: []}
    for _ in range(3):
        scheduler._assign_work_unit(node)
        begun = list(scheduler.assigned_work[node])
    assert begun == [first, second, short]


@pytest.mark.parametrize("name", LONGEST_FIRST)
def test_what_is_to_begin_first_is_there(name: str) -> None:
    assert (Path(__file__).parents[1] / name).exists()
