"""No distance is outside the bounds that rows in a byte a value give for it."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.neighbors import KNeighborsClassifier

from pipelines.predicting import nearest
from pipelines.predicting.coarse_rows import coarse, products
from pipelines.predicting.nearest import shares_of_votes
from pipelines.running.environment import pinned_threads

KINDS = ["usual", "long", "outlier", "sparse", "constant", "tiny", "vanishing", "huge", "whole"]


def made(kind: str, n: int = 203, d: int = 37) -> npt.NDArray[np.float32]:
    rows = np.random.default_rng(0).standard_normal((n, d))
    if kind == "long":
        rows += 1e4
    if kind == "outlier":
        rows[3, 5] = 1e6
    if kind == "sparse":
        rows[rows < 1.5] = 0
    if kind == "constant":
        rows[:] = 0.25
    if kind == "whole":
        rows = np.rint(rows * 50)
    return (rows * {"tiny": 1e-12, "vanishing": 1e-30, "huge": 1e30}.get(kind, 1)).astype(
        np.float32
    )


@pytest.mark.parametrize("kind", KINDS)
def test_each_distance_lies_within_its_bounds(kind: str) -> None:
    rows = made(kind)
    fitted, asked = coarse(rows[:-3]), rows[[0, -3, -2, -1]]
    for row in asked:
        found = fitted.bounds(row)
        assert found is not None
        least, most = found
        exact = np.sqrt(np.square(rows[:-3].astype(np.float64) - row).sum(axis=1))
        assert (least <= exact).all()
        assert (exact <= most).all()
        if kind in {"usual", "long", "sparse", "whole"}:
            assert (most - least).max() < exact.mean() / 10


@pytest.mark.parametrize("kind", KINDS)
def test_votes_are_scikit_learns_whatever_the_values(kind: str) -> None:
    rows = made(kind)
    labels = np.random.default_rng(1).integers(0, 3, len(rows) - 3)
    classifier = KNeighborsClassifier(3, algorithm="brute").fit(rows[:-3], labels)
    with pinned_threads(), np.errstate(over="ignore", invalid="ignore"):
        expected = np.concatenate([classifier.predict_proba(row[None]) for row in rows[-3:]])
        np.testing.assert_array_equal(shares_of_votes(classifier, rows[-3:]), expected)


def test_bytes_alone_are_enough_for_usual_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = made("usual")
    classifier = KNeighborsClassifier(3, algorithm="brute").fit(rows[:-3], np.arange(200) % 3)
    expected = classifier.predict_proba(rows[-1:])
    monkeypatch.setattr(nearest, "_near_in_single", None)
    np.testing.assert_array_equal(shares_of_votes(classifier, rows[-1:]), expected)


def test_machine_code_is_its_python_and_sums_stay_below_32_bits() -> None:
    codes = np.random.default_rng(0).integers(-127, 128, (5, 3000)).astype(np.int8)
    levels = (2**31 - 1) // (127 * 3000)
    row = np.full(3000, levels, np.int16)
    codes[0] = 127
    out = np.zeros(5, np.int32)
    products(codes, row, out)
    np.testing.assert_array_equal(out, codes.astype(np.int64) @ row.astype(np.int64))


def test_rows_of_very_many_values_have_no_bounds() -> None:
    assert coarse(np.zeros((2, 70_000), np.float32)).bounds(np.ones(70_000, np.float32)) is None
