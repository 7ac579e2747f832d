"""A fitted pairing of extractors and a classifier, as one scikit-learn classifier of images."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

import numpy as np
import numpy.typing as npt
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils.metaestimators import available_if

from data.errors import as_one_line
from data.pixels.images import read_image
from data.pixels.resizing import Fit
from data.telling.notebook import html_table
from pipelines.errors import SavedModelError
from pipelines.predicting.nearest import is_election, shares_of_votes
from pipelines.running.cells.contract import goes_by_rows, names_the_largest, scores_pairs
from pipelines.running.cells.predicting import ROWS, by_rows, labels_of
from pipelines.running.environment import pinned_threads
from pipelines.running.tasks import features_of, side_by_side

_IMAGES_AT_ONCE = 256
_TILES_AT_ONCE = 8
_PIXEL_BYTES_AT_ONCE = 1 << 28


def _has_probabilities(model: SavedModel) -> bool:
    return hasattr(model.classifier, "predict_proba")


class SavedModel(ClassifierMixin, BaseEstimator):
    """A fitted pairing: extractors, whose columns stand side by side, and a classifier.

    It is a scikit-learn classifier of images that is fitted for good, as one in a
    `sklearn.frozen.FrozenEstimator` is: `fit` changes nothing, and `clone` returns the model.

    Parameters
    ----------
    title : str
        The title of the comparison.
    features, model : str
        The names of the pairing.
    class_names : tuple of str
        What its labels mean.
    image_shape : (int, int, int)
        Height, width and channels of the images that it was fitted to.
    extractors : tuple of transformer
        The fitted extractors, whose columns stand side by side.
    classifier : classifier
        Fitted to these columns.
    image_fit : {"stretch", "crop", "pad"}, default "stretch"
        How files of other proportions are brought to the size of the images.

    Examples
    --------
    >>> from features import RawPixels
    >>> from models import LinearClassifier
    >>> images = np.zeros((4, 2, 2, 3), np.uint8)
    >>> images[2:] = 255
    >>> raw = RawPixels().fit(images)
    >>> model = SavedModel(
    ...     title="tiny",
    ...     features="raw",
    ...     model="linear",
    ...     class_names=("night", "day"),
    ...     image_shape=(2, 2, 3),
    ...     extractors=(raw,),
    ...     classifier=LinearClassifier().fit(raw.transform(images), [0, 0, 1, 1]),
    ... )
    >>> model
    <SavedModel raw × linear of 'tiny': 2 classes, images of 2×2×3>
    >>> model.predict(images)
    array([0, 0, 1, 1])
    >>> [model.class_names_[label] for label in model.predict(images[1:3])]
    ['night', 'day']
    >>> model.score(images, [0, 0, 1, 1])
    1.0
    """

    def __init__(
        self,
        *,
        title: str,
        features: str,
        model: str,
        class_names: tuple[str, ...],
        image_shape: tuple[int, int, int],
        extractors: tuple[Any, ...],
        classifier: Any,
        image_fit: Fit = "stretch",
    ) -> None:
        self.title = title
        self.features = features
        self.model = model
        self.class_names = class_names
        self.image_shape = image_shape
        self.extractors = extractors
        self.classifier = classifier
        self.image_fit = image_fit

    def __repr__(self) -> str:
        """Return which pairing it is, of which images, on one line."""
        size = "×".join(map(str, self.image_shape))
        return (
            f"<SavedModel {self.features} × {self.model} of {self.title!r}: "
            f"{len(self.class_names)} classes, images of {size}>"
        )

    __str__ = __repr__

    def _repr_html_(self) -> str:
        rows = [
            ("features", self.features),
            ("extractors", ", ".join(map(str, self.extractors))),
            ("model", self.model),
            ("classifier", str(self.classifier)),
            ("images", "×".join(map(str, self.image_shape))),
            ("classes", ", ".join(self.class_names)),
        ]
        return html_table(f"Saved model of {self.title!r}", rows)

    def _repr_mimebundle_(self, **_options: Any) -> dict[str, str]:
        return {"text/plain": repr(self), "text/html": self._repr_html_()}

    @property
    def classes_(self) -> npt.NDArray[np.int64]:
        """The labels that it can predict, 0 … n_classes - 1."""
        return np.arange(len(self.class_names))

    @property
    def class_names_(self) -> tuple[str, ...]:
        """What the labels mean."""
        return self.class_names

    @property
    def features_(self) -> str:
        """The name of its features in the comparison."""
        return self.features

    @property
    def model_(self) -> str:
        """The name of its classifier in the comparison."""
        return self.model

    def __sklearn_is_fitted__(self) -> bool:
        return True

    def __sklearn_clone__(self) -> Self:
        return self

    def __sklearn_tags__(self) -> Any:
        tags = super().__sklearn_tags__()
        tags.input_tags.two_d_array = False
        return tags

    def fit(self, X: Any, y: Any = None) -> Self:
        """Return the model as it is: it is fitted for good.

        Parameters
        ----------
        X : object
            Not used.
        y : object, optional
            Not used.

        Returns
        -------
        SavedModel
            The model itself.
        """
        return self

    def predict(self, X: Any) -> npt.NDArray[np.int64]:
        """Return the label of each image; `class_names_[label]` is its class.

        Parameters
        ----------
        X : uint8 array (n, height, width, channels), or sequence of images or of paths
            Images of other sizes are resized to `image_shape`, grey ones become colour ones and
            colour ones grey, as the command `preconv predict` does it.

        Returns
        -------
        int64 array (n,)
            The labels, as the comparison had them.

        Raises
        ------
        SavedModelError
            If X holds no images, or an extractor or the classifier cannot take them.
        """
        found = [self._labels(images) for images in self._batches(X)]
        return np.concatenate(found) if found else np.zeros(0, np.int64)

    @available_if(_has_probabilities)
    def predict_proba(self, X: Any) -> npt.NDArray[np.float64]:
        """Return the probability of each class for each image; 0 for a class that it never saw.

        A model whose classifier has no probabilities has no such method.

        Parameters
        ----------
        X : uint8 array (n, height, width, channels), or sequence of images or of paths
            As for `predict`.

        Returns
        -------
        float64 array (n, n_classes)
            The probabilities, a column for each entry of `classes_`.

        Raises
        ------
        SavedModelError
            If X holds no images, or an extractor or the classifier cannot take them.
        """
        found = [self.scores(images)[0] for images in self._batches(X)]
        return np.concatenate(found) if found else np.zeros((0, len(self.class_names)))

    def read(self, path: str | Path | bytes) -> npt.NDArray[np.uint8]:
        """Return the image in a file as this model takes it.

        Parameters
        ----------
        path : str, Path or bytes
            An image file, or its content.

        Returns
        -------
        uint8 array (height, width, channels)
            Its pixels, resized to the model's `image_shape`.

        Raises
        ------
        DataError
            If the file is no image.
        """
        height, width, channels = self.image_shape
        return read_image(path, (height, width), channels, self.image_fit)

    def scores(self, images: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float64], bool]:
        """Return a score for each image and class, and whether scores are probabilities.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the model's `image_shape`.

        Returns
        -------
        scores : float64 array (n, n_classes)
            Probabilities, or values of the decision function, or 1 for the predicted class and 0
            for the others.
        are_probabilities : bool
            Whether they are probabilities.

        Raises
        ------
        SavedModelError
            If an extractor or the classifier cannot take these images, or scores them with what
            is no number.
        """
        with self._predicting():
            scores = self._scores(self._columns(images))
        return self._checked(scores)

    def labels_and_scores(
        self, images: npt.NDArray[np.uint8]
    ) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.float64], bool]:
        """Return what `predict` and what `scores` say of the same images.

        The label of an image need not be that of its largest score: some classifiers measure
        otherwise for one than for the other.

        Parameters
        ----------
        images : uint8 array (n, height, width, channels)
            Images of the model's `image_shape`.

        Returns
        -------
        labels : int64 array (n,)
            As of `predict`.
        scores : float64 array (n, n_classes)
            As of `scores`.
        are_probabilities : bool
            Whether they are probabilities.

        Raises
        ------
        SavedModelError
            As for `scores`.
        """
        with self._predicting():
            columns = self._columns(images)
            scores, are_probabilities = self._scores(columns)
            if self._takes_the_largest():
                labels = scores.argmax(axis=1)
            else:
                labels = self._labels_of(columns)
        return labels, *self._checked((scores, are_probabilities))

    def _checked(
        self, scores: tuple[npt.NDArray[np.float64], bool]
    ) -> tuple[npt.NDArray[np.float64], bool]:
        # A class that no training image showed has the score -inf; no class has none.
        if np.isnan(scores[0]).any() or np.isposinf(scores[0]).any():
            raise SavedModelError(
                f"{self.features} × {self.model} cannot predict: its scores are no numbers; its "
                "weights are out of all proportion, so make it again"
            )
        return scores

    def images_at_once(self) -> int:
        """Return how many images are looked at together, so that they fit into memory.

        Returns
        -------
        int
            One or more.
        """
        of_one = max(1, math.prod(self.image_shape))
        most = _TILES_AT_ONCE * ROWS if goes_by_rows(self.classifier) else _IMAGES_AT_ONCE
        return max(1, min(most, _PIXEL_BYTES_AT_ONCE // of_one))

    def _columns(self, images: npt.NDArray[np.uint8]) -> Any:
        return side_by_side([features_of(each, images) for each in self.extractors])

    def _labels(self, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.int64]:
        with self._predicting():
            return self._labels_of(self._columns(images))

    def _labels_of(self, columns: Any) -> npt.NDArray[np.int64]:
        if is_election(self.classifier):
            chosen = shares_of_votes(self.classifier, columns).argmax(axis=1)
            labels = np.asarray(self.classifier.classes_)[chosen]
        else:
            labels = np.asarray(labels_of(self.classifier, columns))
        if labels.shape != (len(columns),) or not self._are_labels(labels):
            raise ValueError(f"its classifier answers {str(labels)[:40]}, which are no labels")
        return np.asarray(labels, dtype=np.int64)

    def _takes_the_largest(self) -> bool:
        """Return whether the label is that of the largest score, or the score only the label."""
        model = self.classifier
        has_scores = hasattr(model, "decision_function") and not scores_pairs(model)
        has_scores = has_scores or hasattr(model, "predict_proba")
        return not has_scores or is_election(model) or names_the_largest(model)

    def _are_labels(self, labels: npt.NDArray[Any]) -> bool:
        if labels.dtype.kind not in "iu":
            return bool(np.isin(labels, self.classes_).all())
        return bool(((labels >= 0) & (labels < len(self.class_names))).all())

    def _scores(self, X: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float64], bool]:
        table = np.zeros((len(X), len(self.class_names)))
        classes = np.asarray(self.classifier.classes_)
        if is_election(self.classifier):
            table[:, classes] = shares_of_votes(self.classifier, X)
            return table, True
        if hasattr(self.classifier, "predict_proba"):
            table[:, classes] = by_rows(self.classifier.predict_proba, self.classifier, X)
            return table, True
        if hasattr(self.classifier, "decision_function") and not scores_pairs(self.classifier):
            found = np.asarray(self.classifier.decision_function(X))
            table -= np.inf
            table[:, classes] = np.column_stack([-found, found]) if found.ndim == 1 else found
            return table, False
        table[np.arange(len(X)), self.classifier.predict(X)] = 1
        return table, False

    def _batches(self, X: Any) -> Iterator[npt.NDArray[np.uint8]]:
        """Yield some images at a time, as this model takes them."""
        is_sequence = isinstance(X, Sequence) and not isinstance(X, (str, bytes))
        if not is_sequence:
            X = np.asarray(X)
            if X.ndim != 4:
                _refuse(X)
        n = self.images_at_once()
        for start in range(0, len(X), n):
            some = X[start : start + n]
            if is_sequence:
                yield np.concatenate([self._one(each) for each in some])
            else:
                yield self._as_taken(some)

    def _one(self, image: Any) -> npt.NDArray[np.uint8]:
        if isinstance(image, (str, Path)):
            return self.read(image)[None]
        return self._as_taken(np.asarray(image)[None])

    def _as_taken(self, images: npt.NDArray[Any]) -> npt.NDArray[np.uint8]:
        """Return images in the size and with the channels that the model was fitted to."""
        from PIL import Image

        from data.pixels.resizing import resized_batch

        height, width, channels = self.image_shape
        if images.ndim != 4 or images.dtype != np.uint8 or images.shape[3] not in (1, 3):
            _refuse(images)
        if 0 in images.shape[1:]:
            _refuse(images)
        if images.shape[1:3] != (height, width):
            images = resized_batch(images, (height, width), self.image_fit)
        if images.shape[3] == channels:
            return images
        if channels == 3:
            return np.repeat(images, 3, axis=3)
        grey = [np.asarray(Image.fromarray(image).convert("L")) for image in images]
        return np.stack(grey)[..., None]

    @contextmanager
    def _predicting(self) -> Iterator[None]:
        """Fix the threads; what extractors and the classifier raise is an error of the model."""
        try:
            with pinned_threads():
                yield
        except Exception as error:
            raise SavedModelError(
                f"{self.features} × {self.model} cannot predict: {as_one_line(error)}"
            ) from error


def _refuse(given: npt.NDArray[Any]) -> None:
    raise SavedModelError(
        "images must be uint8 (n, height, width, 1 or 3), got "
        f"{given.dtype} {given.shape}; one image is images[None]"
    )
