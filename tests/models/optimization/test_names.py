"""An optimiser or a schedule is added by one entry, and takes its own parameters."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import pytest

from models import MLPClassifier, ModelError
from models.layers.layer import Array
from models.names import Named
from models.optimization.names import OPTIMIZERS, SCHEDULES, NamedSchedule
from models.optimization.optimizer import Optimizer
from models.optimization.optimizers import Adam, AdamW, Lion, Momentum, RMSProp
from models.perceptron.recipe import Recipe

rng = np.random.default_rng(0)
X, Y = rng.standard_normal((60, 5)), rng.integers(0, 3, 60)


@dataclass(frozen=True)
class SignMomentum(Optimizer):
    slots: ClassVar[tuple[str, ...]] = ("mean",)
    share: float = 0.5

    def update(
        self,
        theta: Array,
        gradient: Array,
        state: Mapping[str, Array],
        learning_rate: float,
        step: int,
        scratch: Array,
    ) -> None:
        mean = state["mean"]
        mean *= self.share
        mean += gradient
        theta -= learning_rate * np.sign(mean)


def recipe(**given: Any) -> Recipe:
    return Recipe.of(MLPClassifier(**given).get_params())


def test_an_optimiser_of_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = Named(SignMomentum, takes=("weight_decay",), renamed={"share": "momentum"})
    with pytest.raises(ModelError, match=r"solver must be one of 'lbfgs'.*got 'sign'"):
        recipe(solver="sign")
    monkeypatch.setitem(OPTIMIZERS, "sign", entry)
    assert recipe(solver="sign", momentum=0.7).optimizer() == SignMomentum(share=0.7)
    with pytest.raises(ModelError, match=r"one of .*'lion', 'sign', or an Optimizer"):
        recipe(solver="sing")
    given: dict[str, Any] = {
        "max_iter": 9,
        "random_state": 0,
        "learning_rate": "step",
        "batch_size": 20,
    }
    given["learning_rate_init"] = 0.05
    named = MLPClassifier((4,), solver="sign", momentum=0.2, **given).fit(X, Y)
    made = MLPClassifier((4,), solver=SignMomentum(share=0.2), **given).fit(X, Y)
    other = MLPClassifier((4,), solver="sign", momentum=0.9, **given).fit(X, Y)
    np.testing.assert_array_equal(named.coefs_[0], made.coefs_[0])
    assert not np.array_equal(named.coefs_[0], other.coefs_[0])
    named.partial_fit(X, Y)


def test_the_optimisers_take_what_their_names_promise() -> None:
    given = {"momentum": 0.1, "nesterovs_momentum": False, "beta_1": 0.2, "beta_2": 0.3}
    given |= {"epsilon": 0.4}
    assert recipe(solver="sgd", **given).optimizer() == Momentum(0.0, 0.1, False)
    assert recipe(solver="adam", **given).optimizer() == Adam(0.0, 0.2, 0.3, 0.4)
    assert recipe(solver="adamw", **given).optimizer() == AdamW(0.01, 0.2, 0.3, 0.4)
    assert recipe(solver="rmsprop", **given).optimizer() == RMSProp(0.0, 0.2, 0.4)
    assert recipe(solver="lion", **given).optimizer() == Lion(0.0, 0.2, 0.3)
    assert recipe(solver="adamw", weight_decay=0.5).optimizer() == AdamW(weight_decay=0.5)
    own = SignMomentum(weight_decay=0.1)
    assert recipe(solver=own, weight_decay=0.5).optimizer() is own


@dataclass(frozen=True)
class Falling:
    floor: float

    def __call__(self, epochs_done: float, n_epochs: int) -> float:
        return max(1 - epochs_done / n_epochs, self.floor)


def test_a_schedule_of_one_entry(monkeypatch: pytest.MonkeyPatch) -> None:
    entry = NamedSchedule(Falling, renamed={"floor": "power_t"}, spans_the_run=True)
    monkeypatch.setitem(SCHEDULES, "falling", entry)
    net = MLPClassifier(
        (4,), learning_rate="falling", power_t=0.6, max_iter=4, batch_size=60, random_state=0
    ).fit(X, Y)
    rates = [record["learning_rate"] for record in net.history_]
    assert rates == pytest.approx([0.001, 0.00075, 0.0006, 0.0006])
    with pytest.raises(ModelError, match="'one-cycle', 'falling', or factors"):
        recipe(learning_rate="fall")


def test_a_schedule_may_be_for_one_solver_only() -> None:
    rates = {}
    for solver in ("sgd", "adam"):
        schedule = recipe(solver=solver, learning_rate="invscaling").settings(99, 9).schedule
        rates[solver] = schedule(1, 9)
    assert rates == {"sgd": pytest.approx(0.1), "adam": 1.0}
