"""What a comparison takes of memory is said before it starts, with a way out."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from data import Dataset
from data.memory_left import MemoryLimit
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
