"""What each parameter of MLPClassifier may be, and which need one another."""

from __future__ import annotations

import os
from collections.abc import Mapping
from numbers import Integral, Real
from typing import Any

import numpy as np
from sklearn.utils import check_random_state

from data.parameters.rules import (
    FLAG,
    Rule,
    either,
    is_number,
    is_sequence,
    made_by,
    number,
    one_count_of,
    one_of,
    optional,
    several,
    whole,
)
from data.pixels.views import N_VIEWS
from data.system.paths import expanded
from models.errors import ModelError
from models.layers.names import ACTIVATIONS, INITIALIZERS, NORMS
from models.losses.loss import Loss
from models.losses.names import LOSSES
from models.optimization.names import OPTIMIZERS, SCHEDULES
from models.optimization.optimizer import Optimizer
from models.parameters.rules import CLASS_WEIGHT, check

FULL_BATCH = "lbfgs"
"""The solver that sees all samples at each step; all others take a batch at a time."""

_COUNT = whole(1)
_AT_LEAST_ZERO = number(0)
_ABOVE_ZERO = number(0, open_low=True)
_PART = number(0, 1)
_FUNCTION = "a function that makes a layer"
_ACTIVATION = either(one_of(ACTIVATIONS), made_by(callable, _FUNCTION))


def _is_random_state(value: Any) -> bool:
    if isinstance(value, bool):
        return False
    try:
        check_random_state(value)
    except ValueError:
        return False
    return True


RANDOM_STATE = made_by(
    _is_random_state, "a whole number from 0 to 4294967295, a RandomState, or None"
)

RULES: dict[str, Rule] = {
    "hidden_layer_sizes": either(
        _COUNT, several(_COUNT, "several such, one for each hidden layer")
    ),
    "activation": either(
        _ACTIVATION, several(_ACTIVATION, "several such, one for each hidden layer", least=1)
    ),
    "solver": either(one_of([FULL_BATCH]), one_of(OPTIMIZERS), made_by(Optimizer, "an Optimizer")),
    "alpha": _AT_LEAST_ZERO,
    "batch_size": either(_COUNT, one_of(["auto"])),
    "learning_rate": either(
        one_of(SCHEDULES),
        several(_AT_LEAST_ZERO, "factors from 0 up, one an epoch", least=1),
        made_by(callable, "a function (epochs done, epochs) → factor"),
    ),
    "learning_rate_init": _ABOVE_ZERO,
    "power_t": _AT_LEAST_ZERO,
    "max_iter": _COUNT,
    "shuffle": FLAG,
    "random_state": RANDOM_STATE,
    "tol": _AT_LEAST_ZERO,
    "verbose": either(FLAG, whole(0)),
    "warm_start": FLAG,
    "momentum": number(0, 1, closed_high=True),
    "nesterovs_momentum": FLAG,
    "early_stopping": FLAG,
    "validation_fraction": _PART,
    "beta_1": _PART,
    "beta_2": _PART,
    "epsilon": _ABOVE_ZERO,
    "n_iter_no_change": either(
        _COUNT, made_by(lambda value: is_number(value, Real) and value == np.inf, "infinity")
    ),
    "max_fun": _COUNT,
    "standardize": FLAG,
    "whiten": optional(_COUNT),
    "whiten_epsilon": _AT_LEAST_ZERO,
    "loss": either(one_of(LOSSES), made_by(Loss, "a Loss")),
    "dropout": either(_PART, several(_PART, "several such, one for each hidden layer")),
    "input_dropout": _PART,
    "norm": optional(either(one_of(NORMS), made_by(callable, _FUNCTION))),
    "residual": FLAG,
    "initialization": either(
        one_of(INITIALIZERS),
        made_by(callable, "a function (weight, bias, rng) that writes them"),
        several(made_by(is_sequence, ""), "(coefs, intercepts)", length=2),
    ),
    "weight_decay": optional(_AT_LEAST_ZERO),
    "clip_norm": optional(_ABOVE_ZERO),
    "warmup_epochs": _AT_LEAST_ZERO,
    "average_decay": _PART,
    "gradient_penalty": _AT_LEAST_ZERO,
    "label_smoothing": _PART,
    "mixup": _AT_LEAST_ZERO,
    "class_weight": optional(CLASS_WEIGHT),
    "schedule_epochs": optional(_COUNT),
    "network": optional(made_by(callable, "a function (n_in, n_out) → list of layers")),
    "receptive_fields": optional(
        several(
            several(_COUNT, "(side, step)", length=2),
            "a sequence of (side, step), each a whole number from 1 up, one pair for each of the "
            "first hidden layers",
            least=1,
        )
    ),
    "image_shape": optional(several(_COUNT, "(height, width, channels)", length=3)),
    "augment": optional(made_by(Mapping, "a dictionary of options")),
    "views": one_count_of(N_VIEWS),
    "draw_views": FLAG,
    "n_networks": _COUNT,
    "checkpoint": optional(made_by(lambda v: isinstance(v, str | os.PathLike), "a path")),
}


_OF_EPOCHS = (
    "augment",
    "average_decay",
    "checkpoint",
    "clip_norm",
    "draw_views",
    "dropout",
    "gradient_penalty",
    "input_dropout",
    "mixup",
    "warmup_epochs",
    "weight_decay",
)
"""Parameters of this package that mean nothing where all samples are seen at each step."""


def check_parameters(parameters: Mapping[str, Any]) -> dict[str, Any]:
    """Return parameters without NumPy's scalars, or raise ModelError for what is not allowed.

    A parameter may be wrong alone or beside others.
    """
    given = check(parameters, RULES)
    if given["image_shape"] is None and (given["augment"] or given["views"] > 1):
        raise ModelError("augment and views need image_shape=(height, width, channels)")
    fields, sizes = given["receptive_fields"], given["hidden_layer_sizes"]
    if fields is not None:
        if given["image_shape"] is None:
            raise ModelError("receptive_fields need image_shape=(height, width, channels)")
        n_layers = len(sizes) if is_sequence(sizes) else 1
        if len(fields) > n_layers and given["network"] is None:
            raise ModelError(
                f"receptive_fields are those of the first hidden layers: got {len(fields)} for "
                f"{n_layers} of hidden_layer_sizes"
            )
    if given["solver"] == FULL_BATCH:
        for name in _OF_EPOCHS:
            asked = given[name]
            if any(asked) if is_sequence(asked) else asked:
                raise ModelError(f"{name} needs epochs, and solver={FULL_BATCH!r} has none")
    if given["mixup"] and (given["augment"] or {}).get("mixup"):
        raise ModelError("mixup is given twice, alone and in augment: keep one")
    for name in ("warm_start", "checkpoint"):
        if given[name] and given["n_networks"] > 1:
            raise ModelError(f"{name} goes on with one network, and n_networks asks for several")
    if given["checkpoint"] and not isinstance(given["random_state"], Integral):
        raise ModelError("checkpoint needs a whole number as random_state, to find its run again")
    if given["checkpoint"] and not (folder := expanded(given["checkpoint"]).parent).is_dir():
        raise ModelError(f"{folder}, in which checkpoint is to be written, is no folder: make it")
    return given
