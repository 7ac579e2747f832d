"""What a comparison takes of memory is said before it starts, with a way out."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from data import Dataset
from data.keeping.cache import RunCache
from data.system.memory import MemoryLimit
from features import RawPixels
from models import KernelClassifier, LinearClassifier, MLPClassifier
from pipelines import Comparison, compare
from pipelines.comparison.plan import make_plan
from pipelines.errors import MemoryShortError
from pipelines.forecasting import needs


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
    of = "models.kernels.memory.needed_bytes"
    monkeypatch.setattr(of, lambda n, d, size, m: (m or 10**6) * 10**6)
    exact = needs_of(tiny)
    assert exact.is_certain
    assert exact.anonymous_bytes > 10**12
    assert needs_of(tiny, n_landmarks=10).anonymous_bytes < 10**9
    # A fit refuses it; until then it asks for nothing.
    assert needs_of(tiny, n_landmarks="many").anonymous_bytes > 10**12
    monkeypatch.setattr(needs, "memory_limit", lambda: MemoryLimit(10**9, 10**10, "the machine"))
    with pytest.raises(MemoryShortError, match=r"raw × kernel takes .* give it n_landmarks = 8192"):
        needs.check_needs(exact, None)
    needs.check_needs(replace(exact, anonymous_bytes=10), None)


def test_a_kernel_compares_only_the_views_that_are_drawn(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    found: list[int] = []

    def counted(n: int, *given: Any) -> int:
        found.append(n)
        return n

    monkeypatch.setattr("models.kernels.memory.needed_bytes", counted)
    raw = {"extractor": "RawPixels", "views": 5}
    for given in ({}, {"draw_views": 2}, {"draw_views": 7}):
        model = {"classifier": "KernelClassifier", **given}
        plan = make_plan(Comparison.from_dict({"features": {"raw": raw}, "models": {"k": model}}))
        needs.needs_of(plan, plan.cells, tiny, {"raw": (5, 192)})
    n = tiny.n_train + tiny.n_validation
    assert found == [5 * n, 2 * n, 5 * n]


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


def test_features_are_counted_as_long_as_a_cell_reads_them() -> None:
    many: Any = SimpleNamespace(n_train=60_000, n_validation=0, n_test=10_000, n_classes=10)
    words, part = {"extractor": "BagOfVisualWords"}, {"alone": False}
    spec = Comparison.from_dict(
        {
            "seeds": [0, 1, 2],
            "features": {
                "raw": {"extractor": "RawPixels"},
                "words": {**words, **part},
                "more": {**words, **part},
                "both": {"union": ["words", "more"]},
            },
            "models": {"linear": {"classifier": "LinearClassifier", "loss": "squared"}},
        }
    )
    plan, shapes = make_plan(spec), {"raw": (3000,), "words": (2000,), "more": (1000,)}

    def disk(n_at_once: int = 1, cached: int = 0) -> int:
        cache = RunCache(limit_bytes=cached)
        found = needs.needs_of(plan, plan.cells, many, shapes, n_at_once, cache)
        return found.disk_bytes // (4 * 70_000 * 1000)

    assert disk() == 3 + 3, "a seed of the two side by side, and of their parts"
    assert disk(2) == 6 + 6, "two seeds"
    assert disk(1, 4 * 70_000 * 2000) == 6 + 2
    assert disk(1, 1 << 50) == 3 + 3 * 3 + 3, "all of them, and one side by side"
    assert disk(64) == 3 + 3 * 3 + 3 * 3, "all of them, and all side by side"


def needs_of_own(classifier: Any) -> needs.Needs:
    many: Any = SimpleNamespace(n_train=60_000, n_validation=0, n_test=10_000, n_classes=10)
    plan = make_plan(Comparison.from_dict({}), {"raw": RawPixels()}, {"own": classifier})
    return needs.needs_of(plan, [("raw", "own")], many, {"raw": (3072,)}, 2)


@pytest.mark.parametrize(
    ("kind", "given", "of_numpy"),
    [
        (
            MLPClassifier,
            {"hidden_layer_sizes": [200, 30], "whiten": 64, "n_networks": 3},
            {
                "hidden_layer_sizes": np.array([200, 30], np.uint8),
                "whiten": np.uint8(64),
                "n_networks": np.int8(3),
            },
        ),
        (
            LinearClassifier,
            {"loss": "squared", "alpha": [0.1, 1.0]},
            {"loss": "squared", "alpha": np.array([0.1, 1.0])},
        ),
        (
            KernelClassifier,
            {"n_landmarks": 100, "whiten": 64},
            {"n_landmarks": np.int16(100), "whiten": np.uint8(64)},
        ),
    ],
)
def test_values_of_numpy_are_counted_as_those_of_python(
    kind: Any, given: dict[str, Any], of_numpy: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "block_bytes", lambda: 0)
    expected = needs_of_own(kind(**given))
    assert needs_of_own(kind(**of_numpy)) == expected
    assert expected != needs_of_own(kind())


@pytest.mark.parametrize(
    ("kind", "refused"),
    [
        (MLPClassifier, {"whiten": "pca"}),
        (MLPClassifier, {"whiten": float("inf")}),
        (MLPClassifier, {"hidden_layer_sizes": "wide"}),
        (LinearClassifier, {"loss": np.array(["squared", "hinge"])}),
    ],
)
def test_what_a_fit_refuses_asks_for_nothing(kind: Any, refused: dict[str, Any]) -> None:
    found = needs_of_own(kind(**refused))
    assert (found.largest, found.sums_bytes) == (None, 0)


def test_what_a_fit_refuses_is_one_failed_cell(
    tiny: Dataset, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(needs, "LARGE_BYTES", 0)
    wrong: dict[str, Any] = {"whiten": "pca"}
    report = compare(
        Comparison.from_dict({}),
        dataset=tiny,
        cache=False,
        extractors={"raw": RawPixels()},
        classifiers={"wrong": MLPClassifier(**wrong)},
    )
    assert [cell.status for cell in report.cells] == ["failed"]
