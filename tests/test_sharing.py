from __future__ import annotations

import pytest

from tests.sharing import room


@pytest.mark.parametrize(
    ("nodeid", "together"),
    [
        ("tests/pipelines/studies/convexity/test_loss.py::test_it[a::b]", "convexity"),
        ("tests/pipelines/studies/test_kept.py::test_it", "test_kept.py"),
        ("tests/features/words/test_patches.py::test_it", "test_patches.py"),
        ("features/hog.py::features.hog.HOG", "hog.py"),
    ],
)
def test_only_studies_are_kept_together(nodeid: str, together: str) -> None:
    assert nodeid.startswith(room(nodeid))
    assert room(nodeid).endswith(f"/{together}")
