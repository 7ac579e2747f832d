"""How long a fit takes does not depend on how its parameters are given."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from models import MLPClassifier
from pipelines.running.cells.estimates import fit_pays, fit_seconds

SHAPE = (60_000, 3072)


def test_values_of_numpy_take_as_long_as_those_of_python() -> None:
    given = MLPClassifier([200, 30], max_iter=100)
    values: dict[str, Any] = {
        "hidden_layer_sizes": np.array([200, 30], np.uint8),
        "max_iter": np.int8(100),
    }
    of_numpy = MLPClassifier(**values)
    assert fit_seconds(of_numpy, *SHAPE, 10) == fit_seconds(given, *SHAPE, 10)
    assert fit_pays(of_numpy, SHAPE, 10, is_idle=False)


@pytest.mark.parametrize("refused", [{"hidden_layer_sizes": "wide"}, {"max_iter": "many"}], ids=str)
def test_what_a_fit_refuses_is_no_task_of_its_own(refused: dict[str, Any]) -> None:
    assert not fit_pays(MLPClassifier(**refused), SHAPE, 10, is_idle=True)
