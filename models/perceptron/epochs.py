"""The epochs of a fit: trained batch by batch, written down, and stopped in time."""

from __future__ import annotations

import warnings
from contextlib import closing
from dataclasses import asdict, replace

import numpy as np
from sklearn.exceptions import ConvergenceWarning

from data.system.paths import expanded
from models.errors import ModelError
from models.layers.normalization import LEAST_BATCH, BatchNorm
from models.layers.standardize import column_statistics
from models.losses.targets import smooth_targets
from models.perceptron.preparation import Preparation
from models.perceptron.resumption import Course, Resumption
from models.training.augmentation import Augmentation
from models.training.checkpoint import fingerprint
from models.training.early_stopping import Patience
from models.training.loop import TrainingState, train
from models.training.mixing import MixUp
from models.training.stream import Stream, Transform


def learn(
    prepared: Preparation, state: TrainingState, n_epochs: int, *, incremental: bool = False
) -> tuple[Course, Patience]:
    """Train until so many epochs are done or patience is exhausted; return what came of it.

    One epoch more, `incremental`, leaves no checkpoint and need not converge.
    """
    recipe, samples, held_out = prepared.recipe, prepared.samples, prepared.held_out
    stream = _stream(prepared)
    validation = None
    if held_out is not None:
        validation = held_out.X, prepared.targets(held_out), held_out.weights
    course, patience = _so_far(prepared, state)
    n_before, epochs_before = course.t, state.epoch
    resumption = None
    if recipe.checkpoint is not None and not incremental:
        decisive = {**recipe.decisive, "n_views": samples.n_views}
        data = [samples.X, stream.targets, samples.weights, *(validation or ())]
        if prepared.start is not None:
            data.append(state.theta)
        run = fingerprint(decisive, *data)
        resumption = Resumption(expanded(recipe.checkpoint), run, state, patience, course)
        resumption.load()
    if course.ended:
        return course, patience
    settings = recipe.settings(
        samples.n_seen, n_epochs, n_before=n_before, epochs_before=epochs_before
    )
    if incremental and settings.has_ended(state.epoch):
        raise ModelError(
            f"learning_rate has come down to 0 in {state.epoch} epochs, so partial_fit would learn "
            "nothing: set a constant one, or a larger schedule_epochs"
        )
    records = train(
        prepared.network,
        prepared.objective.loss,
        recipe.optimizer(),
        stream,
        state,
        settings,
        validation,
    )
    with closing(records):
        for record in records:
            course.n_iter += 1
            course.t += samples.n_seen
            course.history.append(asdict(record))
            if recipe.verbose:
                print(f"Iteration {course.n_iter}, loss = {record.loss:.8f}")
            done = patience.exhausted(record) and not recipe.spans_the_run
            if patience.best_theta is None and not np.isfinite(state.theta).all():
                return course, patience  # No epoch leads back from there.
            if resumption is not None:
                resumption.save(done)
            if done:
                return course, patience
    # As many epochs as patience has are what was asked for, as after a fit stopped in time.
    if not (recipe.spans_the_run or incremental or n_epochs == recipe.n_iter_no_change):
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({n_epochs}) "
            "reached and the optimization hasn't converged yet.",
            ConvergenceWarning,
            stacklevel=4,
        )
    return course, patience


def _stream(prepared: Preparation) -> Stream:
    """Return the samples in batches, with their targets and what is done to images."""
    recipe, samples = prepared.recipe, prepared.samples
    size = 200 if isinstance(recipe.batch_size, str) else recipe.batch_size
    n = samples.n_seen
    if size > n and size == recipe.batch_size:
        warnings.warn(
            f"batch_size={size} is larger than the {n} samples, and is clipped",
            stacklevel=5,
        )
    targets = prepared.targets(samples)
    if recipe.label_smoothing:
        targets = smooth_targets(targets, recipe.label_smoothing)
    transform: Transform | None = None
    if recipe.image_shape is not None and recipe.augment:
        # A cutout hides pixels under the mean colour.
        mean = column_statistics(samples.X)[0]
        fill = mean.reshape(-1, recipe.image_shape[2]).mean(axis=0)
        asked = Augmentation.from_mapping(recipe.image_shape, recipe.augment)
        transform = replace(asked, fill=fill)
    if recipe.mixup:
        transform = MixUp(recipe.mixup, transform)
    normalised = any(isinstance(layer, BatchNorm) for layer in prepared.network.walk())
    return Stream(
        samples.X,
        targets,
        samples.weights,
        min(size, n),
        transform,
        least=LEAST_BATCH if normalised else 1,
        n_views=samples.n_drawn_from,
    )


def _so_far(prepared: Preparation, state: TrainingState) -> tuple[Course, Patience]:
    """Return what is written down, and the patience that is left, as training begins."""
    recipe, start = prepared.recipe, prepared.start
    patience = Patience(
        recipe.n_iter_no_change,
        recipe.tol,
        validation=recipe.early_stopping,
        state=state,
        rate_divisor=recipe.rate_divisor,
    )
    if start is None:
        return Course(), patience
    patience.n_without_progress = start.no_improvement_count
    if start.best_loss is not None:
        patience.best_loss = start.best_loss
    if start.best_validation_score is not None:
        # The weights are those of that score. They stay, unless a later epoch has a better one.
        patience.best_score = start.best_validation_score
        patience.best_theta = state.theta.copy()
        patience.best_epoch = start.best_epoch or 0
    return Course(list(start.history), start.t), patience
