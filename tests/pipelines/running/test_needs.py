"""What a comparison takes of memory is said before it starts, with a way out."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest

from data import Dataset
from data.memory import MemoryLimit
from pipelines import Comparison
from pipelines.comparison.plan import make_plan
from pipelines.errors import MemoryShortError
from pipelines.running import needs


def needs_of(dataset: Dataset, **model: Any) -> needs.Needs:
    spec = Comparison.from_dict(
        {
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {"kernel": {"classifier": "KernelClassifier", **model}},
        }
    )
    plan = make_plan(spec)
    return needs.needs_of(plan, plan.cells, dataset, {"raw": (192,)})


def test_a_kernel_too_large_names_landmarks(tiny: Dataset, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(needs, "needed_bytes", lambda n, d, size, m: (m or 10**6) * 10**6)
    exact = needs_of(tiny)
    assert exact.is_certain
    assert exact.anonymous_bytes > 10**12
    assert needs_of(tiny, n_landmarks=100).anonymous_bytes < 10**9
    # A fit refuses it; until then it asks for nothing.
    assert needs_of(tiny, n_landmarks="many").anonymous_bytes > 10**12
    monkeypatch.setattr(needs, "memory_limit", lambda: MemoryLimit(10**9, 10**10, "the machine"))
    with pytest.raises(MemoryShortError, match=r"raw × kernel takes .* give it n_landmarks = 8192"):
        needs.check_needs(exact, None)
    needs.check_needs(replace(exact, anonymous_bytes=10), None)


def test_parts_of_sums_are_counted_where_workers_share_a_cell(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    many = SimpleNamespace(n_train=60_000, n_validation=0, n_test=10_000, n_classes=10)
    spec = Comparison.from_dict(
        {
            "seeds": [0, 1, 2],
            "features": {"raw": {"extractor": "RawPixels"}},
            "models": {
                "one": {"classifier": "LinearClassifier", "loss": "squared"},
                "several": {
                    "classifier": "LinearClassifier", "loss": "squared", "alpha": [0.1, 1.0],
                },
                "softmax": {"classifier": "LinearClassifier"},
            },
        }
    )  # fmt: skip
    plan = make_plan(spec)

    def found(n_at_once: int) -> needs.Needs:
        return needs.needs_of(plan, plan.cells, many, {"raw": (3072,)}, n_at_once)  # type: ignore[arg-type]

    tiles = 2048**2 + 1024 * 2048 + 1024**2
    assert found(1).sums_bytes == 0
    assert found(2).sums_bytes == 2 * 2 * 4 * tiles, "two cells, of all rows and of those held out"
    assert found(64).sums_bytes == 3 * (1 + 2) * 4 * tiles, "no more than there are"
    assert found(2).disk_bytes == found(1).disk_bytes
    monkeypatch.setattr(needs, "free_disk_bytes", lambda: found(2).disk_bytes + 10)
    much = MemoryLimit(1 << 40, 1 << 40, "the machine")
    with pytest.warns(RuntimeWarning, match=r"sums of products take up to .*runs on one worker"):
        needs.check_needs(found(2), None, much)
    needs.check_needs(found(1), None, much)
