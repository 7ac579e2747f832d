"""How a network is fitted: a recipe, samples and perhaps a start become the record of the fit."""

from __future__ import annotations

import copy
from dataclasses import replace
from typing import Any

import numpy as np

from models.layers.layer import Array
from models.layers.products import shared_products
from models.losses.targets import smooth_targets
from models.optimization.full_batch import minimize_full_batch
from models.perceptron.architecture import Weights
from models.perceptron.epochs import learn
from models.perceptron.preparation import Preparation, prepare
from models.perceptron.recipe import Recipe
from models.perceptron.record import Memory, Record
from models.perceptron.resumption import Course
from models.perceptron.samples import Samples
from models.training.early_stopping import Patience
from models.training.loop import TrainingState


def fit(
    recipe: Recipe,
    classes: Array,
    samples: Samples,
    held_out: Samples | None = None,
    start: Record | None = None,
) -> Record:
    """Fit a network, from new weights or from those of a record, and return the record of it.

    Neither the samples nor the start are changed. `held_out` is measured after every epoch;
    without it, early stopping holds out a part of the samples. Several networks are fitted one
    after the other, so that only one has an optimiser's memory.
    """
    with shared_products():
        prepared = prepare(recipe, classes, samples, held_out, start)
        prepared = prepared.fronted() if recipe.full_batch else prepared.split().fronted()
        # The draws of the first network stay what they are.
        more = prepared.rng.spawn(recipe.n_networks - 1)
        record = _fit_one(prepared)
        for rng in more:
            prepared = prepared.again(np.random.RandomState(rng.integers(2**32)))
            record = record.beside(_fit_one(prepared))
    return record


def _fit_one(prepared: Preparation) -> Record:
    """Fit one network to samples as it sees them."""
    recipe = prepared.recipe
    if recipe.full_batch:
        return _fit_full_batch(prepared)
    state = prepared.first_state()
    course, patience = learn(prepared, state, recipe.max_iter)
    memory = _memory_of(state) if recipe.n_networks == 1 else None
    record = _record_of_epochs(prepared, state, course, patience)
    # A clone has no weights to go on from.
    refit = None if prepared.start is not None else _refit_params(recipe, record)
    return replace(record, refit_params=refit, memory=memory)


def fit_an_epoch_more(
    recipe: Recipe, classes: Array, samples: Samples, start: Record | None = None
) -> Record:
    """Fit one more epoch, with the optimiser's memory of the fit and the calls before."""
    with shared_products():
        prepared = prepare(recipe, classes, samples, start=start).fronted()
        state = prepared.first_state()
        if start is not None and start.memory is not None:
            _remember(state, start.memory)
        course, patience = learn(prepared, state, state.epoch + 1, incremental=True)
    memory = _memory_of(state)
    return replace(_record_of_epochs(prepared, state, course, patience), memory=memory)


def _memory_of(state: TrainingState) -> Memory:
    """Return what the next epoch goes on from."""
    theta = None if state.average is None else state.theta.copy()
    return Memory(theta, state.slots, state.average, state.rng, state.step, state.epoch, state.rate)


def _remember(state: TrainingState, memory: Memory) -> None:
    """Put a state back to where a fit has left it, unless that was of another optimiser."""
    if set(memory.slots) != set(state.slots) or (memory.average is None) != (state.average is None):
        return
    kept = copy.deepcopy(memory)
    dtype = state.theta.dtype
    if kept.theta is not None and kept.average is not None:
        state.theta[:] = kept.theta
        state.average = kept.average.astype(dtype, copy=False)
    state.slots = {name: slot.astype(dtype, copy=False) for name, slot in kept.slots.items()}
    state.rng, state.rate = kept.rng, kept.rate
    state.step, state.epoch = kept.step, kept.epoch


def _record_of_epochs(
    prepared: Preparation, state: TrainingState, course: Course, patience: Patience
) -> Record:
    """Return the record of the last epoch, or of the best."""
    recipe, start = prepared.recipe, prepared.start
    best_epoch = None if start is None else start.best_epoch
    if recipe.early_stopping and patience.best_theta is not None:
        state.theta[:] = patience.best_theta
        best_epoch = patience.best_epoch
    elif state.average is not None:
        state.theta[:] = state.average
    record = replace(
        _record(prepared, course.history[-1]["loss"], course.n_iter),
        t=course.t,
        history=course.history,
        no_improvement_count=patience.n_without_progress,
        best_epoch=best_epoch,
    )
    if not recipe.early_stopping:
        return replace(record, best_loss=patience.best_loss)
    scores = [epoch["val_score"] for epoch in course.history if epoch["val_score"] is not None]
    return replace(record, best_validation_score=patience.best_score, validation_scores=scores)


def _fit_full_batch(prepared: Preparation) -> Record:
    """Fit by L-BFGS."""
    recipe, samples = prepared.recipe, prepared.samples
    loss, n_iter = minimize_full_batch(
        prepared.network,
        prepared.objective.loss,
        samples.X,
        smooth_targets(prepared.targets(samples), recipe.label_smoothing),
        samples.weights,
        l2=recipe.alpha,
        max_iter=recipe.max_iter,
        max_fun=recipe.max_fun,
        tol=recipe.tol,
    )
    record = _record(prepared, loss, n_iter)
    if prepared.start is not None:
        return record
    record = replace(record, refit_params={})
    if recipe.early_stopping:
        return replace(record, best_validation_score=-np.inf, validation_scores=[])
    return replace(record, best_loss=np.inf)


def _record(prepared: Preparation, loss: float, n_iter: int) -> Record:
    """Return the record of the weights as they are; all else is that of the start, if any."""
    weights, objective, front = Weights.of(prepared.network), prepared.objective, prepared.front
    record = Record(
        classes=prepared.classes,
        coefs=weights.coefs,
        intercepts=weights.intercepts,
        layer_parameters=weights.others,
        n_outputs=objective.n_outputs,
        out_activation=objective.output,
        loss=loss,
        n_iter=n_iter,
        input_mean=front.mean,
        input_scale=front.scale,
        input_components=front.components,
    )
    return record if prepared.start is None else record.after(prepared.start)


def _refit_params(recipe: Recipe, record: Record) -> dict[str, Any]:
    """Return what makes a clone train for the epochs found best, along the same rates."""
    epochs = record.n_iter
    if recipe.early_stopping and record.best_epoch is not None:
        epochs = record.best_epoch
    found: dict[str, Any] = {
        "max_iter": epochs,
        "n_iter_no_change": epochs,
        "early_stopping": False,
        "schedule_epochs": recipe.schedule_epochs or recipe.max_iter,
    }
    if recipe.rate_divisor is not None:
        rates = [epoch["learning_rate"] for epoch in record.history[-record.n_iter :]]
        found["learning_rate"] = [rate / recipe.learning_rate_init for rate in rates]
    return found
