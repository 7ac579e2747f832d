"""The best pairing of a comparison, in a file without pickle, and its predictions of new images."""

from __future__ import annotations

import math
import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data import DataError
from data.errors import as_one_line
from data.images import read_image
from data.resizing import Fit
from data.whole_file import write_whole
from pipelines.comparison.plan import seeded
from pipelines.errors import ModelError, PackingError
from pipelines.keeping.estimators import checked_image_shape, place_of
from pipelines.keeping.packing import is_of_older_version, pack, unpack, unpack_own
from pipelines.record.report import CellName
from pipelines.running.environment import pinned_threads
from pipelines.running.learning import images_to_learn
from pipelines.running.results import Results
from pipelines.running.tasks import features_of, side_by_side

LAYOUT = 3
"""Which version of the fields and classes a model file has."""

_LARGEST_BYTES = 2 * 2**30
_IMAGES_AT_ONCE = 256
_PIXEL_BYTES_AT_ONCE = 1 << 28
_OTHER_VERSION = (
    "it is a model of another version of preconv; make it again, with the same spec, by "
    "`preconv compare ... --save-models`"
)


class SavedModel(BaseModel):
    """A fitted pairing: extractors, whose columns stand side by side, and a classifier.

    Parameters
    ----------
    title : str
        The title of the comparison.
    features, model : str
        The names of the pairing.
    class_names : tuple of str
        What its labels mean.
    image_shape : (int, int, int)
        Height, width and channels of the images that it takes.
    extractors : tuple of transformer
        The fitted extractors, whose columns stand side by side.
    classifier : classifier
        Fitted to these columns.
    fit : {"stretch", "crop", "pad"}, default "stretch"
        How images of other proportions got their size, and get it in `read`.

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
    >>> scores, are_probabilities = model.scores(images)
    >>> scores.argmax(axis=1), are_probabilities
    (array([0, 0, 1, 1]), True)
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    title: str
    features: str
    model: str
    class_names: tuple[str, ...] = Field(min_length=1)
    image_shape: tuple[int, int, int]
    extractors: tuple[Any, ...] = Field(min_length=1)
    classifier: Any
    fit: Fit = "stretch"

    def read(self, path: str | Path) -> npt.NDArray[np.uint8]:
        """Return the image in a file as this model takes it.

        Parameters
        ----------
        path : str or Path
            An image file.

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
        return read_image(path, (height, width), channels, self.fit)

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
        ModelError
            If an extractor or the classifier cannot take these images.
        """
        try:
            with pinned_threads():
                X = side_by_side([features_of(each, images) for each in self.extractors])
                return self._scores(X)
        except Exception as error:
            raise ModelError(
                f"{self.features} × {self.model} cannot predict: {as_one_line(error)}"
            ) from error

    def _scores(self, X: npt.NDArray[np.float32]) -> tuple[npt.NDArray[np.float64], bool]:
        table = np.zeros((len(X), len(self.class_names)))
        classes = np.asarray(self.classifier.classes_)
        if hasattr(self.classifier, "predict_proba"):
            table[:, classes] = self.classifier.predict_proba(X)
            return table, True
        if hasattr(self.classifier, "decision_function"):
            found = np.asarray(self.classifier.decision_function(X))
            table -= np.inf
            table[:, classes] = np.column_stack([-found, found]) if found.ndim == 1 else found
            return table, False
        table[np.arange(len(X)), self.classifier.predict(X)] = 1
        return table, False


@dataclass(frozen=True)
class Answer:
    """The best classes of one image with their scores, best first."""

    path: Path
    top: tuple[tuple[str, float], ...]
    has_probabilities: bool

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON has it."""
        what = "probability" if self.has_probabilities else "score"
        return {
            "image": str(self.path),
            # JSON has no word for an infinite score, that of a class no training image showed.
            "top": [
                {"class": name, what: value if math.isfinite(value) else None}
                for name, value in self.top
            ],
        }


@dataclass(frozen=True)
class Unread:
    """A file that is no image that the model can be asked about, and why."""

    path: Path
    error: str

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON has it."""
        return {"image": str(self.path), "error": self.error}


def load_model(path: str | Path, *, trusted: Collection[str] = ()) -> SavedModel:
    """Return the model in a file.

    Parameters
    ----------
    path : str or Path
        A `model.skops`, which `compare(..., save_model=True)` or the command's option
        `--save-models` wrote.
    trusted : collection of str, default ()
        Types that may be made beyond the extractors and classifiers that a spec can name: those
        of one's own, and others of scikit-learn, as "module.Class". Whoever names a type believes
        what the file says of it.

    Returns
    -------
    SavedModel
        The fitted pairing.

    Raises
    ------
    ModelError
        If the file holds no model, or types that are not trusted; the message names the file.

    Examples
    --------
    >>> load_model("photos/model.skops")
    Traceback (most recent call last):
    pipelines.errors.ModelError: photos/model.skops: there is no such file
    """
    path = Path(path)
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise ModelError(f"{path}: there is no such file")
        if size > _LARGEST_BYTES:
            raise ModelError(f"{path}: {size:,} bytes; at most {_LARGEST_BYTES:,} are read")
        packed = path.read_bytes()
        if is_of_older_version(packed):
            raise ModelError(f"{path}: {_OTHER_VERSION}")
        content = unpack(packed, trusted=trusted)
    except (PackingError, OSError) as error:
        raise ModelError(f"{path}: no model can be read from it: {error}") from error
    if not isinstance(content, Mapping) or "preconv_model" not in content:
        raise ModelError(f"{path}: it holds something else than a model of preconv")
    if content["preconv_model"] != LAYOUT:
        raise ModelError(f"{path}: {_OTHER_VERSION}")
    try:
        model = SavedModel(**{key: content[key] for key in content if key != "preconv_model"})
    except (ValidationError, TypeError) as error:
        raise ModelError(f"{path}: its fields are not those of a model: {error}") from error
    try:
        _check_parts(model)
    except PackingError as error:
        raise ModelError(f"{path}: {error}") from error
    return model


def _check_parts(model: SavedModel) -> None:
    """Raise PackingError unless the parts of a model belong together."""
    checked_image_shape(model.image_shape)
    texts = (model.title, model.features, model.model, *model.class_names)
    if any(not text.isprintable() for text in texts):
        raise PackingError("its names hold characters that cannot be shown")
    kinds = [place_of(part) for part in (*model.extractors, model.classifier)]
    if "classifier" in kinds[:-1] or kinds[-1] == "extractor":
        raise PackingError("its fields are not those of a model: extractors, then a classifier")
    n_columns = 0
    for extractor, kind in zip(model.extractors, kinds, strict=False):
        if kind and getattr(extractor, "image_shape_", None) != model.image_shape:
            raise PackingError(f"an extractor of it is not for images of {model.image_shape}")
        n_columns += extractor.n_features_out_ if kind else 0
    if all(kinds) and n_columns != getattr(model.classifier, "n_features_in_", None):
        raise PackingError(f"its extractors make {n_columns:,} values, its classifier takes others")
    classes = np.asarray(getattr(model.classifier, "classes_", ()))
    if kinds[-1] and not len(classes):
        raise PackingError("its classifier is not fitted")
    if classes.size and not (
        classes.ndim == 1
        and classes.dtype.kind in "iu"
        and classes.min() >= 0
        and classes.max() < len(model.class_names)
    ):
        raise PackingError(f"its classes are not among the {len(model.class_names)} that it names")


def best_on_validation(results: Results) -> CellName:
    """Return the cell that is best on the validation part; of equals, the first."""
    return max(
        (cell for cell in results.plan.cells if cell in results.done),
        key=lambda name: float(np.mean(results.done[name].validation_accuracy or [0.0])),
    )


def save_model_of(cell: CellName, results: Results, path: Path) -> None:
    """Write a pairing, as it was fitted with the first seed.

    Raises
    ------
    ModelError
        If it holds what cannot be kept without pickle.
    """
    outcome, seed = results.first_outcome(cell), results.plan.seeds[0]
    try:
        if outcome.model is None:
            raise PackingError(outcome.model_error or "its classifier was not kept")
        content = {
            "preconv_model": LAYOUT,
            "title": results.title,
            "features": cell[0],
            "model": cell[1],
            "class_names": list(results.dataset.class_names),
            "image_shape": list(results.dataset.image_shape),
            "extractors": [_fitted(part, seed, results) for part in results.plan.rows[cell[0]]],
            "classifier": unpack_own(outcome.model.read_bytes()),
        }
        if fit := results.spec.get("fit"):
            content["fit"] = fit
        write_whole(path, pack(content))
    except PackingError as error:
        raise ModelError(f"{' × '.join(cell)} is not saved: {error}") from error


def _fitted(part: str, seed: int, results: Results) -> Any:
    """Return a fitted extractor; it is fitted again only if the cache could not hold it."""
    made = results.extractors.get((part, seed))
    if made is not None:
        return made
    return seeded(results.plan.extractors[part], seed).fit(images_to_learn(results.dataset))


def predict_files(model: SavedModel, paths: Sequence[Path], k: int) -> list[Answer | Unread]:
    """Return the k best classes of each image, or what is wrong with a file that is none."""
    found: dict[int, Answer | Unread] = {}
    at_once = max(1, min(_IMAGES_AT_ONCE, _PIXEL_BYTES_AT_ONCE // math.prod(model.image_shape)))
    for start in range(0, len(paths), at_once):
        read: dict[int, npt.NDArray[np.uint8]] = {}
        for place, path in enumerate(paths[start : start + at_once], start):
            try:
                read[place] = model.read(path)
            except DataError as error:
                found[place] = Unread(path, str(error))
        if not read:
            continue
        scores, are_probabilities = model.scores(np.stack([*read.values()]))
        for place, row in zip(read, scores, strict=True):
            best = np.argsort(-row, kind="stable")[:k]
            top = tuple((model.class_names[label], float(row[label])) for label in best)
            found[place] = Answer(paths[place], top, are_probabilities)
    return [found[place] for place in range(len(paths))]


def image_files(paths: Sequence[Path]) -> list[Path]:
    """Return files, and for folders the images in them, in sorted order."""
    from PIL import Image

    suffixes = set(Image.registered_extensions())
    found: list[Path] = []
    for path in paths:
        if os.path.isdir(path):  # noqa: PTH112 - Path's fails for a name that is too long
            inside = sorted(each for each in path.iterdir() if each.suffix.lower() in suffixes)
            if not inside:
                raise ModelError(f"{path}: there are no images in this folder")
            found += inside
        else:
            found.append(path)
    return found
