from __future__ import annotations

import numpy as np
import pytest

from pipelines.studies.convexity import experiment as study


def test_every_descent_goes_down_to_its_end(result: study.Valleys) -> None:
    assert len(result.descents) == len(result.ends)
    for descent, end in zip(result.descents, result.ends, strict=True):
        assert len(descent) > 3
        assert (np.diff(descent) <= 0).all()
        assert descent[-1] == pytest.approx(end, rel=1e-12)
