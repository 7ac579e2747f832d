"""A loss of the linear classifier is added by one entry."""

from __future__ import annotations

import numpy as np
import pytest

from models import LinearClassifier, ModelError
from models.convex.names import LINEAR_LOSSES, LinearLoss
from models.losses import SquaredError

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((60, 5)), rng.integers(0, 3, 60)


def test_a_loss_of_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match="loss must be one of 'softmax'"):
        LinearClassifier(loss="descended").fit(X, Y)  # type: ignore[arg-type]
    monkeypatch.setitem(LINEAR_LOSSES, "descended", LinearLoss((SquaredError,)))
    ours = LinearClassifier(loss="descended").fit(X, Y)  # type: ignore[arg-type]
    solved = LinearClassifier(loss="squared").fit(X, Y)
    np.testing.assert_allclose(ours.coef_, solved.coef_, atol=1e-6)
    assert not hasattr(ours, "predict_proba")
    assert not hasattr(ours, "alpha_")
