from __future__ import annotations

import hashlib
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import top_k_accuracy_score

from pipelines.record.outcome import Outcome
from pipelines.record.predictions import predictions_sha256
from pipelines.record.significance.statistics import wilson
from pipelines.running.cells.scores import calibration_error, score_cell, top2_accuracy

LABELS = np.array([0, 0, 1, 1, 2, 2])


def outcome(predicted: Any, scores: Any = None, *, probabilities: bool = False) -> Outcome:
    table = None if scores is None else np.asarray(scores, dtype=np.float32)
    return Outcome(
        np.asarray(predicted), table, probabilities, 0, {"alpha": 1}, {"tol": 2}, 0.5, (), 0, 0, 0
    )


@given(st.integers(1, 10_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))))
def test_wilson_is_its_formula(counts: tuple[int, int]) -> None:
    k, n = counts
    z, p = 1.959963984540054, k / n
    centre = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    low, high = wilson(k, n)
    assert low == pytest.approx(max(0, centre - half), abs=1e-9)
    assert high == pytest.approx(min(1, centre + half), abs=1e-9)
    assert 0 <= low <= high <= 1


def test_a_cell_by_hand() -> None:
    first, second = [0, 0, 1, 2, 2, 2], [0, 1, 1, 2, 0, 2]
    cell = score_cell(("f", "m"), (3, 4), [outcome(first), outcome(second)], LABELS, 3, 7)
    assert cell.n_correct == (5, 3)
    assert cell.accuracy == pytest.approx(4 / 6)
    assert cell.accuracy_std == pytest.approx(math.sqrt(2) / 6)
    assert cell.ci95 == wilson(4, 6)
    assert cell.confusion == ((3, 1, 0), (0, 2, 2), (1, 0, 3))
    assert cell.metrics is not None
    assert cell.metrics.per_class_accuracy == (0.75, 0.5, 0.75)
    f1_first = (1 + 2 / 3 + 4 / 5) / 3
    f1_second = (1 / 2 + 1 / 2 + 1 / 2) / 3
    assert cell.metrics.macro_f1 == pytest.approx((f1_first + f1_second) / 2)
    assert cell.metrics.top2 is cell.metrics.log_loss is cell.metrics.calibration_error is None
    assert cell.dim == 7
    assert cell.chosen == ({"alpha": 1}, {"alpha": 1})


def test_probabilities_by_hand() -> None:
    table = [[0.8, 0.2, 0.0], [0.3, 0.6, 0.1], [0.1, 0.7, 0.2]]
    labels = np.array([0, 0, 2])
    cell = score_cell(
        ("f", "m"), (0,), [outcome([0, 1, 1], table, probabilities=True)], labels, 3, 1
    )
    assert cell.metrics is not None
    assert cell.metrics.top2 == pytest.approx(1.0)
    assert cell.metrics.log_loss == pytest.approx(-math.log(0.8 * 0.3 * 0.2) / 3)
    # Three bins of one image each: |1 - .8|, |0 - .6|, |0 - .7|.
    assert cell.metrics.calibration_error == pytest.approx((0.2 + 0.6 + 0.7) / 3)
    assert cell.accuracy_std is None
    # Class 1 has no test image.
    assert cell.metrics.per_class_accuracy == (0.5, None, 0.0)


def test_decisions_give_top2_only() -> None:
    table = [[5, 4, -9], [3, 1, 2], [0, 1, 2]]
    cell = score_cell(("f", "m"), (0,), [outcome([0, 0, 2], table)], np.array([1, 1, 2]), 3, 1)
    assert cell.metrics is not None
    assert cell.metrics.top2 == pytest.approx(2 / 3)
    assert cell.metrics.log_loss is None


def test_top2_does_not_depend_on_the_order_of_classes_that_are_alike() -> None:
    rng = np.random.default_rng(0)
    votes = rng.multinomial(3, [0.2] * 5, 200)
    labels, order = rng.integers(0, 5, 200), np.array([3, 0, 4, 1, 2])
    turned, place = votes[:, order], np.argsort(order)
    predicted = votes.argmax(axis=1)
    found = top2_accuracy(votes, predicted, labels)
    assert found == pytest.approx(top2_accuracy(turned, place[predicted], place[labels]))
    assert found >= np.mean(predicted == labels)
    plain = rng.random((200, 5))
    theirs = top_k_accuracy_score(labels, plain, k=2)
    assert top2_accuracy(plain, plain.argmax(axis=1), labels) == pytest.approx(theirs)


def test_calibration_of_what_is_certain_and_right_is_perfect() -> None:
    assert calibration_error(np.eye(3), [0, 1, 2]) == 0.0
    assert calibration_error(np.eye(3), [1, 2, 0]) == 1.0


def test_calibrated_guesses_have_little_error() -> None:
    rng = np.random.default_rng(0)
    top = rng.uniform(0.5, 1, 20_000)
    labels = (rng.random(20_000) > top).astype(int)
    assert calibration_error(np.column_stack([top, 1 - top]), labels) < 0.02


def test_the_hash_of_predictions_is_of_little_endian_int64() -> None:
    expected = hashlib.sha256(b"\x01" + bytes(7) + b"\x02" + bytes(7)).hexdigest()
    assert predictions_sha256(np.array([1, 2])) == expected
    assert predictions_sha256(np.array([1, 2], dtype=np.uint8).astype(np.int64)) == expected
    assert predictions_sha256(np.array([2, 1])) != expected
