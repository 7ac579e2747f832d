"""The default comparison, written with scikit-learn and scikit-image alone but for the patches."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage.feature import hog
from sklearn.cluster import KMeans
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import train_test_split
from sklearn.neighbors import KNeighborsClassifier
from sklearn.neural_network import MLPClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from threadpoolctl import threadpool_limits

from data import Dataset
from features import BagOfVisualWords
from features.words.learning.codebook import CODEBOOKS

Matrix = NDArray[np.floating[Any]]
Labels = NDArray[np.int64]
Of = Mapping[str, Any]


def grid(dataset: Dataset, spec: Of) -> dict[tuple[str, str], Labels]:
    """Return the predictions (n_seeds, n_test) of every cell of the default spec."""
    found: dict[tuple[str, str], list[Labels]] = {}
    with threadpool_limits(1):  # most products are small
        for seed in spec["seeds"]:
            for features, (train, test) in _features(dataset, spec["features"], seed).items():
                for model, options in spec["models"].items():
                    predict = _fitted(options, train, dataset.labels_train, seed)
                    found.setdefault((features, model), []).append(predict(test))
    return {name: np.stack(each) for name, each in found.items()}


def _features(dataset: Dataset, wanted: Of, seed: int) -> dict[str, tuple[Matrix, Matrix]]:
    made: dict[str, tuple[Matrix, Matrix]] = {}
    for name, options in wanted.items():
        if parts := options.get("union"):
            both = zip(*(made[part] for part in parts), strict=True)
            train, test = (np.hstack(each) for each in both)
        else:
            of_images = _EXTRACTORS[options["extractor"]](dataset, options, seed)
            train, test = of_images(dataset.images_train), of_images(dataset.images_test)
        made[name] = train, test
    return made


OfImages = Callable[[NDArray[np.uint8]], Matrix]


def _raw(dataset: Dataset, options: Of, seed: int) -> OfImages:
    return lambda images: images.reshape(len(images), -1) / 255


def _color(dataset: Dataset, options: Of, seed: int) -> OfImages:
    def shares(image: NDArray[np.uint8]) -> Matrix:
        pixels = image.reshape(-1, 3)
        counts = np.histogramdd(pixels, bins=options["bins"], range=[(0, 256)] * 3)[0]
        return np.asarray(np.sqrt(counts.ravel() / len(pixels)))

    return lambda images: np.stack([shares(image) for image in images])


def _hog(dataset: Dataset, options: Of, seed: int) -> OfImages:
    return lambda images: np.stack(
        [hog(image, cells_per_block=(2, 2), channel_axis=-1) for image in images]
    )


def _words(dataset: Dataset, options: Of, seed: int) -> OfImages:
    """Patches, whitening and codes are ours; the words are those of scikit-learn."""
    own = {key: value for key, value in options.items() if key != "extractor"}
    CODEBOOKS["scikit-learn"] = _scikit_learns_words
    try:
        bag = BagOfVisualWords(**own, codebook="scikit-learn", random_state=seed)
        return bag.fit(dataset.images_train).transform
    finally:
        del CODEBOOKS["scikit-learn"]


def _scikit_learns_words(
    vectors: NDArray[np.float32],
    n_words: int,
    rng: np.random.Generator,
    *,
    n_iterations: int,
    **_: Any,
) -> NDArray[np.float32]:
    seed = int(rng.integers(2**31))
    means = KMeans(n_words, n_init=1, max_iter=n_iterations, random_state=seed)
    # No warning that it has not converged: it has as many rounds as ours.
    return np.asarray(means.fit(vectors).cluster_centers_, dtype=np.float32)


_EXTRACTORS: dict[str, Callable[[Dataset, Of, int], OfImages]] = {
    "RawPixels": _raw,
    "ColorHistogram": _color,
    "HOG": _hog,
    "BagOfVisualWords": _words,
}


def _fitted(options: Of, X: Matrix, y: Labels, seed: int) -> Callable[[Matrix], Labels]:
    """Return the prediction of a classifier after choosing on a tenth and fitting on all."""
    make = _CLASSIFIERS[options["classifier"]]
    (values,) = options.get("choose", {"": [None]}).values()
    best = values[0]
    if len(values) > 1:
        fit, check = train_test_split(
            np.arange(len(y)), test_size=0.1, stratify=y, random_state=seed
        )
        scores = [
            make(options, value, len(fit), seed).fit(X[fit], y[fit]).score(X[check], y[check])
            for value in values
        ]
        best = values[int(np.argmax(scores))]
    return make(options, best, len(y), seed).fit(X, y).predict  # type: ignore[no-any-return]


def _linear(options: Of, alpha: float, n: int, seed: int) -> Any:
    """Return the same loss and penalty: scikit-learn's C multiplies a sum over the images."""
    regression = LogisticRegression(C=1 / (alpha * n), max_iter=1000)
    return make_pipeline(StandardScaler(), regression)


def _network(options: Of, chosen: None, n: int, seed: int) -> Any:
    """Return scikit-learn's defaults with as many units and epochs."""
    network = MLPClassifier(
        tuple(options["hidden_layer_sizes"]), max_iter=options["max_iter"], random_state=seed
    )
    return make_pipeline(StandardScaler(), network)


def _neighbors(options: Of, n_neighbors: int, n: int, seed: int) -> Any:
    return KNeighborsClassifier(n_neighbors)


_CLASSIFIERS: dict[str, Callable[[Of, Any, int, int], Any]] = {
    "LinearClassifier": _linear,
    "MLPClassifier": _network,
    "KNeighborsClassifier": _neighbors,
}
