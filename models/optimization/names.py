"""The optimisers and schedules that have a name, each with the parameters that it takes."""

from __future__ import annotations

from dataclasses import dataclass

from models.names import Named
from models.optimization.optimizer import Optimizer
from models.optimization.optimizers import Adam, AdamW, Lion, Momentum, RMSProp
from models.optimization.schedules import (
    Constant,
    Cosine,
    InverseScaling,
    OneCycle,
    Schedule,
    Step,
)

OPTIMIZERS: dict[str, Named[Optimizer]] = {
    "sgd": Named(
        Momentum,
        takes=("momentum", "weight_decay"),
        renamed={"nesterov": "nesterovs_momentum"},
    ),
    "adam": Named(Adam, takes=("beta_1", "beta_2", "epsilon", "weight_decay")),
    "adamw": Named(AdamW, takes=("beta_1", "beta_2", "epsilon", "weight_decay")),
    "rmsprop": Named(RMSProp, takes=("epsilon", "weight_decay"), renamed={"decay": "beta_1"}),
    "lion": Named(Lion, takes=("beta_1", "beta_2", "weight_decay")),
}


@dataclass(frozen=True, kw_only=True)
class NamedSchedule(Named[Schedule]):
    """A schedule, and what it means for the end of training.

    Its parameters may also take "n_samples", the number of training samples; "n_before" and
    "epochs_before", how many samples and epochs there were before.

    Parameters
    ----------
    spans_the_run : bool
        It knows how long the run is, and is never cut short for lack of progress.
    rate_divisor : float or None
        What the learning rate is divided by when progress stops, in place of an end.
    only_for : str or None
        The solver that it is for; with others the rate is constant, as in scikit-learn.
    """

    spans_the_run: bool = False
    rate_divisor: float | None = None
    only_for: str | None = None


SCHEDULES: dict[str, NamedSchedule] = {
    "constant": NamedSchedule(Constant),
    "invscaling": NamedSchedule(
        InverseScaling,
        takes=("n_samples", "n_before", "epochs_before"),
        renamed={"power": "power_t"},
        only_for="sgd",
    ),
    "adaptive": NamedSchedule(Constant, rate_divisor=5.0, only_for="sgd"),
    "step": NamedSchedule(Step, keeps=("at", "factor"), spans_the_run=True),
    "cosine": NamedSchedule(Cosine, takes=("warmup_epochs",), spans_the_run=True),
    "one-cycle": NamedSchedule(OneCycle, keeps=("rise",), spans_the_run=True),
}
