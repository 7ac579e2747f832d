"""A loss is added by one entry, with what its scores mean and what it is for two classes."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning

from models import MLPClassifier, ModelError
from models.layers.layer import Array
from models.losses import LogisticCrossEntropy, Loss, SoftmaxCrossEntropy
from models.losses.names import LOSSES, NamedLoss, models_probabilities, objective

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((60, 5)), rng.integers(0, 3, 60)


class Halved(SoftmaxCrossEntropy):
    def backward(self) -> Array:
        return super().backward() / 2


class Silent(Loss):
    pass


def test_a_loss_of_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ModelError, match=r"loss must be one of 'cross_entropy'.*got 'halved'"):
        MLPClassifier(loss="halved").fit(X, Y)
    two = NamedLoss(LogisticCrossEntropy)
    entry = NamedLoss(Halved, output="softmax", two_classes=two)
    monkeypatch.setitem(LOSSES, "halved", entry)
    with pytest.warns(ConvergenceWarning):
        net = MLPClassifier((4,), loss="halved", max_iter=1, random_state=0).fit(X, Y)
    assert net.predict_proba(X).shape == (60, 3)
    assert (net.n_outputs_, net.out_activation_) == (3, "softmax")
    with pytest.warns(ConvergenceWarning):
        net.fit(X, Y > 0)
    assert net.predict_proba(X).shape == (60, 2)
    assert (net.n_outputs_, net.out_activation_) == (1, "identity")


def test_what_a_loss_is_for_so_many_classes() -> None:
    two, three = (objective("cross_entropy", n) for n in (2, 3))
    assert (type(two.loss), two.n_outputs, two.output) == (LogisticCrossEntropy, 1, "logistic")
    assert (type(three.loss), three.n_outputs, three.output) == (SoftmaxCrossEntropy, 3, "softmax")
    own = SoftmaxCrossEntropy()
    assert objective(own, 2).loss is not own
    assert objective(own, 2).n_outputs == 2


def test_which_losses_model_probabilities() -> None:
    assert [name for name in LOSSES if models_probabilities(name)] == ["cross_entropy"]
    assert models_probabilities(Halved())
    assert not any(map(models_probabilities, (Silent(), "log", None)))
