"""What MLPClassifier's parameters may be, checked before anything is computed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Integral, Real
from typing import Any

import numpy as np

from models.layers.initializers import INITIALIZERS
from models.losses import LOSSES, Loss
from models.optimization.optimizers import OPTIMIZERS, Optimizer
from models.perceptron.architecture import ACTIVATIONS, NORMS

SCHEDULES = ("constant", "invscaling", "adaptive", "step", "cosine", "one-cycle")
BUDGETED = ("step", "cosine", "one-cycle")
"""Schedules that know how long the run is: these run to their end."""


def _real(
    low: float, high: float = np.inf, *, open_low: bool = False, open_high: bool = True
) -> Any:
    def holds(value: Any) -> bool:
        if not _is(value, Real):
            return False
        above = value > low if open_low else value >= low
        return bool(above and (value < high if open_high else value <= high))

    return holds


def _count(value: Any) -> bool:
    return _is(value, Integral) and bool(value >= 1)


def _is(value: Any, kind: type) -> bool:
    """Whether it is a number of a kind; True and False are none."""
    return isinstance(value, kind) and not isinstance(value, bool)


def _one_of(names: Sequence[str] | dict[str, Any], *types: type) -> Callable[[Any], bool]:
    return lambda value: (value in names) if isinstance(value, str) else isinstance(value, types)


def _optional(holds: Callable[[Any], bool]) -> Callable[[Any], bool]:
    return lambda value: value is None or holds(value)


def _flag(value: Any) -> bool:
    return isinstance(value, bool | np.bool_)


def _rates(value: Any) -> bool:
    rate = _real(0, 1)
    return rate(value) or (isinstance(value, Sequence) and all(rate(v) for v in value))


def _sizes(value: Any) -> bool:
    if not hasattr(value, "__iter__"):
        return _count(value)
    return all(_count(size) for size in value)


def _names(names: Any, more: str = "") -> str:
    return f"one of {', '.join(map(repr, names))}{more}"


def _schedule(value: Any) -> bool:
    if isinstance(value, str):
        return value in SCHEDULES
    return callable(value) or (isinstance(value, Sequence) and all(map(_real(0), value)))


def _initialization(value: Any) -> bool:
    if isinstance(value, str):
        return value in ("scikit-learn", *INITIALIZERS)
    return callable(value) or (isinstance(value, Sequence) and len(value) == 2)


RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "hidden_layer_sizes": (_sizes, "one whole number > 0, or several"),
    "activation": (
        lambda v: v in ACTIVATIONS if isinstance(v, str) else callable(v),
        _names(ACTIVATIONS, ", or a class that makes a layer"),
    ),
    "solver": (
        _one_of(("lbfgs", *OPTIMIZERS), Optimizer),
        _names(("lbfgs", *OPTIMIZERS), ", or an Optimizer"),
    ),
    "alpha": (_real(0), "a number from 0 up"),
    "batch_size": (
        lambda v: _count(v) or (isinstance(v, str) and v == "auto"),
        "'auto' or a count",
    ),
    "learning_rate": (_schedule, _names(SCHEDULES, ", factors one an epoch, or a function")),
    "learning_rate_init": (_real(0, open_low=True), "a number above 0"),
    "power_t": (_real(0), "a number from 0 up"),
    "max_iter": (_count, "a whole number from 1 up"),
    "shuffle": (_flag, "True or False"),
    "tol": (_real(0), "a number from 0 up"),
    "warm_start": (_flag, "True or False"),
    "momentum": (_real(0, 1, open_high=False), "a number in [0, 1]"),
    "nesterovs_momentum": (_flag, "True or False"),
    "early_stopping": (_flag, "True or False"),
    "validation_fraction": (_real(0, 1), "a number in [0, 1)"),
    "beta_1": (_real(0, 1), "a number in [0, 1)"),
    "beta_2": (_real(0, 1), "a number in [0, 1)"),
    "epsilon": (_real(0, open_low=True), "a number above 0"),
    "n_iter_no_change": (lambda v: _count(v) or v == np.inf, "a count, or infinity"),
    "max_fun": (_count, "a whole number from 1 up"),
    "standardize": (_flag, "True or False"),
    "whiten": (_optional(_count), "a whole number from 1 up, or None"),
    "whiten_epsilon": (_real(0), "a number from 0 up"),
    "loss": (_one_of(LOSSES, Loss), _names(LOSSES, ", or a Loss")),
    "dropout": (_rates, "a rate in [0, 1), or one for each hidden layer"),
    "input_dropout": (_real(0, 1), "a rate in [0, 1)"),
    "norm": (
        _optional(lambda v: v in NORMS if isinstance(v, str) else callable(v)),
        _names((None, *NORMS), ", or a class that makes a layer"),
    ),
    "residual": (_flag, "True or False"),
    "initialization": (
        _initialization,
        _names(("scikit-learn", *INITIALIZERS), ", a function, or (coefs, intercepts)"),
    ),
    "weight_decay": (_optional(_real(0)), "a number from 0 up, or None"),
    "clip_norm": (_optional(_real(0, open_low=True)), "a number above 0, or None"),
    "warmup_epochs": (_real(0), "a number from 0 up"),
    "average_decay": (_real(0, 1), "a number in [0, 1)"),
    "gradient_penalty": (_real(0), "a number from 0 up"),
    "label_smoothing": (_real(0, 1), "a number in [0, 1)"),
    "schedule_epochs": (_optional(_count), "a whole number from 1 up, or None"),
    "image_shape": (
        _optional(lambda v: isinstance(v, Sequence) and len(v) == 3 and all(map(_count, v))),
        "(height, width, channels), or None",
    ),
    "augment": (_optional(lambda v: isinstance(v, Mapping)), "a mapping of options, or None"),
    "views": (lambda v: _count(v) and v in (1, 2, 10), "1, 2 or 10"),
    "network": (_optional(callable), "a function (n_in, n_out) → list of layers, or None"),
}


def check_parameters(parameters: dict[str, Any]) -> None:
    """Raise ValueError for the first parameter that its rule does not allow."""
    for name, (holds, wanted) in RULES.items():
        if not holds(parameters[name]):
            raise ValueError(f"{name} must be {wanted}, got {parameters[name]!r}")
    if parameters["image_shape"] is None and (parameters["augment"] or parameters["views"] > 1):
        raise ValueError("augment and views need image_shape=(height, width, channels)")
    if parameters["checkpoint"] and not isinstance(parameters["random_state"], Integral):
        raise ValueError("checkpoint needs a whole number as random_state, to find its run again")
