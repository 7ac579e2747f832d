from __future__ import annotations

import numpy as np
import pytest

from models.layers.linear import Linear
from pipelines.studies.convexity import experiment as study
from pipelines.studies.convexity.loss import Array, Loss


def test_every_descent_goes_down_to_its_end() -> None:
    rng = np.random.default_rng(0)
    x, targets = rng.standard_normal((60, 12)), np.eye(5)[np.arange(60) % 5]
    loss = Loss([Linear(5)], x, targets, rng)
    for start in loss.starts(3, rng):
        end, descent = loss.descend(start)
        goes_down_to_its_end(descent, loss(end))
        assert descent[0] == loss(start)
        assert np.linalg.norm(loss.value_and_gradient(end)[1]) < 1e-4


@pytest.mark.slow
def test_so_do_those_of_the_study(result: study.Valleys) -> None:
    assert len(result.descents) == len(result.ends)
    for descent, end in zip(result.descents, result.ends, strict=True):
        goes_down_to_its_end(descent, end)


def goes_down_to_its_end(descent: Array, end: float) -> None:
    assert len(descent) > 3
    assert (np.diff(descent) <= 0).all()
    assert descent[-1] == pytest.approx(end, rel=1e-12)
