"""Stopped and resumed ends as if never stopped; a broken or foreign file is refused."""

from __future__ import annotations

import copy
import json
from functools import partial
from pathlib import Path
from types import FunctionType
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.datasets import load_digits

from models import MLPClassifier, ModelError
from models.layers.layer import Array
from models.losses import Loss
from models.losses.squares import SquaredError
from models.perceptron import resumption
from models.training.checkpoint import known_as

OPTIONS: dict[str, Any] = {
    "hidden_layer_sizes": (16,),
    "max_iter": 6,
    "random_state": 0,
    "learning_rate": "cosine",
    "early_stopping": True,
    "standardize": True,
    "norm": "batch",
    "dropout": 0.2,
    "average_decay": 0.9,
    "image_shape": (8, 8, 1),
    "augment": {"mirror": True, "shift": 1, "crop": 0.8, "cutout": 2, "mixup": 0.4},
}


@pytest.fixture(scope="module")
def digits() -> tuple[Array, Array]:
    X, y = load_digits(return_X_y=True)
    return (X[:700] / 16).astype(np.float32), y[:700]


class Interrupted(Exception):
    pass


def interrupt_after(epoch: int, monkeypatch: pytest.MonkeyPatch) -> None:
    save = resumption.Resumption.save

    def save_and_stop(self: resumption.Resumption, done: bool) -> None:
        save(self, done)
        if self.state.epoch == epoch:
            raise Interrupted

    monkeypatch.setattr(resumption.Resumption, "save", save_and_stop)


@pytest.mark.parametrize("solver", ["adam", "sgd", "lion"])
def test_resumed_equals_never_stopped(
    solver: str, digits: tuple[Array, Array], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    options = OPTIONS | {"solver": solver}
    whole = MLPClassifier(**options).fit(*digits)
    file = tmp_path / "run.npz"
    with monkeypatch.context() as patch:
        interrupt_after(3, patch)
        with pytest.raises(Interrupted):
            MLPClassifier(**options, checkpoint=file).fit(*digits)
    resumed = MLPClassifier(**options, checkpoint=file).fit(*digits)
    again = MLPClassifier(**options, checkpoint=file).fit(*digits)
    for net in (resumed, again):
        for a, b in zip(
            net.coefs_ + net.layer_parameters_, whole.coefs_ + whole.layer_parameters_, strict=True
        ):
            np.testing.assert_array_equal(a, b)
        assert net.loss_curve_ == whole.loss_curve_
        assert net.validation_scores_ == whole.validation_scores_
        assert net.refit_params_ == whole.refit_params_
    assert [path.name for path in tmp_path.iterdir()] == ["run.npz"]


def test_another_run_is_refused(digits: tuple[Array, Array], tmp_path: Path) -> None:
    file = tmp_path / "run.npz"
    X, y = digits
    MLPClassifier(**OPTIONS, checkpoint=file).fit(X, y)
    for options, data in ((OPTIONS | {"alpha": 0.5}, X), (OPTIONS, X + 1)):
        with pytest.raises(ValueError, match="other data, parameters or first weights"):
            MLPClassifier(**options, checkpoint=file).fit(data, y)
    with pytest.raises(ValueError, match="of another network"):
        MLPClassifier(**OPTIONS | {"hidden_layer_sizes": (4,)}, checkpoint=file).fit(X, y)


@pytest.mark.filterwarnings("ignore::sklearn.exceptions.ConvergenceWarning")
def test_other_first_weights_are_refused(digits: tuple[Array, Array], tmp_path: Path) -> None:
    X, y = digits
    given: dict[str, Any] = {"random_state": 0, "max_iter": 2, "warm_start": True}
    for n_epochs in (1, 2):
        net = MLPClassifier((8,), random_state=0, max_iter=n_epochs).fit(X[:300], y[:300])
        net.set_params(**given, checkpoint=tmp_path / "run.npz")
        if n_epochs == 1:
            net.fit(X, y)
            again = MLPClassifier((8,), random_state=0, max_iter=1).fit(X[:300], y[:300])
            again.set_params(**given, checkpoint=tmp_path / "run.npz").fit(X, y)
            np.testing.assert_array_equal(again.coefs_[0], net.coefs_[0])
    for other in (net, again):
        with pytest.raises(ValueError, match="other data, parameters or first weights"):
            other.fit(X, y)


def test_another_validation_part_is_refused(digits: tuple[Array, Array], tmp_path: Path) -> None:
    file = tmp_path / "run.npz"
    X, y = digits
    net = MLPClassifier(**OPTIONS, checkpoint=file).fit(X, y, X_val=X[:50], y_val=y[:50])
    first = net.best_validation_score_
    assert net.fit(X, y, X_val=X[:50], y_val=y[:50]).best_validation_score_ == first
    for rows, labels in ((X[50:], y[50:]), (X[:50], y[49::-1])):
        with pytest.raises(ValueError, match="other data, parameters or first weights"):
            net.fit(X, y, X_val=rows, y_val=labels)


class HalfAgain(SquaredError):
    """A loss of one's own, which has no text of its own."""

    def __init__(self, factor: float) -> None:
        self.factor = factor

    def backward(self) -> Array:
        return super().backward() * self.factor


def test_what_is_known_of_a_parameter_does_not_depend_on_where_it_lies() -> None:
    def rate(done: float, n: float) -> float:
        return 0.5

    def other(done: float, n: float) -> float:
        return 0.25

    assert known_as(HalfAgain(1.5)) == known_as(copy.deepcopy(HalfAgain(1.5)))
    assert known_as(HalfAgain(1.5)) != known_as(HalfAgain(2.5))
    assert known_as(rate) == known_as(FunctionType(rate.__code__, {"__name__": __name__}))
    different = [rate, other, np.tanh, np.exp, partial(rate, 1), partial(rate, 2), HalfAgain]
    assert len({repr(known_as(each)) for each in different}) == len(different)
    weights = np.zeros(3000)
    changed = weights.copy()
    changed[1500] = 1
    assert repr([weights]) == repr([changed])
    assert known_as([weights]) != known_as([changed])
    assert known_as({"a": {"x", "y"}}) == known_as({"a": {"y", "x"}})


def test_a_loss_of_ones_own_is_found_again(digits: tuple[Array, Array], tmp_path: Path) -> None:
    net = MLPClassifier((4,), loss=HalfAgain(1.5), max_iter=2, random_state=0)
    net.set_params(learning_rate="cosine", checkpoint=tmp_path / "run.npz").fit(*digits)
    assert clone(net).fit(*digits).loss_curve_ == net.loss_curve_


@pytest.mark.parametrize("damage", ["cut", "noise", "empty"])
def test_a_broken_file_is_named(damage: str, digits: tuple[Array, Array], tmp_path: Path) -> None:
    file = tmp_path / "run.npz"
    MLPClassifier(**OPTIONS, checkpoint=file).fit(*digits)
    whole = file.read_bytes()
    file.write_bytes({"cut": whole[: len(whole) // 2], "noise": b"x" * 99, "empty": b""}[damage])
    with pytest.raises(ValueError, match=r"run\.npz is not a checkpoint.*delete it"):
        MLPClassifier(**OPTIONS, checkpoint=file).fit(*digits)


def edited(file: Path, change: str) -> None:
    with np.load(file) as held:
        arrays = {name: held[name] for name in held.files}
    facts = json.loads(arrays["facts"].tobytes())
    if change == "position":
        facts["shuffler"][1] = 10**6  # NumPy would read that far beyond its keys
    elif change == "order":
        arrays["order"] = arrays["order"] + 1
    else:
        arrays["order"] = arrays["order"][:, None]
    arrays["facts"] = np.frombuffer(json.dumps(facts).encode(), np.uint8)
    np.savez(file, **arrays)


@pytest.mark.parametrize("change", ["position", "order", "shape"])
def test_an_edited_file_reaches_no_memory(
    change: str, digits: tuple[Array, Array], tmp_path: Path
) -> None:
    file = tmp_path / "run.npz"
    MLPClassifier(**OPTIONS, checkpoint=file).fit(*digits)
    edited(file, change)
    with pytest.raises(ValueError, match=r"run\.npz is not a checkpoint.*delete it"):
        MLPClassifier(**OPTIONS, checkpoint=file).fit(*digits)


class Squares(Loss):
    """A loss of a user's, whose value is a number of NumPy."""

    def forward(self, scores: Array, targets: Array, weights: Array) -> float:
        self.difference, self.weights = scores - targets, weights
        return weights @ np.square(self.difference).sum(axis=1) / 2  # type: ignore[no-any-return]

    def backward(self) -> Array:
        return np.asarray(self.difference * self.weights[:, None])


def test_a_loss_and_a_rate_of_ones_own_may_be_of_numpy(
    tmp_path: Path, digits: tuple[Array, Array]
) -> None:
    given: dict[str, Any] = {"loss": Squares(), "learning_rate": lambda e, n: np.float32(1)}
    net = MLPClassifier((5,), max_iter=2, random_state=0, checkpoint=tmp_path / "c", **given)
    assert len(net.fit(*digits).history_) == 2


def test_the_folder_of_a_checkpoint_is_looked_for_first(
    tmp_path: Path, digits: tuple[Array, Array]
) -> None:
    net = MLPClassifier((5,), random_state=0, checkpoint=tmp_path / "none" / "c")
    with pytest.raises(ModelError, match="none, in which checkpoint is to be written, is no"):
        net.fit(*digits)
