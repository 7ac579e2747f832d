"""Small pictures for the page: images as data URIs, and the most confidently wrong ones."""

from __future__ import annotations

import base64
from dataclasses import dataclass
from io import BytesIO

import numpy as np
import numpy.typing as npt
from PIL import Image

from pipelines.record.report import CellName
from pipelines.reporting.examples import Examples

_LARGEST_PX = 48
_IN_ALL = 160
N_SAMPLES = 8


@dataclass(frozen=True)
class WrongImage:
    """A test image that a cell takes for something else."""

    index: int
    true: int
    predicted: int
    confidence: float
    uri: str


def sample_images(labels: npt.NDArray[np.int64], n_samples: int = N_SAMPLES) -> list[int]:
    """Return the first image of each class, for the first few classes.

    Examples
    --------
    >>> sample_images(np.array([1, 0, 1, 2]), 2)
    [1, 0]
    """
    _, first = np.unique(labels, return_index=True)
    return [int(i) for i in first[:n_samples]]


def png_uri(image: npt.NDArray[np.uint8], *, largest_px: int | None = None) -> str:
    """Return an image as a PNG data URI, shrunk where it is larger than wanted."""
    pixels = np.asarray(image)
    picture = Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)
    if largest_px is not None and max(picture.size) > largest_px:
        picture.thumbnail((largest_px, largest_px), Image.Resampling.BOX)
    file = BytesIO()
    picture.save(file, "PNG", optimize=True)
    return "data:image/png;base64," + base64.b64encode(file.getvalue()).decode()


def confidently_wrong(examples: Examples, cell: CellName) -> list[WrongImage]:
    """Return the images that a cell gets wrong with the highest confidence, the worst first.

    The page stays small: the more cells have confidences, the fewer images each shows.
    """
    if cell not in examples.predictions or cell not in examples.confidences:
        return []
    n_shown = int(np.clip(_IN_ALL // len(examples.confidences), 4, 12))
    labels, predicted = np.asarray(examples.labels), np.asarray(examples.predictions[cell])
    confidence = np.asarray(examples.confidences[cell], dtype=np.float64)
    wrong = np.flatnonzero((predicted != labels) & np.isfinite(confidence))
    worst = wrong[np.argsort(-confidence[wrong], kind="stable")][:n_shown]
    return [
        WrongImage(
            index=int(i),
            true=int(labels[i]),
            predicted=int(predicted[i]),
            confidence=float(confidence[i]),
            uri=png_uri(examples.images[i], largest_px=_LARGEST_PX),
        )
        for i in worst
    ]
