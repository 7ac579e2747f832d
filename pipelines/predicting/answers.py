"""What a model says of images, one after the other, and how often it is right."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from data import DataError
from pipelines.predicting.estimator import SavedModel
from pipelines.predicting.questions import STANDARD_INPUT, Question


@dataclass(frozen=True)
class Answer:
    """The classes of one image with their scores, and its own, if it is known.

    The first is the one that the model predicts. The others follow by their scores.
    """

    path: Path
    top: tuple[tuple[str, float], ...]
    has_probabilities: bool
    true: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the answer as JSON has it."""
        what = "probability" if self.has_probabilities else "score"
        return {
            "image": str(self.path),
            **({"true": self.true} if self.true is not None else {}),
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
    true: str | None = None

    def to_dict(self) -> dict[str, Any]:
        """Return the error as JSON has it."""
        own = {"true": self.true} if self.true is not None else {}
        return {"image": str(self.path), **own, "error": self.error}


def predict_files(
    model: SavedModel, asked: Sequence[Path | Question], k: int
) -> list[Answer | Unread]:
    """Return the k first classes of each image, or what is wrong with a file that is none."""
    every = [each if isinstance(each, Question) else Question(each) for each in asked]
    found: dict[int, Answer | Unread] = {}
    at_once = model.images_at_once()
    for start in range(0, len(every), at_once):
        read: dict[int, npt.NDArray[np.uint8]] = {}
        for place, each in enumerate(every[start : start + at_once], start):
            try:
                read[place] = model.read(each.path if each.content is None else each.content)
            except DataError as error:
                said = str(error)
                if each.path == STANDARD_INPUT and each.content is not None:
                    said = f"standard input, which takes an image, or paths, one a line: {said}"
                found[place] = Unread(each.path, said, each.true)
        if not read:
            continue
        labels, scores, has_probabilities = model.labels_and_scores(np.stack([*read.values()]))
        for place, label, row in zip(read, labels, scores, strict=True):
            others = np.argsort(-row, kind="stable")
            best = [label, *others[others != label]][:k]
            top = tuple((model.class_names[label], float(row[label])) for label in best)
            found[place] = Answer(every[place].path, top, has_probabilities, every[place].true)
    return [found[place] for place in range(len(every))]


@dataclass(frozen=True)
class Marks:
    """How often a model is right on images whose classes are known.

    `confusion` has a row for each true class and a column for each predicted one; only classes
    that occur in either are in `class_names`.
    """

    class_names: tuple[str, ...]
    confusion: npt.NDArray[np.int64]

    @property
    def n_right(self) -> int:
        """Return how many images it is right on."""
        return int(self.confusion.trace())

    @property
    def n_images(self) -> int:
        """Return how many images have a class and an answer."""
        return int(self.confusion.sum())


def marks(found: Sequence[Answer | Unread], class_names: Sequence[str]) -> Marks | None:
    """Return how often answers are right; None if no image has a class."""
    told = [(a.true, a.top[0][0]) for a in found if isinstance(a, Answer) and a.true is not None]
    if not told:
        return None
    occurring = {name for pair in told for name in pair}
    names = tuple(name for name in class_names if name in occurring)
    places = {name: i for i, name in enumerate(names)}
    confusion = np.zeros((len(names), len(names)), np.int64)
    for true, predicted in told:
        confusion[places[true], places[predicted]] += 1
    return Marks(names, confusion)
