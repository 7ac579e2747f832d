"""How a network is fitted: from a recipe, samples and perhaps a start to the record of it."""

from __future__ import annotations

import copy
import warnings
from contextlib import closing
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.utils import check_random_state

from models.layers.layer import Array
from models.layers.network import Network
from models.layers.standardize import column_statistics
from models.losses.names import Objective
from models.losses.targets import one_hot, smooth_targets
from models.optimization.full_batch import minimize_full_batch
from models.perceptron.architecture import Weights, network_of, write_nothing
from models.perceptron.front import Front, measure_front
from models.perceptron.recipe import Recipe
from models.perceptron.record import Memory, Record
from models.perceptron.resumption import Course, Resumption
from models.perceptron.samples import Samples, parted
from models.training.augmentation import Augmentation
from models.training.checkpoint import fingerprint
from models.training.early_stopping import Patience
from models.training.loop import TrainingState, first_state, train
from models.training.stream import Stream


def fit(
    recipe: Recipe,
    classes: Array,
    samples: Samples,
    held_out: Samples | None = None,
    start: Record | None = None,
) -> Record:
    """Fit a network, from new weights or from those of a record, and return the record of it.

    Neither the samples nor the start are changed. `held_out` is measured after every epoch;
    without it, early stopping holds out a part of the samples.
    """
    begun = _begin(recipe, classes, samples, start)
    if recipe.full_batch:
        return _fit_full_batch(recipe, begun.prepared(samples, start), start)
    if held_out is None and recipe.early_stopping:
        samples, held_out = parted(recipe, samples, len(classes), begun.random_state)
    begun = begun.prepared(samples, start, held_out)
    state = begun.first_state(recipe)
    course, patience = _learn(recipe, begun, state, recipe.max_iter, start)
    record = _recorded(recipe, begun, state, course, patience, start)
    return replace(record, refit_params=_refit_params(recipe, record))


def fit_an_epoch_more(
    recipe: Recipe, classes: Array, samples: Samples, start: Record | None = None
) -> Record:
    """Fit one more epoch, with the optimiser's memory of the calls before."""
    begun = _begin(recipe, classes, samples, start).prepared(samples, start)
    state = begun.first_state(recipe)
    memory = None if start is None else start.memory
    if memory is not None:
        kept = copy.deepcopy(memory)
        state.theta[:] = kept.theta
        state.slots, state.average, state.rng = kept.slots, kept.average, kept.rng
        state.step, state.epoch = kept.step, kept.epoch
    course, patience = _learn(recipe, begun, state, state.epoch + 1, start, incremental=True)
    memory = Memory(
        state.theta.copy(), state.slots, state.average, state.rng, state.step, state.epoch
    )
    record = _recorded(recipe, begun, state, course, patience, start)
    return replace(record, memory=memory)


@dataclass(frozen=True)
class _Begun:
    """A network ahead of its first step, and what it will see."""

    network: Network
    objective: Objective
    recipe: Recipe
    classes: Array
    random_state: np.random.RandomState
    rng: np.random.Generator
    front: Front
    samples: Samples
    held_out: Samples | None = None

    def prepared(
        self, samples: Samples, start: Record | None, held_out: Samples | None = None
    ) -> _Begun:
        """Measure what stands before the network, unless an earlier fit has.

        Whitening is done once for all epochs, except for images that are augmented first.
        """
        recipe, network = self.recipe, self.network
        front = measure_front(recipe, samples.X, samples.weights) if start is None else start.front
        if recipe.whiten and recipe.image_shape is None:
            samples = samples.seen_as(front.applied(samples.X))
            if held_out is not None:
                held_out = held_out.seen_as(front.applied(held_out.X))
        else:
            network.layers[:0] = front.layers()
        return replace(self, front=front, samples=samples, held_out=held_out)

    def first_state(self, recipe: Recipe) -> TrainingState:
        """Return the state before the first step."""
        return first_state(
            self.network,
            recipe.optimizer(),
            self.rng,
            self.random_state,
            averaged=recipe.average_decay > 0,
        )

    def targets(self, samples: Samples) -> Array:
        """Return the columns that the outputs are compared with."""
        return one_hot(samples.labels, self.network.n_out, self.network.dtype)


def _begin(recipe: Recipe, classes: Array, samples: Samples, start: Record | None) -> _Begun:
    """Build the network, with its first weights or those of an earlier fit."""
    X = samples.X
    recipe.check_columns(X.shape[1])
    random_state = check_random_state(recipe.random_state)
    rng = generator_beside(random_state)
    objective = recipe.objective(len(classes))
    first = recipe.initializer(random_state) if start is None else write_nothing
    network = network_of(recipe, X.shape[1], objective.n_outputs, X.dtype.type, first, rng)
    if start is not None:
        for parameter, array in start.weights.pairs(network):
            parameter.value[:] = array
    return _Begun(network, objective, recipe, classes, random_state, rng, Front(), samples)


def generator_beside(random_state: np.random.RandomState) -> np.random.Generator:
    """Return a generator that draws nothing from the RandomState it is seeded by.

    So that dropout or augmentation change neither the first weights nor the order of samples.
    """
    twin = np.random.RandomState()
    twin.set_state(random_state.get_state())
    return np.random.default_rng(twin.randint(0, 2**32, size=4, dtype=np.uint64).tolist())


def _learn(
    recipe: Recipe,
    begun: _Begun,
    state: TrainingState,
    n_epochs: int,
    start: Record | None,
    *,
    incremental: bool = False,
) -> tuple[Course, Patience]:
    """Train batch by batch until the last epoch is done or patience is exhausted."""
    samples, network = begun.samples, begun.network
    stream = _stream(recipe, begun)
    validation = None
    if begun.held_out is not None:
        held_out = begun.held_out
        validation = held_out.X, begun.targets(held_out), held_out.weights
    course, patience = _so_far(recipe, state, start)
    resumption = None
    if recipe.checkpoint is not None and not incremental:
        run = fingerprint(recipe.decisive, samples.X, stream.targets, samples.weights)
        resumption = Resumption(Path(recipe.checkpoint), run, state, patience, course)
        resumption.load()
    if course.ended:
        return course, patience
    settings = recipe.settings(len(samples), n_epochs)
    loss, optimizer = begun.objective.loss, recipe.optimizer()
    with closing(train(network, loss, optimizer, stream, state, settings, validation)) as records:
        for record in records:
            course.n_iter += 1
            course.t += len(samples)
            course.history.append(asdict(record))
            if recipe.verbose:
                print(f"Iteration {course.n_iter}, loss = {record.loss:.8f}")
            done = patience.exhausted(record) and not recipe.spans_the_run
            if resumption is not None:
                resumption.save(done)
            if done:
                return course, patience
    if not (recipe.spans_the_run or incremental or n_epochs == recipe.n_iter_no_change):
        warnings.warn(
            f"Stochastic Optimizer: Maximum iterations ({n_epochs}) "
            "reached and the optimization hasn't converged yet.",
            ConvergenceWarning,
            stacklevel=4,
        )
    return course, patience


def _stream(recipe: Recipe, begun: _Begun) -> Stream:
    """Return the training samples as batches of targets and of images that are changed."""
    samples, size = begun.samples, recipe.batch_size
    if isinstance(size, str):
        size = 200
    elif size > len(samples):
        warnings.warn(
            f"batch_size={size} is larger than the {len(samples)} samples, and is clipped",
            stacklevel=5,
        )
    targets = begun.targets(samples)
    if recipe.label_smoothing:
        targets = smooth_targets(targets, recipe.label_smoothing)
    augmentation = None
    if recipe.image_shape is not None and recipe.augment:
        # A cutout hides pixels under the mean colour.
        channels = recipe.image_shape[2]
        fill = column_statistics(samples.X)[0].reshape(-1, channels).mean(axis=0)
        asked = Augmentation.from_mapping(recipe.image_shape, recipe.augment)
        augmentation = replace(asked, fill=fill)
    return Stream(samples.X, targets, samples.weights, min(size, len(samples)), augmentation)


def _so_far(
    recipe: Recipe, state: TrainingState, start: Record | None
) -> tuple[Course, Patience]:
    """Return what was written down, and how patient to be, when training begins or goes on."""
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
        patience.best_score = start.best_validation_score
    return Course(list(start.history), start.t), patience


def _recorded(
    recipe: Recipe,
    begun: _Begun,
    state: TrainingState,
    course: Course,
    patience: Patience,
    start: Record | None,
) -> Record:
    """Return the record of the last epoch, or of the best."""
    best_epoch = None if start is None else start.best_epoch
    if recipe.early_stopping and patience.best_theta is not None:
        state.theta[:] = patience.best_theta
        best_epoch = patience.best_epoch
    elif state.average is not None:
        state.theta[:] = state.average
    record = _record(
        recipe,
        begun,
        start,
        loss=course.history[-1]["loss"],
        n_iter=course.n_iter,
        t=course.t,
        history=course.history,
        no_improvement_count=patience.n_without_progress,
        best_epoch=best_epoch,
    )
    if not recipe.early_stopping:
        return replace(record, best_loss=patience.best_loss)
    return replace(
        record,
        best_validation_score=patience.best_score,
        validation_scores=[
            epoch["val_score"] for epoch in course.history if epoch["val_score"] is not None
        ],
    )


def _fit_full_batch(recipe: Recipe, begun: _Begun, start: Record | None) -> Record:
    """Fit by L-BFGS."""
    samples, network = begun.samples, begun.network
    loss, n_iter = minimize_full_batch(
        network,
        begun.objective.loss,
        samples.X,
        smooth_targets(begun.targets(samples), recipe.label_smoothing),
        samples.weights,
        l2=recipe.alpha,
        max_iter=recipe.max_iter,
        max_fun=recipe.max_fun,
        tol=recipe.tol,
    )
    record = _record(recipe, begun, start, loss=loss, n_iter=n_iter, refit_params={})
    if start is not None:
        return record
    early = recipe.early_stopping
    return replace(
        record,
        best_loss=None if early else np.inf,
        best_validation_score=-np.inf if early else None,
        validation_scores=[] if early else None,
    )


def _record(recipe: Recipe, begun: _Begun, start: Record | None, **found: Any) -> Record:
    """Return the record of the weights as they are, with what was found beside them."""
    weights = Weights.of(begun.network)
    learned = {
        "classes": begun.classes,
        "coefs": weights.coefs,
        "intercepts": weights.intercepts,
        "layer_parameters": weights.others,
        "n_outputs": begun.objective.n_outputs,
        "out_activation": begun.objective.output,
        "input_mean": begun.front.mean,
        "input_scale": begun.front.scale,
        "input_components": begun.front.components,
        "memory": None,
    }
    return Record(**learned, **found) if start is None else replace(start, **learned, **found)


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
