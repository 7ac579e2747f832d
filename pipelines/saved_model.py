"""The best pairing of a comparison, kept in a file without pickle and asked about new images."""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from math import isfinite
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from data import DataError
from data.errors import as_one_line
from data.images import read_image
from data.whole_file import write_whole
from pipelines.comparison.plan import seeded
from pipelines.errors import ModelError, PackingError, UntrustedError
from pipelines.keeping.packing import pack, unpack, unpack_own
from pipelines.record.report import CellName
from pipelines.running.environment import pinned_threads
from pipelines.running.results import Results
from pipelines.running.tasks import features_of, side_by_side

LAYOUT = 2
"""Which version of the fields and classes a model file has."""

_LARGEST_BYTES = 2 * 2**30
_IMAGES_AT_ONCE = 256
_OTHER_VERSION = (
    "it is a model of another version of preconv; make it again, with the same spec, by "
    "`preconv compare ... --save-models`"
)


class SavedModel(BaseModel):
    """Extractors, side by side, and a classifier on top, fitted; and what their images are like.

    Parameters
    ----------
    features, model
        The names of the pairing.
    image_shape
        Height, width and channels of the images that it takes.
    class_names
        What its labels mean.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", arbitrary_types_allowed=True)

    title: str
    features: str
    model: str
    class_names: tuple[str, ...] = Field(min_length=1)
    image_shape: tuple[int, int, int]
    extractors: tuple[Any, ...] = Field(min_length=1)
    classifier: Any

    def read(self, path: str | Path) -> npt.NDArray[np.uint8]:
        """Return the image in a file as this model takes it; raise DataError if it is none."""
        height, width, channels = self.image_shape
        return read_image(path, (height, width), channels)

    def scores(self, images: npt.NDArray[np.uint8]) -> tuple[npt.NDArray[np.float64], bool]:
        """Return a score for each image and class, and whether scores are probabilities."""
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
                {"class": name, what: value if isfinite(value) else None}
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
    """Return the model in a file; raise ModelError naming the file if it holds none.

    Parameters
    ----------
    path
        What `--save-models` wrote.
    trusted
        Types beyond those of this project, scikit-learn and NumPy that may be made: those of
        one's own extractors and classifiers, as "module.Class".
    """
    path = Path(path)
    try:
        size = path.stat().st_size if path.is_file() else None
        if size is None:
            raise ModelError(f"{path}: there is no such file")
        if size > _LARGEST_BYTES:
            raise ModelError(f"{path}: {size:,} bytes; at most {_LARGEST_BYTES:,} are read")
        content = unpack(path.read_bytes(), trusted=trusted)
    except UntrustedError as error:
        if all(name.startswith(("features.", "models.")) for name in error.names):
            raise ModelError(f"{path}: {_OTHER_VERSION}") from None
        raise ModelError(f"{path}: no model can be read from it: {error}") from error
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
    height, width, channels = model.image_shape
    if not (0 < height <= 4096 and 0 < width <= 4096 and channels in (1, 3)):
        raise ModelError(f"{path}: it wants images of an impossible shape, {model.image_shape}")
    return model


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
        write_whole(path, pack(content))
    except PackingError as error:
        raise ModelError(f"{' × '.join(cell)} is not saved: {error}") from error


def _fitted(part: str, seed: int, results: Results) -> Any:
    """Return a fitted extractor; it is fitted again only if the cache could not hold it."""
    made = results.extractors.get((part, seed))
    if made is not None:
        return made
    return seeded(results.plan.extractors[part], seed).fit(results.dataset.images_train)


def predict_files(model: SavedModel, paths: Sequence[Path], k: int) -> list[Answer | Unread]:
    """Return the k best classes of each image, or what is wrong with a file that is none."""
    found: dict[int, Answer | Unread] = {}
    for start in range(0, len(paths), _IMAGES_AT_ONCE):
        read: dict[int, npt.NDArray[np.uint8]] = {}
        for place, path in enumerate(paths[start : start + _IMAGES_AT_ONCE], start):
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
