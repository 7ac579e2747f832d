"""The recipe of a network: the constructor's parameters, checked, and what they stand for."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, cast

import numpy as np

from data.parameters.rules import is_sequence
from models.errors import ModelError
from models.layers.initializers import GLOROT, Initializer, given
from models.layers.layer import Array, Layer
from models.layers.local.receptive_fields import ReceptiveFields
from models.layers.names import ACTIVATIONS, INITIALIZERS, NORMS, NamedActivation
from models.losses.loss import Loss
from models.losses.names import Objective, objective
from models.optimization.names import OPTIMIZERS, SCHEDULES, NamedSchedule
from models.optimization.optimizer import Optimizer
from models.optimization.schedules import Constant, Recorded, Schedule
from models.perceptron.rules import FULL_BATCH, check_parameters
from models.training.loop import Settings


@dataclass(frozen=True)
class Recipe:
    """All that a fit is told, apart from its samples.

    The fields are the parameters of `MLPClassifier` under the same names; sizes, rates and
    activations are one for each hidden layer. `decisive` holds them as they were given, without
    those that decide no weight: a checkpoint is recognised by it.
    """

    hidden_layer_sizes: tuple[int, ...]
    activation: tuple[Callable[[], Layer], ...]
    solver: str | Optimizer
    alpha: float
    batch_size: int | str
    learning_rate: str | Schedule | tuple[float, ...]
    learning_rate_init: float
    power_t: float
    max_iter: int
    shuffle: bool
    random_state: int | np.random.RandomState | None
    tol: float
    verbose: bool
    warm_start: bool
    momentum: float
    nesterovs_momentum: bool
    early_stopping: bool
    validation_fraction: float
    beta_1: float
    beta_2: float
    epsilon: float
    n_iter_no_change: float
    max_fun: int
    standardize: bool
    whiten: int | None
    whiten_epsilon: float
    loss: str | Loss
    dropout: tuple[float, ...]
    input_dropout: float
    norm: Callable[[], Layer] | None
    residual: bool
    initialization: str | Initializer | Sequence[Any]
    weight_decay: float | None
    clip_norm: float | None
    warmup_epochs: float
    average_decay: float
    gradient_penalty: float
    label_smoothing: float
    mixup: float
    class_weight: Any
    schedule_epochs: int | None
    network: Callable[[int, int], list[Layer]] | None
    receptive_fields: tuple[tuple[int, int], ...]
    image_shape: tuple[int, int, int] | None
    augment: Mapping[str, Any] | None
    views: int
    draw_views: bool
    n_networks: int
    checkpoint: str | os.PathLike[str] | None
    decisive: Mapping[str, Any]

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Recipe:
        """Return the recipe of parameters, among which there may be more, or raise ModelError."""
        parameters = check_parameters(parameters)
        sizes = _each(parameters["hidden_layer_sizes"], 1)
        rates = _each(parameters["dropout"], len(sizes))
        bends = _each(parameters["activation"], len(sizes))
        for name, thing, each in (("dropout", "rate", rates), ("activation", "name", bends)):
            if len(each) != len(sizes) and parameters["network"] is None:
                raise ModelError(
                    f"{name} must be one {thing} or one for each of the {len(sizes)} hidden "
                    f"layers, got {parameters[name]!r}"
                )
        rate, shape = parameters["learning_rate"], parameters["image_shape"]
        read: dict[str, Any] = {
            "hidden_layer_sizes": sizes,
            "dropout": rates,
            "activation": tuple(_looked_up(ACTIVATIONS, each) for each in bends),
            "norm": _looked_up(NORMS, parameters["norm"]),
            "learning_rate": tuple(rate) if is_sequence(rate) else rate,
            "receptive_fields": tuple(tuple(each) for each in parameters["receptive_fields"] or ()),
            "image_shape": None if shape is None else tuple(shape),
        }
        named = [each.name for each in fields(cls) if each.name != "decisive"]
        read["decisive"] = {
            name: parameters[name] for name in named if name not in ("checkpoint", "verbose")
        }
        return cls(**{**{name: parameters[name] for name in named}, **read})

    def check_columns(self, n_in: int) -> None:
        """Raise ModelError if rows of so many columns are not what the recipe is for."""
        shape = self.image_shape
        if shape is not None and n_in != np.prod(shape):
            raise ModelError(
                f"image_shape {shape} is {np.prod(shape)} values, but X has {n_in} columns"
            )
        whitened = self.whitened_fields
        if whitened is None:
            n_turned, what = n_in, f"X has only {n_in} columns"
        else:
            n_turned = whitened.n_values
            what = f"a square of receptive_fields has only {n_turned} values"
        if self.whiten is not None and self.whiten > n_turned:
            raise ModelError(f"whiten is {self.whiten} components, but {what}")

    @property
    def whitened_fields(self) -> ReceptiveFields | None:
        """What is turned onto principal components, where it is not the whole row."""
        if self.whiten is None or not self._has_fields:
            return None
        side, step = self.receptive_fields[0]
        return ReceptiveFields(self._grid, side, step)

    @property
    def fields_or_none(self) -> list[ReceptiveFields | None]:
        """What each hidden layer sees of the layer before, None for all; or raise ModelError."""
        grid, whitened = self._grid, self.whitened_fields
        found: list[ReceptiveFields | None] = []
        pairs = self.receptive_fields if self._has_fields else ()
        for (side, step), size in zip(pairs, self.hidden_layer_sizes, strict=False):
            if whitened is not None and not found:
                grid, side, step = (*whitened.shape, self.whiten or 0), 1, 1
            fields = ReceptiveFields(grid, side, step)
            grid = *fields.shape, size
            found.append(fields)
        return [*found, *[None] * (len(self.hidden_layer_sizes) - len(found))]

    @property
    def gives_weights(self) -> bool:
        """Whether the first weights themselves are given, and no rule for them."""
        return not (isinstance(self.initialization, str) or callable(self.initialization))

    @property
    def _has_fields(self) -> bool:
        return bool(self.receptive_fields) and self.network is None

    @property
    def _grid(self) -> tuple[int, int, int]:
        return self.image_shape or (1, 1, 1)

    @property
    def full_batch(self) -> bool:
        """Whether every step sees all samples."""
        return self.solver == FULL_BATCH

    @property
    def spans_the_run(self) -> bool:
        """Whether the schedule runs to its end, however little progress there is."""
        name = self.learning_rate
        return SCHEDULES[name].spans_the_run if isinstance(name, str) else True

    @property
    def rate_divisor(self) -> float | None:
        """What the learning rate is divided by when progress stops."""
        named = self._named_schedule()
        return None if named is None else named.rate_divisor

    def objective(self, n_classes: int) -> Objective:
        """Return the loss, a new one, with the number of outputs and what they mean."""
        return objective(self.loss, n_classes)

    def optimizer(self) -> Optimizer:
        """Return the optimiser, with the parameters that its entry takes."""
        if isinstance(self.solver, Optimizer):
            return self.solver
        return OPTIMIZERS[self.solver].make(vars(self))

    def initializers(self, random_state: np.random.RandomState) -> list[Initializer]:
        """Return what writes the first weights of each linear layer, or of each receptive field.

        The last layer has no activation. As in scikit-learn, its weights are as wide as those of
        the layer before it.
        """
        first = self.initialization
        if isinstance(first, str):
            make = INITIALIZERS[first]
            return [make(random_state, width) for width in self._widths()]
        n_layers = len(self.hidden_layer_sizes) + 1
        if callable(first):
            return [first] * n_layers
        coefs, intercepts = cast(tuple[list[Array], list[Array]], first)
        if not len(coefs) == len(intercepts) == n_layers:
            raise ModelError(
                f"initialization has {len(coefs)} coefs and {len(intercepts)} intercepts, and the "
                f"network has {n_layers} layers of weights"
            )
        return [given(coefs, intercepts)] * n_layers

    def settings(
        self, n_samples: int, n_epochs: int, *, n_before: int = 0, epochs_before: int = 0
    ) -> Settings:
        """Return how long and how fast to train on so many samples, after so many before."""
        seen = {"n_samples": n_samples, "n_before": n_before, "epochs_before": epochs_before}
        return Settings(
            n_epochs=n_epochs,
            learning_rate=self.learning_rate_init,
            schedule=self._schedule(seen),
            l2=self.alpha,
            clip_norm=self.clip_norm,
            average_decay=self.average_decay,
            gradient_penalty=self.gradient_penalty,
            shuffle=self.shuffle,
            schedule_epochs=self.schedule_epochs or self.max_iter,
        )

    def _widths(self) -> list[float]:
        """Return how wide each linear layer's weights are drawn ahead of its activation."""
        bends = self.activation or (_looked_up(ACTIVATIONS, self.decisive["activation"]),)
        widths = [bend.width if isinstance(bend, NamedActivation) else GLOROT for bend in bends]
        return widths[: len(self.hidden_layer_sizes)] + widths[-1:]

    def _schedule(self, seen: Mapping[str, int]) -> Schedule:
        given = self.learning_rate
        if isinstance(given, str):
            entry = self._named_schedule()
            return Constant() if entry is None else entry.make({**vars(self), **seen})
        return given if callable(given) else Recorded(given)

    def _named_schedule(self) -> NamedSchedule | None:
        """Return the entry of the schedule; None where it has none, or not for this solver."""
        if not isinstance(self.learning_rate, str):
            return None
        entry = SCHEDULES[self.learning_rate]
        return entry if entry.only_for in (None, self.solver) else None


def _each(value: Any, n: int) -> tuple[Any, ...]:
    return tuple(value) if is_sequence(value) else (value,) * n


def _looked_up(names: Mapping[str, Any], value: Any) -> Any:
    return names[value] if isinstance(value, str) else value
