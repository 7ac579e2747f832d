"""What a file may hold without being trusted: the closed list of estimators, and how each is kept.

An estimator is kept as its constructor's parameters and what it has learned. Everything else is
derived once more when it is read, from values that were checked here before: nothing that a file
says reaches a compiled loop by another way.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache, partial
from typing import Any, Literal

import numpy as np

from pipelines.comparison.names import CLASSIFIERS, EXTRACTORS, Entry
from pipelines.comparison.tables.parameters import MOST_THREADS
from pipelines.errors import PackingError
from pipelines.keeping.fitted import arrays, boosting, kernel, network, scaled, trees
from pipelines.keeping.fitted.checks import (
    Learned,
    array_in,
    check_keys,
    checked_array,
    classes_in,
    count_in,
    give_attributes,
    taken_attributes,
)

Place = Literal["extractor", "classifier", "any", "nowhere"]
"""Where an estimator belongs, or what may be where a value is."""

MOST_PIXELS_A_SIDE = 4096
_MOST_SIZES = 64
_MOST_CELLS = 4096
_MOST_POSITIONS = 1 << 22
_MOST_DESCRIBED = 1 << 29
_MOST_SHIFT = MOST_PIXELS_A_SIDE


@dataclass(frozen=True)
class Kept:
    """How the estimators of one class are kept.

    Parameters
    ----------
    entry : Entry
        The class, and where it is imported from.
    place : {"extractor", "classifier"}
        Where in a model it belongs.
    taken : callable
        Estimator → what it has learned: numbers, texts, lists, dicts and arrays of them, and
        estimators inside it.
    given : callable
        Takes an estimator with its parameters, and what was learned; checks all of it, and makes
        the estimator fitted.
    holds : mapping of str to place
        The parameters and learned values that are estimators themselves, and of which place.
    make : callable, optional
        Makes an estimator of its parameters. Default: the class.
    parameters : callable, optional
        Estimator → its parameters. Default: those of its constructor.
    takes : callable, optional
        Whether an estimator of the class is kept. Default: all are.
    """

    entry: Entry
    place: Place
    taken: Callable[[Any], Learned]
    given: Callable[[Any, Learned], None]
    holds: Mapping[str, Place]
    make: Callable[..., Any] | None = None
    parameters: Callable[[Any], dict[str, Any]] = lambda estimator: dict(
        estimator.get_params(deep=False)
    )
    takes: Callable[[Any], bool] = lambda _: True

    @property
    def class_name(self) -> str:
        """The name of the class, without importing it."""
        return self.entry.path.rpartition(".")[2]

    def made(self, parameters: Mapping[str, Any]) -> Any:
        """Return an estimator with these parameters, unfitted."""
        return (self.make or self.entry.kind)(**parameters)


@cache
def kept_estimators() -> dict[str, Kept]:
    """Return the closed list, by names: what a spec can name, and what is made around it."""
    of_extractor = _taken_of_extractor, _give_extractor
    by_class: dict[str, tuple[Callable[[Any], Learned], Callable[[Any, Learned], None]]] = {
        "LinearClassifier": (partial(taken_attributes, arrays=_OF_LINEAR), _give_linear),
        "KernelClassifier": (partial(taken_attributes, arrays=kernel.LEARNED), kernel.give),
        "MLPClassifier": (partial(taken_attributes, arrays=_OF_NETWORK), _give_network),
        "KNeighborsClassifier": (_taken_of_neighbours, _give_neighbours),
    }
    views = Kept(Entry("features.Views"), "extractor", *of_extractor, {"extractor": "extractor"})
    of_views = Kept(
        Entry("models.ViewsClassifier"),
        "classifier",
        partial(taken_attributes, arrays=_OF_VIEWS),
        _give_views,
        {"classifier": "classifier", "classifier_": "classifier"},
    )
    # The teacher that was fitted is not needed any more.
    taught = Kept(
        CLASSIFIERS["TaughtClassifier"],
        "classifier",
        partial(taken_attributes, arrays=_OF_TAUGHT),
        _give_taught,
        {"estimator": "classifier", "teacher": "classifier", "estimator_": "classifier"},
    )
    # What a user adds to the registries is not known to be safe, only because it has a name there.
    ours = {name: entry for name, entry in EXTRACTORS.items() if entry.path.startswith("features.")}
    return {
        **{name: Kept(entry, "extractor", *of_extractor, {}) for name, entry in ours.items()},
        **{name: Kept(CLASSIFIERS[name], "classifier", *how, {}) for name, how in by_class.items()},
        "Views": views,
        "ViewsClassifier": of_views,
        "TaughtClassifier": taught,
        **_of_sklearn(),
    }


def _of_sklearn() -> dict[str, Kept]:
    """Return the entries of scikit-learn's classifiers that can be checked."""
    how: dict[str, tuple[Callable[[Any], Learned], Callable[[Any, Learned], None]]] = {
        **{
            name: (partial(arrays.taken, axes=axes), partial(arrays.give, axes=axes))
            for name, axes in arrays.LEARNED.items()
        },
        "discriminant_analysis.QuadraticDiscriminantAnalysis": (
            arrays.taken_quadratic,
            arrays.give_quadratic,
        ),
        "neighbors.RadiusNeighborsClassifier": (_taken_of_neighbours, _give_neighbours),
        **dict.fromkeys(trees.TREES, (trees.taken_of_tree, trees.give_tree)),
        **{
            name: (trees.taken_of_forest, partial(trees.give_forest, tree=tree))
            for name, tree in trees.FORESTS.items()
        },
        "ensemble.GradientBoostingClassifier": (boosting.taken_of_boosting, boosting.give_boosting),
        "ensemble.HistGradientBoostingClassifier": (
            boosting.taken_of_histograms,
            boosting.give_histograms,
        ),
    }
    kept = {
        name.rpartition(".")[2]: Kept(Entry(f"sklearn.{name}"), "classifier", *each, {})
        for name, each in how.items()
    }
    # The short name is that of our own network.
    kept["NetworkOfSklearn"] = Kept(
        Entry("sklearn.neural_network.MLPClassifier"),
        "classifier",
        network.taken,
        network.give,
        {},
    )
    behind_a_scaler = Kept(
        Entry("sklearn.pipeline.Pipeline"),
        "classifier",
        scaled.taken,
        scaled.give,
        {"classifier": "classifier"},
        make=scaled.make_scaled,
        parameters=scaled.parameters_of,
        takes=lambda value: scaled.is_scaled(value) and kept_name(value.steps[1][1]) is not None,
    )
    return kept | {"Scaled": behind_a_scaler}


def kept_name(value: Any) -> str | None:
    """Return under which name of the list a value is kept, if it is; a subclass is not."""
    for name, kept in kept_estimators().items():
        if type(value).__name__ != kept.class_name or type(value) is not kept.entry.kind:
            continue
        inside = [getattr(value, each, None) for each in kept.holds]
        # Of a transformer of one's own it is not known what it has learned.
        own = kept.place == "extractor" and any(kept_name(each) is None for each in inside)
        return name if kept.takes(value) and not own else None
    return None


def place_of(value: Any) -> Place | None:
    """Return where an estimator of the list belongs; None for what is not of the list."""
    name = kept_name(value)
    return None if name is None else kept_estimators()[name].place


def is_fitted(estimator: Any) -> bool:
    """Return whether an estimator has learned."""
    if scaled.is_scaled(estimator):
        return is_fitted(estimator.steps[1][1])
    return any(name in vars(estimator) for name in ("n_features_out_", "classes_", "coef_"))


# Extractors


def _taken_of_extractor(extractor: Any) -> Learned:
    return {"image_shape": list(extractor.image_shape_), "arrays": extractor.learned()}


def _give_extractor(extractor: Any, learned: Learned) -> None:
    check_keys(learned, {"image_shape", "arrays"})
    shape = checked_image_shape(learned["image_shape"])
    arrays = learned["arrays"]
    if not (isinstance(arrays, dict) and all(isinstance(a, np.ndarray) for a in arrays.values())):
        raise PackingError("what an extractor has learned must be arrays")
    inside = getattr(extractor, "extractor", extractor)
    _check_work(inside, shape)
    extractor.restore(shape, arrays)


def checked_image_shape(given: Any) -> tuple[int, int, int]:
    """Return the height, width and channels of images; raise PackingError for impossible ones."""
    if not (isinstance(given, list | tuple) and len(given) == 3) or any(
        type(side) is not int for side in given
    ):
        raise PackingError(f"it wants images of an impossible shape, {str(given)[:80]}")
    height, width, channels = given
    if not (0 < height <= MOST_PIXELS_A_SIDE and 0 < width <= MOST_PIXELS_A_SIDE):
        raise PackingError(f"it wants images of an impossible shape, {(height, width, channels)}")
    if channels not in (1, 3):
        raise PackingError(f"it wants images of an impossible shape, {(height, width, channels)}")
    return height, width, channels


def _check_work(extractor: Any, shape: tuple[int, int, int]) -> None:
    """Raise PackingError if laying an extractor out could take minutes, or all of the memory."""
    from features.extraction.grid import parse_grid

    parameters = extractor.get_params(deep=False)
    sizes = parameters.get("patch_size", 1)
    sizes = list(sizes) if isinstance(sizes, list | tuple) else [sizes]
    if len(sizes) > _MOST_SIZES:
        raise PackingError(f"it names {len(sizes):,} patch sizes; at most {_MOST_SIZES} are read")
    layers = parameters.get("n_filters")
    if isinstance(layers, list | tuple) and len(layers) > _MOST_SIZES:
        raise PackingError(f"it names {len(layers):,} layers; at most {_MOST_SIZES} are read")
    if "grid" in parameters:
        grid = parameters["grid"]
        if isinstance(grid, list | tuple) and len(grid) > _MOST_SIZES:
            raise PackingError(f"its grid cannot be {str(grid)[:80]}")
        levels = parse_grid(grid)
        n_cells = sum(rows for rows, _ in levels) * sum(columns for _, columns in levels)
        if n_cells * len(sizes) > _MOST_CELLS:
            raise PackingError(f"its grid has more than {_MOST_CELLS:,} cells, {str(levels)[:80]}")
    if "patch_size" in parameters:
        stride = parameters["stride"]
        for size in sizes:
            if not (type(size) is int and type(stride) is int and size > 0 and stride > 0):
                raise PackingError(f"its patch_size is {str(size)[:20]}, stride {str(stride)[:20]}")
            n = ((shape[0] - size) // stride + 1) * ((shape[1] - size) // stride + 1)
            if n > _MOST_POSITIONS or n * size * size * shape[2] > _MOST_DESCRIBED:
                raise PackingError(f"it describes {n:,} patches of an image: too many to hold")


# Classifiers


_OF_LINEAR = frozenset({"classes_", "coef_", "intercept_"})
_OF_VIEWS = frozenset({"classifier_"})
_OF_TAUGHT = frozenset({"estimator_", "classes_"})
_FRONT = ("input_mean_", "input_scale_", "input_components_")
_WEIGHTS = {"coefs_": 2, "intercepts_": 1, "layer_parameters_": 1}
_OF_NETWORK = frozenset({"classes_", *_WEIGHTS, *_FRONT})


def _give_linear(classifier: Any, learned: Learned) -> None:
    from models.linear_classifier import RULES
    from models.parameters.rules import check

    check(classifier.get_params(deep=False), RULES)
    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    array_in(learned, "coef_", (n_classes, n_columns))
    array_in(learned, "intercept_", (n_classes,))
    give_attributes(classifier, learned, _OF_LINEAR)


def _give_network(classifier: Any, learned: Learned) -> None:
    from models.perceptron.architecture import check_weights
    from models.perceptron.recipe import Recipe
    from models.perceptron.record import Record

    n_classes, n_columns = classes_in(learned), count_in(learned, "n_features_in_")
    for name, n_axes in _WEIGHTS.items():
        if not isinstance(learned.get(name), list):
            raise PackingError(f"{name} must be a list of arrays")
        for each in learned[name]:
            checked_array(each, name, (None,) * n_axes)
    if len({each.dtype for name in _WEIGHTS for each in learned[name]}) != 1:
        raise PackingError("the weights of a network must be of one dtype")
    augment = classifier.augment or {}
    shift = augment.get("shift", 0) if isinstance(augment, dict) else None
    if type(shift) is not int or not 0 <= shift <= _MOST_SHIFT:
        raise PackingError(f"augment cannot be {str(augment)[:80]}")
    recipe = Recipe.of(vars(classifier))
    is_fronted, whitened = bool(recipe.standardize or recipe.whiten), recipe.whitened_fields
    n_turned = n_columns if whitened is None else len(whitened) * whitened.n_values
    wanted = {
        "input_mean_": (is_fronted, (n_columns,)),
        "input_scale_": (is_fronted, (n_columns,)),
        "input_components_": (bool(recipe.whiten), (n_turned, recipe.whiten)),
    }
    for name, (is_wanted, shape) in wanted.items():
        if is_wanted:
            array_in(learned, name, shape)
        elif learned.pop(name, None) is not None:
            raise PackingError(f"{name} belongs to no such network")
    give_attributes(classifier, learned, _OF_NETWORK)
    record = Record.from_attributes(vars(classifier))
    n_networks = recipe.n_networks if recipe.n_networks > 1 else None
    if type(record.n_networks) is not type(n_networks) or record.n_networks != n_networks:
        raise PackingError(f"n_networks_ must be {n_networks}, as n_networks says")
    for weights in record.networks:
        check_weights(recipe, weights, n_columns, n_classes)


def _taken_of_neighbours(classifier: Any) -> Learned:
    """Return the samples that are all it has learned, and their labels."""
    if not isinstance(classifier._fit_X, np.ndarray) or classifier.outputs_2d_:
        raise PackingError("neighbours are kept of dense samples with one label each")
    return {"X": classifier._fit_X, "y": classifier.classes_[classifier._y]}


def _give_neighbours(classifier: Any, learned: Learned) -> None:
    check_keys(learned, {"X", "y"})
    X = array_in(learned, "X", (None, None))
    y = checked_array(learned.get("y"), "y", (len(X),), kinds="iuU")
    _check_metric(classifier, X.shape[1])
    # What a fit derives of samples is derived by a fit.
    classifier.fit(X, y)


def _check_metric(classifier: Any, n_columns: int) -> None:
    """Raise PackingError for sizes that a metric's compiled loop would not look at."""
    of_column, matrix = (n_columns,), (n_columns, n_columns)
    shapes: dict[str, tuple[int, ...]] = {"p": (), "w": of_column, "V": matrix, "VI": matrix}
    if classifier.metric == "seuclidean":
        shapes["V"] = of_column
    given = classifier.metric_params
    for name, value in ({} if given is None else given).items():
        if name not in shapes:
            raise PackingError(f"metric_params has {str(name)[:20]!r}")
        values = np.asarray(value)
        if values.shape != shapes[name] or values.dtype.kind not in "fiu":
            raise PackingError(
                f"{name} of metric_params must have the shape {shapes[name]}, got {values.shape}"
            )


def _give_views(classifier: Any, learned: Learned) -> None:
    inside: Any = learned.get("classifier_")
    n_views = classifier.n_views
    if type(n_views) is not int or n_views < 1 or inside is None or not is_fitted(inside):
        raise PackingError(f"views of n_views={str(n_views)[:20]} need a fitted classifier")
    n_columns = count_in(learned, "n_features_in_")
    if n_columns != n_views * int(inside.n_features_in_):
        raise PackingError(
            f"{n_views} views of {inside.n_features_in_} columns are not {n_columns}"
        )
    learned["classes_"] = inside.classes_
    give_attributes(classifier, learned, _OF_VIEWS | {"classes_"})


def _give_taught(classifier: Any, learned: Learned) -> None:
    from models.parameters.rules import check
    from models.taught_classifier import RULES

    given, student = check(vars(classifier), RULES), learned.get("estimator_")
    n_columns = count_in(learned, "n_features_in_")
    seen = given["n_columns"] or n_columns
    if student is None or place_of(student) != "classifier" or not is_fitted(student):
        raise PackingError("a taught classifier needs a fitted student")
    if seen > n_columns or int(student.n_features_in_) != seen:
        raise PackingError(f"{seen} of {n_columns} columns are not what its student takes")
    classes_in(learned)
    if not np.array_equal(learned["classes_"], student.classes_):
        raise PackingError("a taught classifier has the classes of its student")
    give_attributes(classifier, learned, _OF_TAUGHT)


def check_parameters(name: str, parameters: Mapping[str, Any]) -> None:
    """Raise PackingError for parameters that a file cannot ask for."""
    from inspect import signature

    kept = kept_estimators()[name]
    takes = signature(kept.make or kept.entry.kind).parameters
    if unknown := [each for each in parameters if each not in takes]:
        raise PackingError(f"{name} of this version takes no {unknown[0][:40]!r}")
    if parameters.get("checkpoint") is not None:
        raise PackingError("no file says where another is written: checkpoint must be None")
    n_jobs = parameters.get("n_jobs")
    if n_jobs is not None and not (type(n_jobs) is int and -1 <= n_jobs <= MOST_THREADS):
        raise PackingError(f"n_jobs: at most {MOST_THREADS} threads, got {str(n_jobs)[:20]}")
