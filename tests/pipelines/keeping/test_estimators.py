"""What a file says of an estimator is checked before it is used; each attack here is one edit."""

from __future__ import annotations

import tracemalloc
import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.exceptions import ConvergenceWarning
from sklearn.neighbors import KNeighborsClassifier

from data import Dataset
from features import (
    HOG,
    VLAD,
    BagOfVisualWords,
    ColorHistogram,
    ConvolutionalKernelNetwork,
    CoOccurrence,
    FisherVector,
    LocalBinaryPatterns,
    RawPixels,
    Views,
)
from models import (
    KernelClassifier,
    LinearClassifier,
    MLPClassifier,
    TaughtClassifier,
    ViewsClassifier,
)
from pipelines.errors import PackingError
from pipelines.keeping.packing import pack, unpack
from tests.pipelines.keeping.fitted.round_trip import edited

Index = dict[str, Any]
Arrays = list[Any]

NET = MLPClassifier((4,), norm="batch", standardize=True, whiten=6, max_iter=1, random_state=0)
ESTIMATORS: dict[str, Any] = {
    "raw": RawPixels(),
    "color": ColorHistogram(bins=2, grid=(2, 2)),
    "hog": HOG(pixels_per_cell=(4, 4)),
    "words": BagOfVisualWords(n_words=4, patch_size=3),
    "layers": ConvolutionalKernelNetwork(n_filters=(3, 4), whitening_size=3),
    "fisher": FisherVector(n_components=2, descriptor="patches", patch_size=3, n_dimensions=5),
    "vlad": VLAD(n_words=2, descriptor="patches", patch_size=3, n_dimensions=5),
    "patterns": LocalBinaryPatterns(radius=[1, 2], n_points=[8, 16]),
    "co-occurrence": CoOccurrence(levels=4),
    "views": Views(RawPixels(), n_views=10, shift=2),
    "linear": LinearClassifier(),
    "taught": TaughtClassifier(
        MLPClassifier((4,), max_iter=1, random_state=0), LinearClassifier(), n_columns=8
    ),
    "kernel": KernelClassifier(n_cells=2),
    "components": KernelClassifier(whiten=6),
    "net": NET,
    "several nets": MLPClassifier(
        (4, 3), ["relu", "identity"], mixup=0.1, max_iter=1, n_networks=2, random_state=0
    ),
    "squares": MLPClassifier(
        (3, 2),
        receptive_fields=[(2, 1)],
        image_shape=(4, 5, 1),
        whiten=3,
        max_iter=1,
        random_state=0,
    ),
    "neighbours": KNeighborsClassifier(algorithm="brute"),
    "two views": ViewsClassifier(LinearClassifier(), n_views=2),
}


@pytest.fixture(scope="module")
def packed(tiny: Dataset) -> dict[str, bytes]:
    X = (tiny.images_train.reshape(60, -1) / 255).astype(np.float32)[:, :20]
    kept = {}
    for name, estimator in ESTIMATORS.items():
        given = (tiny.images_train,) if hasattr(estimator, "transform") else (X, tiny.labels_train)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", ConvergenceWarning)  # one epoch
            kept[name] = pack(estimator.fit(*given))
    return kept


def parameter(name: str, value: Any) -> Callable[[Index, Arrays], None]:
    return lambda index, _: index["parameters"].update({name: value})


def learned(name: str, value: Any) -> Callable[[Index, Arrays], None]:
    return lambda index, _: index["learned"].update({name: value})


def array(number: int, change: Callable[[Any], Any]) -> Callable[[Index, Arrays], None]:
    def edit(_: Index, arrays: Arrays) -> None:
        arrays[number] = change(arrays[number])

    return edit


def with_nan(values: Any) -> Any:
    changed = values.copy()
    changed.flat[0] = np.nan
    return changed


SHAPES = ([8, 8], [8, 8, 2], [0, 8, 3], [-8, 8, 3], [True, 8, 3], [8.0, 8, 3], "883", [10**9, 8, 3])
PAIR = {"tuple": [4, 4]}

ATTACKS: dict[str, list[Callable[[Index, Arrays], None]]] = {
    "raw": [
        *(learned("image_shape", shape) for shape in SHAPES),
        learned("image_shape", None),
        learned("more", 1),
        learned("arrays", []),
        learned("arrays", {"dict": [["a", 1]]}),
        lambda index, _: index["learned"].pop("arrays"),
        lambda index, _: index.update(more=1),
        lambda index, _: index.update(learned=3),
        lambda index, _: index.update(extractor="LinearClassifier"),
        lambda index, _: index.update(extractor=["RawPixels"]),
        parameter("n_jobs", 10**6),
        parameter("n_jobs", True),
        parameter("more", 1),
        parameter("self", 1),
    ],
    "color": [
        parameter("grid", {"tuple": [8, 9]}),
        parameter("grid", {"tuple": [0, 1]}),
        parameter("grid", {"tuple": [-1, -1]}),
        parameter("grid", [PAIR] * 2),
        parameter("grid", [[1, 2]] * 5_000),
        parameter("grid", {"tuple": [100_000, 100_000]}),
        parameter("bins", 257),
        parameter("bins", -1),
        parameter("bins", 10**9),
        parameter("color_space", "none"),
        parameter("color_space", ["rgb"]),
        parameter("soft", "false"),
        learned("_boxes", [[0, 10**6, 0, 10**6]]),
    ],
    "hog": [
        parameter("orientations", 256),
        parameter("orientations", 0),
        parameter("pixels_per_cell", {"tuple": [0, 1]}),
        parameter("pixels_per_cell", {"tuple": [9, 9]}),
        parameter("pixels_per_cell", {"tuple": [-4, -4]}),
        parameter("cells_per_block", {"tuple": [3, 1]}),
        parameter("block_norm", 2),
        learned("_cell", PAIR),
        learned("arrays", {"dict": [["_cell", {"array": 0}]]}),
        lambda index, _: index["parameters"].update(
            n_jobs={"classifier": "LinearClassifier", "parameters": {}}
        ),
    ],
    "words": [
        array(0, lambda words: words[:, :-1]),
        array(0, lambda words: words.astype(np.float64)),
        array(0, lambda words: words[:0]),
        array(0, lambda words: words[0]),
        array(0, with_nan),
        array(1, lambda mean: mean[:-1]),
        array(2, lambda matrix: matrix[:, :-1]),
        array(2, lambda matrix: matrix * np.inf),
        parameter("patch_size", 4),
        parameter("patch_size", [3, 4]),
        parameter("patch_size", []),
        parameter("patch_size", 0),
        parameter("patch_size", 9),
        parameter("patch_size", 2**40),
        parameter("patch_size", [[3]]),
        parameter("stride", 0),
        parameter("stride", -1),
        parameter("grid", {"tuple": [7, 7]}),
        parameter("grid", {"tuple": [2000, 2000]}),
        parameter("window", 99),
        parameter("window", -1),
        parameter("encoding", "none"),
        parameter("encoding_options", {"dict": [["more", 1]]}),
        parameter("threshold", float("nan")),
        learned("arrays", {"dict": []}),
        learned("pooling", {"dict": []}),
    ],
    "layers": [
        parameter("subsampling", [2, 2**22]),
        parameter("subsampling", [2**13, 2**13]),
        parameter("n_filters", [3]),
        parameter("n_filters", [3, 10**9]),
        parameter("patch_sizes", 10**9),
        parameter("whitening_size", 10**9 + 1),
        parameter("sigmas", float("nan")),
        array(0, with_nan),
    ],
    "fisher": [
        array(0, with_nan),
        array(1, lambda matrix: matrix[:, :-1]),
        array(2, lambda weights: -weights),
        array(2, lambda weights: weights[:-1]),
        array(3, lambda means: means[:, :-1]),
        array(4, lambda variances: variances * 0),
        parameter("n_dimensions", 4),
        parameter("n_dimensions", 10**9),
        parameter("power", 0),
    ],
    "views": [
        parameter("n_views", 3),
        parameter("n_views", 10**9),
        parameter("shift", 8),
        parameter("shift", -1),
        parameter("extractor", None),
        parameter("extractor", {"classifier": "LinearClassifier", "parameters": {}}),
        parameter("extractor", [{"extractor": "RawPixels", "parameters": {}}]),
        lambda index, _: index["parameters"].update(
            extractor={"extractor": "Views", "parameters": dict(index["parameters"])}
        ),
    ],
    "linear": [
        array(0, lambda classes: classes[::-1]),
        array(0, lambda classes: classes[:1]),
        array(0, lambda classes: classes.astype(np.float64)),
        array(0, lambda classes: classes[[0, 0, 1]]),
        array(1, lambda coef: coef[:-1]),
        array(1, lambda coef: coef[:, :-1]),
        array(1, lambda coef: coef.astype(np.float16)),
        array(1, lambda coef: coef.astype(np.complex128)),
        array(1, with_nan),
        array(2, lambda intercept: intercept[:-1]),
        array(2, lambda intercept: intercept * np.inf),
        learned("n_features_in_", 10**9),
        learned("n_features_in_", -1),
        learned("n_features_in_", True),
        learned("coef_", [[1.0]]),
        learned("more_", {"array": 0}),
        learned("predict", 1),
        learned("__class__", "x"),
        learned("_memory", 1),
        learned("more", 1),
        lambda index, _: index["learned"].pop("classes_"),
        parameter("loss", "none"),
        parameter("loss", {"dict": []}),
        parameter("standardize", "false"),
        parameter("alpha", float("nan")),
        parameter("max_iter", True),
    ],
    "net": [
        array(1, lambda coef: coef[:-1]),
        array(1, lambda coef: coef.astype(np.float64)),
        array(1, with_nan),
        array(2, lambda coef: coef.T),
        array(3, lambda intercept: intercept[:-1]),
        array(5, lambda statistic: statistic[:-1]),
        parameter("hidden_layer_sizes", {"tuple": [10**9]}),
        parameter("hidden_layer_sizes", {"tuple": [4, 4]}),
        parameter("hidden_layer_sizes", {"tuple": []}),
        parameter("hidden_layer_sizes", [-1]),
        parameter("activation", "maxout"),
        parameter("activation", "none"),
        parameter("norm", None),
        parameter("norm", "layer"),
        parameter("whiten", 7),
        parameter("whiten", None),
        parameter("whiten", 10**9),
        parameter("loss", "none"),
        parameter("image_shape", {"tuple": [10**4, 10**4, 3]}),
        parameter("augment", {"dict": [["shift", 10**12]]}),
        parameter("augment", "x"),
        parameter("checkpoint", "somewhere"),
        parameter("n_networks", 2),
        parameter("n_networks", 10**9),
        *(learned("n_networks_", value) for value in (2, 10**9, 0, True, "x")),
        learned("coefs_", []),
        learned("coefs_", {"array": 1}),
        learned("layer_parameters_", []),
        learned("input_mean_", None),
        lambda index, _: index["learned"].pop("input_components_"),
        lambda index, _: index["learned"]["intercepts_"].pop(),
    ],
    "several nets": [
        array(6, lambda coef: coef[:-1]),
        *(parameter("n_networks", value) for value in (1, 3, 4, 10**9, 0, True)),
        *(learned("n_networks_", value) for value in (1, 3, 10**9, None)),
        lambda index, _: index["learned"].pop("n_networks_"),
        lambda index, _: index["learned"]["coefs_"].pop(),
        lambda index, _: index["learned"]["intercepts_"].pop(),
        parameter("activation", {"tuple": ["relu", "maxout"]}),
        parameter("activation", ["relu"]),
        parameter("activation", [["relu"], "relu"]),
        parameter("mixup", -1),
    ],
    "squares": [
        *(array(number, lambda a: a[:-1]) for number in range(1, 8)),
        *(parameter("receptive_fields", [value]) for value in ([2, 2], [3, 1], [2, 10**12])),
        *(parameter("receptive_fields", value) for value in (None, [], "x", [[2, 1], [2, 1]])),
        *(parameter("image_shape", {"tuple": [*value, 1]}) for value in ((2, 10), (10**9, 5))),
        *(parameter("whiten", value) for value in (None, 2, 5, 10**12)),
    ],
    "taught": [
        *(parameter("n_columns", value) for value in (7, 21, None, True)),
        parameter("share", 2),
        parameter("estimator", None),
        parameter("teacher", "x"),
        learned("n_features_in_", 7),
        learned("estimator_", None),
        learned("teacher_", {"array": 0}),
        learned("classes_", {"array": 1}),
        lambda index, _: index["learned"].pop("estimator_"),
        lambda index, _: index["learned"]["estimator_"].pop("learned"),
    ],
    "kernel": [
        *(array(number, with_nan) for number in range(1, 6)),
        *(array(number, lambda a: a[:-1]) for number in range(6)),
        *(array(number, lambda a: a.astype(np.float64)) for number in range(1, 6)),
        *(learned("gamma_", value) for value in (-1.0, 0.0, "x", None, 1)),
        learned("rows_", {"array": 3}),
        learned("input_components_", {"array": 1}),
        learned("squares", 1),
        lambda index, _: index["learned"].pop("intercept_"),
        parameter("kernel", "none"),
        parameter("kernel", ["rbf"]),
        parameter("degree", 10**9),
        parameter("coef0", "x"),
        parameter("n_cells", 3),
        parameter("n_cells", 0),
        parameter("n_cells", 10**12),
        parameter("whiten", 6),
        parameter("whiten", 10**12),
    ],
    "components": [
        lambda index, _: index["learned"].pop("input_components_"),
        array(6, lambda a: a[:, :-1]),
        array(6, with_nan),
        parameter("n_cells", 2),
        parameter("whiten", None),
    ],
    "neighbours": [
        array(0, with_nan),
        array(0, lambda X: X[:-1]),
        array(0, lambda X: X[:, 0]),
        array(1, lambda y: y[:, None]),
        array(1, lambda y: y.astype(np.float64)),
        parameter("metric", "none"),
        parameter("metric", {"array": 1}),
        parameter("n_neighbors", -1),
        parameter("leaf_size", -1),
        parameter("metric_params", {"dict": [["VI", [[1.0]]]]}),
        parameter("metric_params", {"dict": [["V", [[1.0]]]]}),
        parameter("metric_params", {"dict": [["w", [1.0]]]}),
        parameter("metric_params", {"dict": [["p", [1.0]]]}),
        parameter("metric_params", {"dict": [["func", "eval"]]}),
        parameter("metric_params", [1]),
        learned("_y", {"array": 1}),
        learned("classes_", {"array": 1}),
    ],
    "two views": [
        parameter("n_views", 3),
        parameter("n_views", 0),
        learned("n_features_in_", 21),
        learned("classifier_", None),
        learned("classifier_", {"extractor": "RawPixels", "parameters": {}}),
        learned("classifier_", {"classifier": "LinearClassifier", "parameters": {}}),
        lambda index, _: index["learned"]["classifier_"]["learned"].update(n_features_in_=9),
    ],
}


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize(
    ("name", "attack"),
    [
        pytest.param(name, edit, id=f"{name} {number}")
        for name, edits in ATTACKS.items()
        for number, edit in enumerate(edits)
    ],
)
def test_an_edited_file_is_refused_and_takes_no_memory(
    packed: dict[str, bytes], name: str, attack: Callable[[Index, Arrays], None]
) -> None:
    content = edited(packed[name], attack)
    tracemalloc.start()
    try:
        with pytest.raises(PackingError):
            unpack(content)
        assert tracemalloc.get_traced_memory()[1] < 50_000_000
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize("name", ESTIMATORS)
def test_the_same_edit_without_a_change_is_read(packed: dict[str, bytes], name: str) -> None:
    assert type(unpack(edited(packed[name], lambda *_: None))) is type(ESTIMATORS[name])


def test_a_network_is_no_larger_than_its_weights(packed: dict[str, bytes]) -> None:
    """Shapes are compared before a network of the sizes that the file names is built."""

    def large(index: Index, arrays: Arrays) -> None:
        index["parameters"]["hidden_layer_sizes"] = [2**40]

    with pytest.raises(PackingError, match="coefs_ must have the shapes"):
        unpack(edited(packed["net"], large))


def test_layers_are_counted_before_they_are_laid_out(packed: dict[str, bytes]) -> None:
    def many(index: Index, _: Arrays) -> None:
        index["parameters"].update(n_filters=[1] * 9_000, subsampling=[1] * 9_000)

    with pytest.raises(PackingError, match="it names 9,000 layers; at most 64 are read"):
        unpack(edited(packed["layers"], many))


def test_generators_and_checkpoints_stay_behind(tiny: Dataset) -> None:
    words = BagOfVisualWords(n_words=4, random_state=np.random.default_rng(0))
    assert unpack(pack(words.fit(tiny.images_train))).random_state is None
    assert unpack(pack(MLPClassifier(checkpoint="x", random_state=1))).checkpoint is None
