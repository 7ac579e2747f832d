"""The record of a fit: everything that was learned, as MLPClassifier then shows it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from models.errors import ModelError
from models.layers.layer import Array
from models.perceptron.architecture import Weights
from models.perceptron.front import Front
from models.perceptron.recipe import Recipe

_ABSENT = {"absent": True}
"""Marks a field that makes no attribute where it is None."""


@dataclass(frozen=True)
class Memory:
    """What the next call of `partial_fit` goes on from, beside the weights.

    Attributes
    ----------
    theta : ndarray or None
        The parameters themselves, where the weights are their moving average.
    slots : dict of ndarray
        The optimiser's memory.
    average : ndarray or None
    rng : Generator
    step, epoch : int
        How many are done.
    rate : float
        The factor on the learning rate.
    """

    theta: Array | None
    slots: dict[str, Array]
    average: Array | None
    rng: np.random.Generator
    step: int
    epoch: int
    rate: float = 1.0


@dataclass(frozen=True)
class Record:
    """What a fit comes to. A field ``name`` becomes the attribute ``name_`` of the estimator.

    The weights of several networks follow one another; all other figures are those of the first.
    """

    classes: Array
    coefs: list[Array]
    intercepts: list[Array]
    layer_parameters: list[Array]
    n_outputs: int
    out_activation: str
    loss: float
    n_iter: int
    t: int = 0
    history: list[dict[str, Any]] = field(default_factory=list)
    best_loss: float | None = None
    best_validation_score: float | None = None
    validation_scores: list[float] | None = None
    no_improvement_count: int = 0
    n_networks: int | None = field(default=None, metadata=_ABSENT)
    input_mean: Array | None = field(default=None, metadata=_ABSENT)
    input_scale: Array | None = field(default=None, metadata=_ABSENT)
    input_components: Array | None = field(default=None, metadata=_ABSENT)
    best_epoch: int | None = field(default=None, metadata=_ABSENT)
    refit_params: dict[str, Any] | None = field(default=None, metadata=_ABSENT)
    memory: Memory | None = field(default=None, metadata=_ABSENT)

    @classmethod
    def from_attributes(cls, attributes: Mapping[str, Any]) -> Record:
        """Return the record of a fitted estimator, with what its user has set since."""
        named = {f.name: attributes.get(_attribute(f.name)) for f in fields(cls)}
        return cls(**{name: value for name, value in named.items() if value is not None})

    def attributes(self) -> dict[str, Any]:
        """Return the attributes of the estimator; `REMOVED` stands for one that there is not."""
        shown: dict[str, Any] = {"n_layers_": len(self.coefs) // (self.n_networks or 1) + 1}
        shown["loss_curve_"] = [epoch["loss"] for epoch in self.history]
        for each in fields(self):
            value = getattr(self, each.name)
            gone = value is None and each.metadata.get("absent")
            shown[_attribute(each.name)] = REMOVED if gone else value
        return shown

    def after(self, start: Record) -> Record:
        """Return this record with the progress of the fit that it goes on from."""
        return replace(
            self,
            t=start.t,
            history=list(start.history),
            best_loss=start.best_loss,
            best_validation_score=start.best_validation_score,
            validation_scores=start.validation_scores,
            no_improvement_count=start.no_improvement_count,
            best_epoch=start.best_epoch,
        )

    def beside(self, other: Record) -> Record:
        """Return this record with the networks of another, and without the optimiser's memory."""
        return replace(
            self,
            coefs=[*self.coefs, *other.coefs],
            intercepts=[*self.intercepts, *other.intercepts],
            layer_parameters=[*self.layer_parameters, *other.layer_parameters],
            n_networks=(self.n_networks or 1) + (other.n_networks or 1),
            memory=None,
        )

    @property
    def weights(self) -> Weights:
        """The parameters of the first network."""
        return self.networks[0]

    @property
    def networks(self) -> list[Weights]:
        """The parameters of each network."""
        n = self.n_networks or 1
        lists = self.coefs, self.intercepts, self.layer_parameters
        if len(self.coefs) < n or any(len(each) % n for each in lists):
            raise ModelError(
                f"{len(self.coefs)} linear layers cannot be those of n_networks={n} networks"
            )
        of_each = [
            [each[len(each) // n * i :][: len(each) // n] for each in lists] for i in range(n)
        ]
        return [Weights(*each) for each in of_each]

    def check_front(self, recipe: Recipe) -> None:
        """Raise ModelError if a recipe asks for more or less of a front than the last fit had."""
        whitened = recipe.whiten is not None
        for name, asked, had in (
            ("whiten", whitened, self.input_components is not None),
            ("standardize", recipe.standardize or whitened, self.input_mean is not None),
        ):
            if asked != had:
                raise ModelError(
                    f"the last fit was {'with' if had else 'without'} {name}: go on so, or begin "
                    "anew by fit with warm_start=False"
                )

    def front(self, recipe: Recipe) -> Front:
        """Return what stands before the network of a recipe; raise ModelError if it is another."""
        components, fields = self.input_components, recipe.whitened_fields
        if components is not None and fields is not None:
            n_turned = len(fields) * fields.n_values
            if len(components) != n_turned:
                raise ModelError(
                    "go on with the receptive_fields of the last fit, or begin anew by fit with "
                    f"warm_start=False: input_components_ has {len(components)} rows, and not "
                    f"{n_turned}"
                )
        return Front(self.input_mean, self.input_scale, components, fields)


REMOVED = object()
"""Stands for an attribute that a fit does not have, and that an earlier one may have left."""


def _attribute(field_name: str) -> str:
    return "_memory" if field_name == "memory" else f"{field_name}_"
