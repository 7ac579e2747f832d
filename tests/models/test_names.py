"""An entry accounts for every parameter of its class, and makes it from those of the network."""

from __future__ import annotations

from dataclasses import dataclass
from inspect import signature
from typing import Any

import pytest

from models import MLPClassifier
from models.layers.names import ACTIVATIONS, NORMS
from models.losses.names import LOSSES
from models.names import Named
from models.optimization.names import OPTIMIZERS, SCHEDULES


@dataclass
class Thing:
    size: int = 1
    colour: str = "red"


def test_made_of_its_own_parameters() -> None:
    entry = Named(Thing, takes=("size",), renamed={"colour": "paint"})
    assert entry.make({"size": 3, "paint": "blue", "weight": 7}) == Thing(3, "blue")
    assert entry.make({"size": None, "paint": None}) == Thing() == entry()


@pytest.mark.parametrize(
    ("words", "says"),
    [
        ({"takes": ("size",)}, "the entry of Thing leaves out 'colour'.*takes, renamed or keeps"),
        ({"takes": ("size", "colour", "weight")}, "has an unknown 'weight'"),
    ],
)
def test_a_parameter_is_neither_forgotten_nor_invented(words: Any, says: str) -> None:
    with pytest.raises(TypeError, match=says):
        Named(Thing, **words)


def test_every_entry_takes_parameters_that_the_network_has() -> None:
    known = {*signature(MLPClassifier).parameters, "n_samples", "n_before", "epochs_before"}
    for registry in (OPTIMIZERS, SCHEDULES, ACTIVATIONS, NORMS, LOSSES):
        for entry in registry.values():
            assert {*entry.takes, *entry.renamed.values()} <= known
