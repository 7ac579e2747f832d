"""How MLPClassifier is fitted: what it is trained on, which epoch is kept, what is remembered."""

from __future__ import annotations

import warnings
from contextlib import closing
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np
from sklearn.exceptions import ConvergenceWarning
from sklearn.model_selection import train_test_split
from sklearn.utils import check_random_state
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import _check_sample_weight, validate_data

from models.layers.layer import Array
from models.layers.network import Network
from models.losses import smooth_targets
from models.optimization.full_batch import minimize_full_batch
from models.perceptron.parameters import BUDGETED, check_parameters
from models.perceptron.parts import (
    augmentation_of,
    build_network,
    fit_front,
    front_of,
    generator_beside,
    loss_of,
    optimizer_of,
    remember,
    settings_of,
    through_front,
)
from models.perceptron.resumption import Resumption
from models.sample_weights import combined_weights
from models.training.early_stopping import Patience
from models.training.loop import TrainingState, first_state, train
from models.training.stream import Stream

if TYPE_CHECKING:
    from models.mlp_classifier import MLPClassifier

Part = tuple[Array, Array, Array]
"""Samples (n, d), labels (n,) as class indices, weights (n,)."""


def fit(net: MLPClassifier, X: Any, y: Any, sample_weight: Any, X_val: Any, y_val: Any) -> None:
    """Fit from the start, or with ``warm_start`` from where the last fit ended."""
    check_parameters(net.get_params(deep=False))
    again = net.warm_start and hasattr(net, "coefs_")
    X, y = validate_data(net, X, y, dtype=(np.float64, np.float32), reset=not again)
    check_classification_targets(y)
    classes = np.unique(y)
    if again and set(classes) != set(net.classes_):
        raise ValueError(
            "warm_start can only be used where `y` has the same classes as in the previous "
            f"call to fit. Previously got {net.classes_}, `y` has {classes}"
        )
    if len(classes) < 2:
        raise ValueError(f"a classifier needs two classes or more, got {len(classes)} class")
    net.classes_ = classes
    samples = _weighted(net, X, y, sample_weight)

    network, random_state, rng = _begun(net, X, go_on=again)
    if net.solver == "lbfgs":
        _set_front(net, network, samples, again)
        _fit_full_batch(net, network, _past_front(net, network, samples, None)[0])
        return
    samples, held_out = _split(net, samples, X_val, y_val, random_state)
    _set_front(net, network, samples, again)
    samples, held_out = _past_front(net, network, samples, held_out)
    state = first_state(
        network, optimizer_of(net), rng, random_state, averaged=net.average_decay > 0
    )
    _fit_stream(net, network, state, samples, held_out, net.max_iter)
    epochs = getattr(net, "best_epoch_", net.n_iter_) if net.early_stopping else net.n_iter_
    net.refit_params_ = {
        "max_iter": epochs,
        "n_iter_no_change": epochs,
        "early_stopping": False,
        "schedule_epochs": net.schedule_epochs or net.max_iter,
    }
    if net.learning_rate == "adaptive":
        rates = [record["learning_rate"] for record in net.history_[-net.n_iter_ :]]
        net.refit_params_["learning_rate"] = [rate / net.learning_rate_init for rate in rates]


def partial_fit(net: MLPClassifier, X: Any, y: Any, sample_weight: Any, classes: Any) -> None:
    """One epoch more, with the optimiser's memory of the calls before."""
    check_parameters(net.get_params(deep=False))
    if net.early_stopping:
        raise ValueError("partial_fit does not support early_stopping=True")
    first = not hasattr(net, "classes_")
    if first and classes is None:
        raise ValueError("classes must be passed on the first call to partial_fit.")
    if first:
        net.classes_ = np.unique(classes)
    elif classes is not None and not np.array_equal(net.classes_, np.unique(classes)):
        raise ValueError(
            f"`classes={classes!r}` is not the same as on last call to partial_fit, "
            f"was: {net.classes_!r}"
        )
    known = hasattr(net, "coefs_")
    X, y = validate_data(net, X, y, dtype=(np.float64, np.float32), reset=not known)
    samples = _weighted(net, X, y, sample_weight)
    network, random_state, rng = _begun(net, X, go_on=known)
    _set_front(net, network, samples, known)
    samples, _ = _past_front(net, network, samples, None)
    state = first_state(
        network, optimizer_of(net), rng, random_state, averaged=net.average_decay > 0
    )
    memory = getattr(net, "_memory", None)
    if memory is not None:
        state.slots, state.average, state.rng, state.step, state.epoch = memory
        network.theta[:] = net._theta
    _fit_stream(net, network, state, samples, None, state.epoch + 1, incremental=True)
    net._memory = (state.slots, state.average, state.rng, state.step, state.epoch)


def _fit_stream(
    net: MLPClassifier,
    network: Network,
    state: TrainingState,
    samples: Part,
    held_out: Part | None,
    n_epochs: int,
    *,
    incremental: bool = False,
) -> None:
    """Train minibatch by minibatch and keep the last epoch, or the best."""
    X, labels, weights = samples
    if net.batch_size != "auto" and net.batch_size > len(X):
        warnings.warn(
            f"batch_size={net.batch_size} is larger than the {len(X)} samples, and is clipped",
            stacklevel=4,
        )
    size = min(200 if net.batch_size == "auto" else net.batch_size, len(X))
    loss = loss_of(net)
    targets = _targets(network, labels)
    if net.label_smoothing:
        targets = smooth_targets(targets, net.label_smoothing)
    transform = augmentation_of(net, X)
    stream = Stream(X, targets, weights, size, transform)
    validation = None
    if held_out is not None:
        validation = (held_out[0], _targets(network, held_out[1]), held_out[2])
    patience = Patience(net, network, state)
    budgeted = net.learning_rate in BUDGETED if isinstance(net.learning_rate, str) else True
    net.n_iter_ = 0
    resume = None
    if net.checkpoint is not None and not incremental:
        resume = Resumption(net, state, patience, X, targets, weights)
        resume.load()
    records = train(
        network,
        loss,
        optimizer_of(net),
        stream,
        state,
        settings_of(net, len(X), n_epochs),
        validation,
    )
    with closing(records):
        for record in () if resume is not None and resume.done else records:
            net.n_iter_ += 1
            net.t_ += len(X)
            net.history_.append(asdict(record))
            net.loss_ = record.loss
            net.loss_curve_.append(record.loss)
            if net.verbose:
                print(f"Iteration {net.n_iter_}, loss = {record.loss:.8f}")
            done = patience.exhausted(record) and not budgeted
            if resume is not None:
                resume.save(done)
            if done:
                break
        else:
            ended = resume is not None and resume.done
            if not (budgeted or ended or incremental or n_epochs == net.n_iter_no_change):
                warnings.warn(
                    f"Stochastic Optimizer: Maximum iterations ({n_epochs}) "
                    "reached and the optimization hasn't converged yet.",
                    ConvergenceWarning,
                    stacklevel=4,
                )
    if incremental:
        net._theta = network.theta.copy()
    if net.early_stopping and patience.best_theta is not None:
        network.theta[:] = patience.best_theta
        net.best_epoch_ = patience.best_epoch
    elif state.average is not None:
        network.theta[:] = state.average
    remember(net, network)


def _fit_full_batch(net: MLPClassifier, network: Network, samples: Part) -> None:
    X, labels, weights = samples
    targets = smooth_targets(_targets(network, labels), net.label_smoothing)
    net.loss_, net.n_iter_ = minimize_full_batch(
        network,
        loss_of(net),
        X,
        targets,
        weights,
        l2=net.alpha,
        max_iter=net.max_iter,
        max_fun=net.max_fun,
        tol=net.tol,
    )
    net.refit_params_ = {}
    remember(net, network)


def _weighted(net: MLPClassifier, X: Array, y: Array, sample_weight: Any) -> Part:
    unknown = np.setdiff1d(y, net.classes_)
    if len(unknown):
        raise ValueError(
            f"`y` has classes not in `self.classes_`. `self.classes_` has {net.classes_}. "
            f"'y' has {unknown}."
        )
    weights = combined_weights(X, y, sample_weight, net.class_weight)
    labels = np.searchsorted(net.classes_, y)
    if (weights == 0).any():
        kept = weights > 0
        return X[kept], labels[kept], weights[kept]
    return X, labels, weights


def _split(
    net: MLPClassifier, samples: Part, X_val: Any, y_val: Any, random_state: Any
) -> tuple[Part, Part | None]:
    """What is trained on, and what each epoch is measured on, if anything."""
    X, labels, _ = samples
    if (X_val is None) != (y_val is None):
        raise ValueError("X_val and y_val belong together: one of them is missing")
    if X_val is not None:
        X_val, y_val = validate_data(net, X_val, y_val, dtype=X.dtype, reset=False)
        held_labels = np.searchsorted(net.classes_, y_val)
        if not np.isin(y_val, net.classes_).all():
            strange = np.setdiff1d(y_val, net.classes_)
            raise ValueError(f"y_val has classes that y has not: {strange}")
        return samples, (X_val, held_labels, _check_sample_weight(None, X_val, dtype=X.dtype))
    if not net.early_stopping:
        return samples, None
    rows = np.arange(len(X))
    n_held = int(np.ceil(net.validation_fraction * len(X)))
    n_classes, rarest = len(net.classes_), np.bincount(labels).min(initial=len(X))
    possible = rarest >= 2 and n_held >= n_classes and len(X) - n_held >= n_classes
    trained, held = train_test_split(
        rows,
        test_size=net.validation_fraction,
        random_state=random_state,
        stratify=labels if possible else None,
    )
    if len(held) < 2:
        raise ValueError(
            "The validation set is too small. Increase 'validation_fraction' "
            "or the size of your dataset."
        )
    return tuple(a[trained] for a in samples), tuple(a[held] for a in samples)


def _targets(network: Network, labels: Array) -> Array:
    """One-hot rows; a single column for two classes and one output."""
    if network.n_out == 1:
        return labels[:, None].astype(network.dtype)
    return np.eye(network.n_out, dtype=network.dtype)[labels]


def _set_front(net: MLPClassifier, network: Network, samples: Part, known: bool) -> None:
    """Measure what stands before the network, unless an earlier fit has."""
    if not known:
        fit_front(net, network, samples[0], samples[2])


def _past_front(
    net: MLPClassifier, network: Network, samples: Part, held_out: Part | None
) -> tuple[Part, Part | None]:
    """Whiten the samples once for all epochs; augmentation needs them as they are."""
    if not net.whiten or net.image_shape is not None:
        return samples, held_out
    network.layers = network.layers[len(front_of(net, samples[0].shape[1])) :]
    samples = (through_front(net, samples[0]), *samples[1:])
    if held_out is not None:
        held_out = (through_front(net, held_out[0]), *held_out[1:])
    return samples, held_out


def _begun(
    net: MLPClassifier, X: Array, *, go_on: bool
) -> tuple[Network, np.random.RandomState, np.random.Generator]:
    """The network and its random numbers: new ones, or the weights and records so far."""
    random_state = check_random_state(net.random_state)
    rng = generator_beside(random_state)
    if not go_on:
        _forget(net)
    network = build_network(net, X.shape[1], X.dtype.type, random_state, rng, go_on=go_on)
    return network, random_state, rng


def _forget(net: MLPClassifier) -> None:
    """Start the records anew."""
    net.t_ = 0
    net.loss_curve_ = []
    net.history_ = []
    net.no_improvement_count_ = 0
    net.best_loss_ = None if net.early_stopping else np.inf
    net.validation_scores_ = [] if net.early_stopping else None
    net.best_validation_score_ = -np.inf if net.early_stopping else None
    measured = ("input_mean_", "input_scale_", "input_components_")
    for name in ("_memory", "_theta", "best_epoch_", *measured):
        if hasattr(net, name):
            delattr(net, name)
