"""The recipe: checked, frozen, with names looked up and one value for each hidden layer."""

from __future__ import annotations

from dataclasses import FrozenInstanceError, fields
from inspect import signature
from typing import Any

import pytest

from models import MLPClassifier, ModelError
from models.layers.functions.activations import Tanh
from models.layers.names import ACTIVATIONS, NORMS
from models.perceptron.recipe import Recipe
from models.perceptron.rules import RULES


def recipe(*sizes: Any, **given: Any) -> Recipe:
    return Recipe.of(MLPClassifier(*sizes, **given).get_params(deep=False))


def test_it_has_every_parameter_and_every_parameter_a_rule() -> None:
    parameters = set(signature(MLPClassifier).parameters)
    assert {field.name for field in fields(Recipe)} == parameters | {"decisive"}
    assert set(RULES) == parameters


def test_it_is_frozen() -> None:
    with pytest.raises(FrozenInstanceError):
        recipe().alpha = 3.0  # type: ignore[misc]


def test_names_are_looked_up_and_values_are_for_each_layer() -> None:
    made = recipe((3, 4), activation="tanh", norm="layer", dropout=0.5)
    assert (made.activation, made.norm) == ((ACTIVATIONS["tanh"],) * 2, NORMS["layer"])
    assert (made.hidden_layer_sizes, made.dropout) == ((3, 4), (0.5, 0.5))
    assert recipe(7).hidden_layer_sizes == (7,)
    assert recipe((3, 4), activation=["relu", Tanh]).activation == (ACTIVATIONS["relu"], Tanh)
    assert recipe([], activation=Tanh).activation == ()
    assert recipe((3, 4), dropout=[0.1, 0.2]).dropout == (0.1, 0.2)
    with pytest.raises(ModelError, match="one for each of the 2 hidden layers"):
        recipe((3, 4), dropout=[0.1, 0.2, 0.3])
    with pytest.raises(ModelError, match="activation must be one name or one for each of the 2"):
        recipe((3, 4), activation=["relu"])


def test_what_schedules_mean_for_the_end() -> None:
    spans = {name: recipe(learning_rate=name).spans_the_run for name in ("constant", "cosine")}
    assert spans == {"constant": False, "cosine": True}
    assert recipe(learning_rate=[1.0]).spans_the_run
    assert recipe(learning_rate="adaptive", solver="sgd").rate_divisor == 5
    assert recipe(learning_rate="adaptive").rate_divisor is None
    assert recipe(learning_rate=[1.0]).rate_divisor is None
    assert recipe(solver="lbfgs").full_batch
    assert not recipe(solver="sgd").full_batch


def test_parameters_that_need_one_another() -> None:
    with pytest.raises(ModelError, match="views need image_shape"):
        recipe(views=2)
    with pytest.raises(ModelError, match="checkpoint needs a whole number as random_state"):
        recipe(checkpoint="x.npz")
