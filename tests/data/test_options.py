"""What a caller chooses."""

from __future__ import annotations

import pytest

from data import DataError
from data.options import LoadOptions


def test_labels_must_be_of_a_kind_that_is_there() -> None:
    LoadOptions().check_labels("x", ("fine",))
    LoadOptions(labels="coarse").check_labels("x", ("fine", "coarse"))
    with pytest.raises(DataError, match=r'^x: labels="coarse" is for CIFAR-100 alone$'):
        LoadOptions(labels="coarse").check_labels("x", ("fine",))
